/** The load of a pool out of those of its servers, and when a change of it is worth a write, or a look. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countFreshness, hasMoved, isOtherLoad, measureLoad, roundToTwoDigits, sumLoads } from './load.js';
import type { ServerLoad } from './server-load.js';
import type { Server } from './servers.js';

type Part = Partial<ServerLoad> & { readonly isReady?: boolean; readonly isStopping?: boolean };

/** A pool with a server for each part, fresh and ready unless it says otherwise. */
function poolOf(parts: readonly (Part | undefined)[]) {
  const servers = parts.map((part, index): Server => ({
    name: `${index}`,
    uid: `${index}`,
    isScheduled: true,
    isReady: part?.isReady ?? true,
    isStopping: part?.isStopping ?? false,
  }));
  const known = parts.flatMap((part, index) =>
    part ? [[`${index}`, { freshness: 'Fresh', ...part } satisfies ServerLoad] as const] : [],
  );
  return [servers, new Map<string, ServerLoad>(known)] as const;
}
/** So many answers from the cache, and recursions of 10 ms to 1 s, in one second. */
const latencyOf = (hitsPerSecond: number, recursionsPerSecond: number) => ({
  ...{ boundsSeconds: [0.01, 1], recursions: [0, recursionsPerSecond], recursionsPerSecond, hitsPerSecond, seconds: 1 },
});
const measure = (...parts: readonly (Part | undefined)[]) => measureLoad(...poolOf(parts));

describe('the load of a pool', () => {
  test('is the sum over its servers, also over one that drains', () => {
    const pool = poolOf([
      { queriesPerSecond: 100, servfailsPerSecond: 2, hitPercent: 50 },
      { queriesPerSecond: 300, servfailsPerSecond: 2, hitPercent: 90, isReady: false, isStopping: true },
    ]);
    expect(measureLoad(...pool)).toEqual({ queriesPerSecond: 400, servfailPercent: 1, hitPercent: 80 });
    expect(sumLoads(...pool)).toEqual({ queriesPerSecond: 400, servfailPercent: 1, hitPercent: 80, isComplete: true });
  });

  test('is nothing without queries', () => {
    expect(measure({ queriesPerSecond: 0, servfailsPerSecond: 0 })).toEqual({
      queriesPerSecond: 0,
      servfailPercent: 0,
    });
  });

  test.each<readonly [string, readonly (Part | undefined)[]]>([
    ['one server that answers was not measured', [{ queriesPerSecond: 100 }, undefined]],
    [
      'one is stale, though its former rate is known',
      [{ queriesPerSecond: 100 }, { freshness: 'Stale', queriesPerSecond: 5 }],
    ],
    ['all are stale', [{ freshness: 'Stale' }, { freshness: 'Absent' }]],
    ['nobody answers', [{ queriesPerSecond: 10, isReady: false }]],
    ['there is no server', []],
  ])('is unknown while %s', (_title, parts) => {
    expect(measure(...parts)).toBeUndefined();
  });

  test('fits into an int32, whatever servers say, and stays round', () => {
    expect(measure({ queriesPerSecond: 2e9 }, { queriesPerSecond: 2e9 })?.queriesPerSecond).toBe(2_100_000_000);
  });

  test('is at least what is known of it', () => {
    const { queriesPerSecond, isComplete } = sumLoads(
      ...poolOf([{ queriesPerSecond: 70 }, { freshness: 'Stale', queriesPerSecond: 900 }]),
    );
    expect([queriesPerSecond, isComplete]).toEqual([70, false]);
  });

  test('has the latency of all answers, and the cores of the servers that stay', () => {
    const pool = poolOf([
      { queriesPerSecond: 100, cpuCores: 0.5, latency: latencyOf(100, 0) },
      { queriesPerSecond: 100, cpuCores: 0.25, latency: latencyOf(95, 5) },
      { queriesPerSecond: 1, isStopping: true },
    ]);
    expect(sumLoads(...pool)).toMatchObject({ cpuCores: 0.75, recursionP99Milliseconds: 990.1 });
    expect(sumLoads(...pool).latencyP99Milliseconds).toBeCloseTo(604, 6);
    expect(measureLoad(...pool)).toMatchObject({ latencyP99Milliseconds: 600 });
  });

  test.each<readonly [string, readonly (Part | undefined)[]]>([
    ['one server that stays does not say them', [{ cpuCores: 1 }, {}]],
    ['all are stale', [{ freshness: 'Stale', cpuCores: 1 }]],
  ])('has no cores while %s', (_title, parts) => {
    expect(sumLoads(...poolOf(parts))).not.toHaveProperty('cpuCores');
  });

  test('does not wait for a server that does not answer clients', () => {
    expect(measure({ queriesPerSecond: 100 }, { freshness: 'Absent', isReady: false })?.queriesPerSecond).toBe(100);
  });
});

