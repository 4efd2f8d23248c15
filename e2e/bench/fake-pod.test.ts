import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isOtherLoad } from '../../operator/src/planning/load.js';
import { queriesPerSecond } from './fake-pod.js';

test('the traffic of a server varies, and is at rest all the same', () => {
  const time = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(fc.nat(2000), time, time, (index, before, after) => {
      const load = (nowMs: number) => ({ queriesPerSecond: queriesPerSecond(index, nowMs), servfailPercent: 0 });
      expect(isOtherLoad(load(before), load(after))).toBe(false);
    }),
  );
  expect(new Set([0, 10_000, 20_000].map((nowMs) => Math.round(queriesPerSecond(1, nowMs)))).size).toBeGreaterThan(1);
});
