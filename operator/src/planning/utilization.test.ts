import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { neededServers, utilization } from './utilization.js';

describe('utilization', () => {
  test.each([
    ['the spare servers carry no planned load', { queriesPerSecond: 140, serving: 4, redundancy: 2 }, 0.7],
    ['nothing is used without load', { queriesPerSecond: 0, serving: 4, redundancy: 2 }, 0],
    [
      'without load nothing is used, also when no server is left',
      { queriesPerSecond: 0, serving: 0, redundancy: 2 },
      0,
    ],
    [
      'load and only spare servers is more than everything',
      { queriesPerSecond: 1, serving: 2, redundancy: 2 },
      Infinity,
    ],
    ['load and no server is more than everything', { queriesPerSecond: 1, serving: 0, redundancy: 0 }, Infinity],
    ['without redundancy every server counts', { queriesPerSecond: 50, serving: 1, redundancy: 0 }, 0.5],
  ])('%s', (_, input, expected) => {
    expect(utilization({ ...input, capacityQps: 100 })).toBe(expected);
  });
});

describe('neededServers', () => {
  test.each([
    [0, 0],
    [1, 1],
    [70, 1],
    [70.1, 2],
    [71, 2],
    [210, 3],
    [-5, 0],
  ])('%d queries/s on servers of 100 at 70 %% need %d', (queriesPerSecond, expected) => {
    expect(neededServers({ queriesPerSecond, capacityQps: 100, scaleUpThresholdPercent: 70 })).toBe(expected);
  });
});

test('a pool has the servers that it needs, and the spare ones, if and only if it is used at or below the threshold', () => {
  const load = fc.integer({ min: 1, max: 10_000_000 });
  const servers = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(
      fc.record({
        queriesPerSecond: load,
        capacityQps: fc.integer({ min: 1, max: 1_000_000 }),
        scaleUpThresholdPercent: fc.integer({ min: 1, max: 100 }),
        serving: servers,
        redundancy: fc.integer({ min: 0, max: 100 }),
        // The edge itself: as many servers as are needed, give or take one.
        offset: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined }),
      }),
      ({ offset, ...input }) => {
        const needed = neededServers(input);
        const serving = offset === undefined ? input.serving : Math.max(0, needed + input.redundancy + offset);
        const { queriesPerSecond, capacityQps, scaleUpThresholdPercent, redundancy } = input;
        const isEnough = serving >= needed + redundancy;
        // Without a division, so that the comparison is exact.
        const isBelow =
          100 * queriesPerSecond <= Math.max(0, serving - redundancy) * capacityQps * scaleUpThresholdPercent;
        expect(isEnough).toBe(isBelow);
        const share = 100 * utilization({ ...input, serving });
        if (isEnough) expect(share).toBeLessThanOrEqual(scaleUpThresholdPercent * (1 + 1e-12));
        else expect(share).toBeGreaterThan(scaleUpThresholdPercent * (1 - 1e-12));
      },
    ),
    { numRuns: 5000 },
  );
});

test('a cold server counts for a part of one', () => {
  expect(utilization({ queriesPerSecond: 75, serving: 3.5, redundancy: 2, capacityQps: 100 })).toBe(0.5);
});
