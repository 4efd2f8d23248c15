import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { address6Of, addressOf, largeTextOf, ruleOf } from './names.js';

describe('the rule of a name', () => {
  test.each([
    ['a.load.test', { content: 'address', slow: false, ttlSeconds: 300 }],
    ['x.large.load.test', { content: 'large', slow: false, ttlSeconds: 300 }],
    ['x.nx.load.test.', { content: 'nx', slow: false, ttlSeconds: 300 }],
    ['x.SERVFAIL.load.test', { content: 'servfail', slow: false, ttlSeconds: 300 }],
    ['whoami.load.test', { content: 'whoami', slow: false, ttlSeconds: 0 }],
    ['x.Slow.load.test', { content: 'address', slow: true, ttlSeconds: 300 }],
    ['slow.load.test', { content: 'address', slow: false, ttlSeconds: 300 }],
    ['a.ttl-7.load.test', { content: 'address', slow: false, ttlSeconds: 7 }],
    ['a.ttl-0.slow.load.test', { content: 'address', slow: true, ttlSeconds: 0 }],
    ['whoami.ttl-60.load.test', { content: 'whoami', slow: false, ttlSeconds: 60 }],
    ['a.ttl-many.load.test', { content: 'address', slow: false, ttlSeconds: 300 }],
  ])('%s', (name, rule) => {
    expect(ruleOf(name)).toEqual(rule);
  });

  test('makes the asked share of names slow', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index}.load.test`);
    const slow = names.filter((name) => ruleOf(name, 5).slow).length;
    expect(slow / names.length).toBeGreaterThan(0.04);
    expect(slow / names.length).toBeLessThan(0.06);
  });
});

describe('the address of a name', () => {
  test('lies in the benchmarking range and ignores case and the last dot', () => {
    fc.assert(
      fc.property(fc.domain(), (name) => {
        expect(addressOf(name)).toMatch(/^198\.(18|19)\.\d{1,3}\.\d{1,3}$/);
        expect(addressOf(`${name.toUpperCase()}.`)).toBe(addressOf(name));
        expect(address6Of(`${name.toUpperCase()}.`)).toBe(address6Of(name));
      }),
    );
  });

  test('differs between names', () => {
    const addresses = new Set(Array.from({ length: 1000 }, (_, index) => addressOf(`c${index}.load.test`)));
    expect(addresses.size).toBeGreaterThan(980);
  });
});

test('a large text is larger than any usual EDNS size and fits in strings of 255 bytes', () => {
  const strings = largeTextOf('x.large.load.test');
  expect(strings.join('').length).toBe(4000);
  expect(Math.max(...strings.map((text) => text.length))).toBeLessThan(256);
  expect(largeTextOf('y.large.load.test')).not.toEqual(strings);
});