test('servers that answer clients are counted by what is known of them', () => {
  const old = 60_000;
  expect(
    countFreshness(
      ...poolOf([
        {},
        { freshness: 'Stale', queriesPerSecond: 7, staleForMs: 1 },
        { freshness: 'Stale', staleForMs: old },
        { freshness: 'Stale', staleForMs: 1 },
        { freshness: 'Absent', staleForMs: old },
        undefined,
        { freshness: 'Stale', isReady: false },
        { freshness: 'Stale', isStopping: true },
      ]),
    ),
  ).toEqual({ fresh: 1, stale: 3, absent: 2, unjudged: 2 });
});

describe('a load is worth a look', () => {
  test.each([
    [0, 0, false],
    [0, 0.9, false],
    [10_000, 10_900, false],
    [10_000, 11_100, true],
    [10_000, 8900, true],
    [20, 30, false],
    [20, 60, true],
  ])('%d -> %d: %s', (seen, now, isWorthIt) => {
    expect(hasMoved(seen, now)).toBe(isWorthIt);
  });
});

test.each([
  [0, 0],
  [0.4, 0],
  [0.6, 1],
  [7.4, 7],
  [99, 99],
  [104, 100],
  [1234, 1200],
  [98_765, 99_000],
])('%d is rounded to %d', (value, rounded) => {
  expect(roundToTwoDigits(value)).toBe(rounded);
});

describe('the latency that is written', () => {
  const poolWith = (hits: number, recursions: number) =>
    poolOf([{ queriesPerSecond: hits + recursions, latency: latencyOf(hits, recursions) }]);
  const written = { queriesPerSecond: 10_000, servfailPercent: 0, hitPercent: 0, latencyP99Milliseconds: 500 };

  test.each([
    ['stays while one answer in a hundred is about as slow', 9850, 150, 500],
    ['stays while chance decides whether the hundredth answer is a recursion', 9910, 90, 500],
    ['is another when many are slower', 8000, 2000, 950],
    ['is another when none is', 10_000, 0, 10],
    ['is another with another load', 19_800, 200, 10],
  ])('%s', (...row) => {
    const [, hits, recursions, expected] = row;
    expect(measureLoad(...poolWith(hits, recursions), written)?.latencyP99Milliseconds).toBe(expected);
  });

  test('is 1 for less', () => {
    const fast = { ...latencyOf(100, 0), boundsSeconds: [0.0001, 1] };
    expect(measure({ queriesPerSecond: 100, latency: fast })?.latencyP99Milliseconds).toBe(1);
  });

  test('is worth no write at rest, on the edge between hits and recursions too', () => {
    // Of 2,000 answers in 20 s about 20 are recursions: give or take three standard deviations.
    const recursions = fc
      .integer({ min: 7, max: 33 })
      .map((count) => ({ ...latencyOf(100 - count / 20, count / 20), seconds: 20 }));
    fc.assert(
      fc.property(fc.array(recursions, { minLength: 2, maxLength: 20 }), (looks) => {
        let before: ReturnType<typeof measure>;
        for (const latency of looks) {
          const next = measureLoad(...poolOf([{ queriesPerSecond: 100, latency }]), before);
          if (before) expect(isOtherLoad(before, next)).toBe(false);
          before = next;
        }
      }),
    );
  });
});

describe('a load is worth a write', () => {
  const load = (queriesPerSecond: number, servfailPercent = 0) => ({ queriesPerSecond, servfailPercent });
  const slow = (latencyP99Milliseconds: number) => ({ ...load(100), latencyP99Milliseconds });

  test.each([
    { before: undefined, now: load(1), isOther: true },
    { before: undefined, now: undefined, isOther: false },
    { before: load(100), now: undefined, isOther: true },
    { before: load(100), now: load(120), isOther: false },
    { before: load(100), now: load(130), isOther: true },
    { before: load(100), now: load(79), isOther: true },
    { before: load(0), now: load(1), isOther: true },
    { before: load(100, 1), now: load(100, 2), isOther: false },
    { before: load(100, 1), now: load(100, 3), isOther: true },
    { before: load(100), now: { ...load(100), hitPercent: 50 }, isOther: true },
    { before: { ...load(100), hitPercent: 50 }, now: load(100), isOther: false },
    { before: { ...load(100), hitPercent: 50 }, now: { ...load(100), hitPercent: 59 }, isOther: false },
    { before: { ...load(100), hitPercent: 50 }, now: { ...load(100), hitPercent: 40 }, isOther: true },
    { before: slow(10), now: slow(19), isOther: false },
    { before: slow(10), now: slow(20), isOther: true },
    { before: slow(10), now: slow(5), isOther: true },
  ])('$before -> $now: $isOther', ({ before, now, isOther }) => {
    expect(isOtherLoad(before, now)).toBe(isOther);
  });

  test('never at rest: constant, give or take 7 %', () => {
    // Rounding moves each of the two by up to 5 % more; all of it has to stay within the 20 % that are rest.
    const around = fc.double({ min: 0.93, max: 1.07, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 1_000_000 }), around, around, (...numbers) => {
        const [rate, first, second] = numbers;
        expect(isOtherLoad(load(roundToTwoDigits(rate * first)), load(roundToTwoDigits(rate * second)))).toBe(false);
      }),
    );
  });
});
