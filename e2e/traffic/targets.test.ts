import { describe, expect, test } from '@jest/globals';
import { TargetRing } from './targets.js';
import type { Target } from './targets.js';

const [a, b]: readonly [Target, Target] = [
  { endpoint: { address: '192.0.2.1', port: 53 }, healthUrl: 'http://192.0.2.1/' },
  { endpoint: { address: '192.0.2.2', port: 53 }, healthUrl: 'http://192.0.2.2/' },
];

describe('the ring of targets', () => {
  test('goes round', () => {
    const ring = new TargetRing([a, b], { unhealthyAfter: 2, healthyAfter: 2 });
    expect([ring.next(), ring.next(), ring.next()]).toEqual([a, b, a]);
  });

  test('begins without those that are not healthy, and with all when none is', () => {
    const ring = new TargetRing([a, b], { unhealthyAfter: 2, healthyAfter: 2 });
    ring.begin(a, false);
    expect([ring.next(), ring.next()]).toEqual([b, b]);
    ring.begin(b, false);
    expect(new Set([ring.next(), ring.next()])).toEqual(new Set([a, b]));
  });

  test('leaves out a target after enough bad rounds in a row, and takes it in again after enough good ones', () => {
    const ring = new TargetRing([a, b], { unhealthyAfter: 2, healthyAfter: 2 });
    expect(ring.observe(a, false)).toBe(false);
    expect(ring.observe(a, true)).toBe(false);
    expect(ring.observe(a, false)).toBe(false);
    expect(ring.observe(a, false)).toBe(true);
    expect([ring.next(), ring.next()]).toEqual([b, b]);
    expect(ring.observe(a, true)).toBe(false);
    expect(ring.observe(a, true)).toBe(true);
    expect(new Set([ring.next(), ring.next()])).toEqual(new Set([a, b]));
  });

  test('sends to all when none is healthy', () => {
    const ring = new TargetRing([a, b], { unhealthyAfter: 1, healthyAfter: 1 });
    ring.observe(a, false);
    ring.observe(b, false);
    expect(new Set([ring.next(), ring.next()])).toEqual(new Set([a, b]));
  });

  test('needs a target', () => {
    expect(() => new TargetRing([], { unhealthyAfter: 1, healthyAfter: 1 })).toThrow('there are none');
  });
});
