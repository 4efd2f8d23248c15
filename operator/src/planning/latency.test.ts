/** How long answers took: between two samples, over servers, and when another number is worth telling. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AnswerCounts,
  isStillP99,
  latencyBetween,
  p99Milliseconds,
  recursionsOnly,
  sumLatencies,
} from './latency.js';
import type { Latency } from './server-load.js';

const boundsSeconds = [0.001, 0.01, 0.1, 1];
const counted = (recursions: number, upTo: readonly number[], bounds = boundsSeconds): AnswerCounts => ({
  hits: 0,
  recursions,
  latency: { boundsSeconds: bounds, recursions: [...upTo] },
});
/** Answers of one second. */
const latencyOf = (hits: number, upTo: readonly number[], all = upTo.at(-1) ?? 0): Latency => ({
  boundsSeconds,
  recursions: upTo,
  recursionsPerSecond: all,
  hitsPerSecond: hits,
  seconds: 1,
});

describe('the latency between two samples', () => {
  test('is what came between them, per second', () => {
    expect(
      latencyBetween({ ...counted(4, [0, 1, 2, 4]), hits: 10 }, { ...counted(24, [0, 11, 12, 20]), hits: 110 }, 10),
    ).toEqual({
      boundsSeconds,
      recursions: [0, 1, 1, 1.6],
      recursionsPerSecond: 2,
      hitsPerSecond: 10,
      seconds: 10,
    });
  });

  test.each<readonly [string, AnswerCounts, AnswerCounts]>([
    ['an agent does not say it', counted(0, [0, 0, 0, 0]), { hits: 1, recursions: 1 }],
    ['it did not say it before', { hits: 1, recursions: 1 }, counted(1, [0, 0, 0, 0])],
    ['the buckets are others', counted(0, [0, 0, 0, 0]), counted(1, [0, 0, 0, 1], [0.001, 0.01, 0.1, 2])],
    ['there are more buckets', counted(0, [0, 0, 0, 0]), counted(1, [0, 0, 0, 0, 1], [...boundsSeconds, 2])],
    ['there are no buckets', counted(0, [], []), counted(1, [], [])],
    ['bounds do not rise', counted(0, [0, 0], [1, 1]), counted(1, [0, 0], [1, 1])],
    ['a bound has no count', counted(0, [0, 0, 0]), counted(1, [0, 0, 0])],
    ['a bucket fell', counted(2, [0, 0, 1, 1]), counted(4, [0, 0, 0, 3])],
    ['a lower bucket has more than a higher one', counted(0, [0, 0, 0, 0]), counted(9, [5, 4, 9, 9])],
    ['the buckets have more than all', counted(0, [0, 0, 0, 0]), counted(1, [0, 0, 0, 2])],
    ['a count is no number', counted(0, [0, 0, 0, 0]), counted(1, [0, 0, NaN, 1])],
  ])('is not known when %s', (_title, before, now) => {
    expect(latencyBetween(before, now, 10)).toBeUndefined();
  });
});

describe('99 % of the answers take', () => {
  test.each<readonly [string, Latency, number | undefined]>([
    ['nothing that is known without answers', latencyOf(0, [0, 0, 0, 0]), undefined],
    ['less than the first bound when all are from the cache', latencyOf(100, [0, 0, 0, 0]), 0.99],
    ['the same when fewer than one in a hundred are not', latencyOf(995, [0, 0, 0, 5]), 0.99 / 0.995],
    ['what the slower half of the recursions take when these are 2 %', latencyOf(98, [0, 0, 2, 2]), 55],
    ['as long as the last bound when the slowest take longer', latencyOf(0, [0, 0, 0, 90], 100), 1000],
  ])('%s', (_title, latency, expected) => {
    const p99 = p99Milliseconds(latency);
    if (expected === undefined) expect(p99).toBeUndefined();
    else expect(p99).toBeCloseTo(expected, 6);
  });

  test('longer without those from the cache', () => {
    const latency = latencyOf(9900, [0, 0, 50, 100]);
    expect(p99Milliseconds(recursionsOnly(latency))).toBeCloseTo(982, 6);
    expect(p99Milliseconds(latency)).toBeLessThanOrEqual(1);
  });

  test('no less than those of the fastest server and no more than those of the slowest, over several', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 5, maxLength: 5 });
    const one = fc.tuple(fc.integer({ min: 1, max: 1000 }), counts).map(([hits, each]) => {
      let sum = 0;
      const upTo = each.map((count) => (sum += count));
      return latencyOf(hits, upTo.slice(0, 4), upTo[4]);
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (servers) => {
        const each = servers.map((latency) => p99Milliseconds(latency) ?? Number.NaN);
        const together = sumLatencies(servers);
        const p99 = (together && p99Milliseconds(together)) ?? Number.NaN;
        expect(p99).toBeGreaterThanOrEqual(Math.min(...each) - 1e-6);
        expect(p99).toBeLessThanOrEqual(Math.max(...each) + 1e-6);
      }),
    );
  });
});

test('servers with other buckets are left out of a sum, and there is none without servers', () => {
  const [one, two] = [latencyOf(10, [1, 2, 3, 4]), { ...latencyOf(30, [0, 0, 0, 4]), seconds: 3 }];
  const other = { ...latencyOf(1000, [0, 0, 0, 0]), boundsSeconds: [1, 2, 3, 4] };
  expect(sumLatencies([])).toBeUndefined();
  expect(sumLatencies([one, other, two])).toMatchObject({
    recursions: [1, 2, 3, 8],
    recursionsPerSecond: 8,
    hitsPerSecond: 40,
    // 14 answers of the one, 102 of the other.
    seconds: 116 / 48,
  });
});

describe('what was said of 99 % of the answers stays true', () => {
  const many = latencyOf(99_000, [0, 0, 500, 1000]);

  test.each<readonly [string, Latency, number, boolean]>([
    ['for the exact number', many, p99Milliseconds(many) ?? 0, true],
    ['where one in a hundred answers is slow, for the fast and for the slow', many, 60, true],
    ['not when three in a hundred take longer', latencyOf(97_000, [0, 0, 0, 3000]), 100, false],
    ['not when hardly any does', many, 999, false],
    ['while too few answers were counted to tell', latencyOf(97, [0, 0, 0, 3]), 100, true],
    ['not when a tenth of few takes longer', latencyOf(90, [0, 0, 0, 10]), 100, false],
    ['without answers', latencyOf(0, [0, 0, 0, 0]), 100, true],
  ])('%s', (...row) => {
    const [, latency, milliseconds, isStill] = row;
    expect(isStillP99(latency, milliseconds)).toBe(isStill);
  });
});
