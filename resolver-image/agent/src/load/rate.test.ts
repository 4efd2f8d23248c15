import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasMoved, ratePerSecond, type Reading, withReading } from './rate.js';

const readings = (...counts: readonly number[]) =>
  counts.reduce<Reading[]>(
    (before, count, index) => withReading(before, { timeMs: index * 1000, startId: 'a', count }),
    [],
  );

describe('the rate', () => {
  it('is taken over two seconds, so that a step is whole after two samples', () => {
    expect(ratePerSecond(readings(0))).toBe(0);
    expect(ratePerSecond(readings(0, 100))).toBe(100);
    expect(ratePerSecond(readings(0, 100, 200, 1200, 2200))).toBe(1000);
  });

  it('starts anew with the engine', () => {
    const restarted = withReading(readings(0, 1000, 2000), { timeMs: 3000, startId: 'b', count: 5 });
    expect(restarted).toHaveLength(1);
    expect(ratePerSecond(withReading(restarted, { timeMs: 4000, startId: 'b', count: 25 }))).toBe(20);
  });

  it('keeps a bounded number of readings', () => {
    expect(readings(...Array.from({ length: 100 }, (_, index) => index)).length).toBeLessThanOrEqual(4);
  });
});

describe('hasMoved', () => {
  it('tells a change of more than 10 %', () => {
    expect(hasMoved(10_000, 10_900)).toBe(false);
    expect(hasMoved(10_000, 11_100)).toBe(true);
    expect(hasMoved(10_000, 8_900)).toBe(true);
    expect(hasMoved(0, 1000)).toBe(true);
  });

  it('does not take chance for a change: a steady 20 queries/s wake nobody', () => {
    expect(hasMoved(20, 26)).toBe(false);
    expect(hasMoved(20, 40)).toBe(true);
    expect(hasMoved(0, 0.9)).toBe(false);
  });

  it('sees every doubling of ten queries/s and more', () => {
    fc.assert(fc.property(fc.double({ min: 20, max: 1e6, noNaN: true }), (rate) => hasMoved(rate, 2 * rate)));
  });
});
