/** What is believed of what one agent says: rates, doubts and their ends. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Load } from '../../../resolver-image/agent/src/contract/load.js';
import { freshMs, loadOfServer, type LoadTrack, newTrack, takeLoad, waitSecondsOf } from './load-track.js';
import type { ServerLoad } from './server-load.js';

/** An answer at a second of both clocks: 100 queries/s, of which a tenth are SERVFAIL and half are hits. */
interface Said {
  readonly second: number;
  /** Seconds by which the agent's clock differs at this sample. */
  readonly skew?: number;
  readonly queries?: number;
  readonly servfails?: number;
  readonly dropped?: number;
  readonly probes?: number | undefined;
  readonly agentRate?: number;
  readonly startId?: string;
  readonly hasCounters?: boolean;
  /** Recursions that took at most 10 ms and at most 1 s; not said when absent. */
  readonly recursions?: readonly [number, number];
  /** CPU seconds; not said when absent. */
  readonly cpu?: number;
}

const usual = 100;
function loadOf(said: Said): Load {
  const { second, skew = 0, queries = usual * second, agentRate = usual, startId = 'one', dropped = 0 } = said;
  const probes = 'probes' in said ? said.probes : 5 * second;
  const { servfails = queries / 10, hasCounters = true, recursions, cpu } = said;
  const counters = {
    queries,
    cacheHits: queries / 2,
    cacheMisses: queries / 2,
    expired: 0,
    prefetches: 0,
    recursiveReplies: recursions?.[1] ?? 0,
    recursionSeconds: 0,
    dropped,
    ...(probes !== undefined && { probes }),
    rcodes: { SERVFAIL: servfails },
  };
  return {
    sequence: second,
    sampledAtMs: 1_800_000_000_000 + 1000 * (second + skew),
    engine: { answering: true, startId, version: '1', ...(recursions && { uptimeSeconds: second }) },
    ...(hasCounters && { counters }),
    ...(recursions && { latency: { boundsSeconds: [0.01, 1], recursions: [...recursions] } }),
    ...(cpu !== undefined && { cpu: cpuOf(cpu, 1_800_000_000_000 + 1000 * (second + skew)) }),
    queriesPerSecond: agentRate,
    drain: { phase: 'Serving', sinceMs: 0 },
  };
}

const cpuOf = (usageSeconds: number, sampledAtMs: number) => ({
  ...{ usageSeconds, throttledSeconds: 0, periods: 0, throttledPeriods: 0 },
  ...{ limitCores: 2, sampledAtMs },
});
const take = (track: LoadTrack, said: Said) => takeLoad(track, loadOf(said), 1000 * said.second);
const trackOf = (...said: readonly Said[]) => said.reduce(take, newTrack(0));
/** What is known right after the last of `said`. */
const known = (...said: readonly Said[]) => loadOfServer(trackOf(...said), 1000 * (said.at(-1)?.second ?? 0));
const briefly = ({ freshness, queriesPerSecond }: ServerLoad) => [freshness, queriesPerSecond];
const calm = [{ second: 10 }, { second: 20 }];

describe('a rate', () => {
  test('is made of two samples', () => {
    expect(known(...calm)).toEqual({
      freshness: 'Fresh',
      staleForMs: 0,
      queriesPerSecond: 100,
      servfailsPerSecond: 10,
      droppedPerSecond: 0,
      hitPercent: 50,
    });
  });

  test('is that of the agent whose clock is years behind', () => {
    const skew = -1e8;
    expect(briefly(known({ second: 10, skew }, { second: 20, skew }))).toEqual(['Fresh', 100]);
  });

  test.each<readonly [string, readonly Said[], readonly unknown[]]>([
    ['nothing was heard', [], ['Absent', undefined]],
    ['the engine was not read yet', [{ second: 1, hasCounters: false }], ['Stale', undefined]],
    ['there is one sample', [{ second: 1 }], ['Stale', undefined]],
    [
      'there is no query',
      [
        { second: 1, queries: 0, agentRate: 0 },
        { second: 9, queries: 0, agentRate: 0 },
      ],
      ['Fresh', 0],
    ],
    ['the same sample comes again', [...calm, { second: 20 }], ['Fresh', 100]],
    ['a sample is late', [...calm, { second: 15 }], ['Fresh', 100]],
    ['the next one comes after it', [...calm, { second: 15 }, { second: 25 }], ['Fresh', 100]],
    ['the engine was started anew', [...calm, { second: 25, startId: 'two', queries: 50 }], ['Stale', 100]],
    [
      'the new engine was read twice',
      [...calm, { second: 25, startId: 'two', queries: 50 }, { second: 26, startId: 'two', queries: 170 }],
      ['Fresh', 120],
    ],
    ['queries fell', [...calm, { second: 25, queries: 1999 }], ['Stale', 100]],
    [
      'queries fell, and grow again',
      [...calm, { second: 25, queries: 0 }, { second: 35, queries: 900 }],
      ['Fresh', 90],
    ],
    ['answers with SERVFAIL fell', [...calm, { second: 25, servfails: 3 }], ['Stale', 100]],
    [
      'dropped queries fell',
      [
        { second: 1, dropped: 9 },
        { second: 9, dropped: 8 },
      ],
      ['Stale', undefined],
    ],
    ['probes fell', [...calm, { second: 25, probes: 1 }], ['Stale', 100]],
    ['queries are negative', [...calm, { second: 25, queries: -1 }], ['Stale', 100]],
    ['queries are no number', [...calm, { second: 25, queries: NaN }], ['Stale', 100]],
    ['queries are without end', [...calm, { second: 25, queries: Infinity }], ['Stale', 100]],
    ['the time is no number', [...calm, { second: 25, skew: NaN }], ['Stale', 100]],
    ['a sound sample follows', [...calm, { second: 25, queries: -1 }, { second: 30 }], ['Fresh', 100]],
    ['the clock of the agent was set on', [...calm, { second: 25, skew: 3600 }], ['Stale', 100]],
    ['it runs on', [...calm, { second: 25, skew: 3600 }, { second: 26, skew: 3600 }], ['Fresh', 100]],
    ['it was set back', [...calm, { second: 21, skew: -60 }, { second: 22, skew: -60 }], ['Stale', 100]],
    [
      'that runs on too',
      [...calm, { second: 21, skew: -60 }, { second: 22, skew: -60 }, { second: 23, skew: -60 }],
      ['Fresh', 100],
    ],
  ])('when %s', (_title, said, expected) => {
    expect(briefly(known(...said))).toEqual(expected);
  });

  test('holds for 25 s', () => {
    const track = trackOf(...calm);
    const states = [0, freshMs, freshMs + 1].map((ageMs) => loadOfServer(track, 20_000 + ageMs));
    expect(states.map(({ freshness, staleForMs }) => [freshness, staleForMs])).toEqual([
      ['Fresh', 0],
      ['Fresh', 0],
      ['Stale', freshMs + 1],
    ]);
  });
});

describe('what only a newer agent says', () => {
  // Half of the queries are hits, and the recursions take 10 ms at most, but for one of them in two seconds.
  const newer = (second: number, over: Partial<Said> = {}): Said => ({
    ...{ second, recursions: [49.5 * second, 50 * second], cpu: second / 4 },
    ...over,
  });
  const before = [newer(10), newer(20)];

  test('is told with the rate', () => {
    const { latency, ...load } = known(...before);
    expect(load).toMatchObject({
      freshness: 'Fresh',
      queriesPerSecond: 100,
      cpuCores: 0.25,
      cpuLimitCores: 2,
      throttledPercent: 0,
      engineAgeSeconds: 20,
    });
    expect(load.latencyP99Milliseconds).toBeCloseTo((10 * 99) / 99.5, 6);
    expect(load.recursionP99Milliseconds).toBeCloseTo(10, 6);
    expect(latency).toMatchObject({ recursions: [49.5, 50], recursionsPerSecond: 50, hitsPerSecond: 50, seconds: 10 });
  });

  test.each<readonly [string, Said, readonly unknown[]]>([
    ['is not said any more', { second: 30 }, ['Fresh', undefined, undefined]],
    ['falls in the buckets alone', newer(30, { recursions: [0, 1500] }), ['Fresh', undefined, 0.25]],
    ['falls in the CPU time alone', newer(30, { cpu: 1 }), ['Fresh', 10, undefined]],
    ['is of another start of the engine', newer(30, { startId: 'two', cpu: 1 }), ['Stale', 10, undefined]],
    ['has a clock that was set', newer(30, { skew: 3600 }), ['Stale', 10, undefined]],
  ])('does no harm to the rate when it %s', (_title, said, expected) => {
    const { freshness, recursionP99Milliseconds, cpuCores } = known(...before, said);
    expect([freshness, recursionP99Milliseconds && Math.round(recursionP99Milliseconds), cpuCores]).toEqual(expected);
  });

  test('is known again after two readings of the new engine', () => {
    const anew = [newer(30, { startId: 'two', cpu: 1 }), newer(40, { startId: 'two', cpu: 11 })];
    expect(known(...before, ...anew)).toMatchObject({ freshness: 'Fresh', cpuCores: 1, engineAgeSeconds: 40 });
  });
});

describe('counters in which our probes do not show', () => {
  const frozen = (second: number): Said => ({ second, probes: 100, queries: 2000 });

  test.each<readonly [string, readonly Said[], readonly unknown[]]>([
    ['are waited for', [...calm, frozen(21), frozen(22)], ['Fresh', 100]],
    ['are frozen after three seconds', [...calm, frozen(21), frozen(23)], ['Stale', 100]],
    ['are frozen though queries are said to grow', [...calm, { second: 30, probes: 100 }], ['Stale', 100]],
    ['count again when they move', [...calm, frozen(23), { second: 30 }], ['Fresh', 100]],
    [
      'are all that an older agent has',
      [
        { second: 10, probes: undefined },
        { second: 20, probes: undefined },
      ],
      ['Fresh', 100],
    ],
  ])('%s', (_title, said, expected) => {
    expect(briefly(known(...said))).toEqual(expected);
  });
});

describe('without probes in its answers, a server', () => {
  const old = (second: number, queries = usual * second): Said => ({ second, queries, probes: undefined });
  const before = [old(10), old(20)];

  test.each<readonly [string, readonly Said[], readonly unknown[]]>([
    ['is fresh while its queries grow', [...before, old(30), old(40)], ['Fresh', 100]],
    ['is waited for when they stand still', [...before, old(21, 2000), old(22, 2000)], ['Fresh', 100]],
    ['keeps its rate when they do so for three seconds', [...before, old(21, 2000), old(23, 2000)], ['Stale', 100]],
    ['is not fresh for having had probes', [...calm, old(23, 2000)], ['Stale', 100]],
    ['has no rate when they never moved', [old(10, 0), old(20, 0)], ['Stale', undefined]],
    ['counts again when they move', [...before, old(23, 2000), old(30)], ['Fresh', 100]],
  ])('%s', (_title, said, expected) => {
    expect(briefly(known(...said))).toEqual(expected);
  });
});

describe('a rate that is more than twice the one before', () => {
  const step = (second: number, rate: number): Said => ({
    second,
    queries: 2000 + rate * (second - 20),
    agentRate: usual,
  });

  test('counts when the next sample says so too', () => {
    const [first, second] = [step(21, 500), step(22, 500)];
    expect(briefly(known(...calm, first))).toEqual(['Fresh', 100]);
    expect(waitSecondsOf(trackOf(...calm, first), 21_000)).toBe(1);
    expect(briefly(known(...calm, first, second))).toEqual(['Fresh', 500]);
  });

  test('counts as the lower of the two samples', () => {
    expect(briefly(known(...calm, step(21, 900), step(22, 600)))).toEqual(['Fresh', 300]);
  });

  test('counts at once when the agent had seen it over two seconds in the sample before, too', () => {
    const told = { ...step(21, 150), agentRate: 250 };
    expect(briefly(known(...calm, told, { second: 22, queries: 2150 + 450, agentRate: 400 }))).toEqual(['Fresh', 450]);
  });

  test('does not count when it was one sample', () => {
    const wild = { second: 21, queries: 2_000_000 };
    expect(briefly(known(...calm, wild, { second: 22, queries: 2_000_100 }))).toEqual(['Fresh', 100]);
    expect(briefly(known(...calm, wild, { second: 22 }))).toEqual(['Stale', 100]);
    expect(briefly(known(...calm, wild, { second: 22 }, { second: 23 }))).toEqual(['Fresh', 100]);
  });

  test('counts without being confirmed as long as it is next to nothing', () => {
    expect(briefly(known({ second: 0, queries: 0, agentRate: 0 }, { second: 5, queries: 40, agentRate: 0 }))).toEqual([
      'Fresh',
      8,
    ]);
  });
});

test('no server counts for more than four times its capacity', () => {
  expect(loadOfServer(trackOf(...calm), 20_000, 10).queriesPerSecond).toBe(40);
  expect(loadOfServer(trackOf(...calm), 20_000, 30).queriesPerSecond).toBe(100);
});

test.each<readonly [string, readonly Said[], number, number]>([
  ['nothing is known', [], 0, 20],
  ['there is one sample', [{ second: 20 }], 20, 1],
  ['the rate is of one second', [{ second: 19 }, { second: 20 }], 20, 3],
  ['all is well', calm, 20, 20],
  ['the agent sees a rise that is not in the rate yet', [...calm, { second: 30, agentRate: 300 }], 30, 1],
  ['a sample came again', [...calm, { second: 20 }], 20, 5],
  ['a sample is doubted', [...calm, { second: 21, queries: 0 }], 21, 1],
  ['that lasts', [...calm, { second: 21, queries: 0 }], 60, 10],
])('when %s, the agent is asked again soon enough', (...row) => {
  const [, said, atSecond, waitSeconds] = row;
  expect(waitSecondsOf(trackOf(...said), 1000 * atSecond)).toBe(waitSeconds);
});

describe('whatever an agent says', () => {
  const count = fc.oneof({ weight: 9, arbitrary: fc.nat(1_000_000_000) }, { weight: 1, arbitrary: fc.double() });
  const anything = fc.record({
    second: fc.integer({ min: 0, max: 300 }),
    skew: fc.oneof(
      { weight: 9, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
      { weight: 1, arbitrary: fc.double() },
    ),
    queries: count,
    servfails: count,
    dropped: count,
    probes: fc.oneof(fc.constant(undefined), count),
    agentRate: count,
    startId: fc.oneof({ weight: 9, arbitrary: fc.constant('one') }, { weight: 1, arbitrary: fc.constant('two') }),
    hasCounters: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  });

  test('no rate is negative, without bounds or above the cap', () => {
    const capacityQps = 1000;
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 30 }), (said) => {
        let track = newTrack(0);
        for (const answer of said.toSorted((a, b) => a.second - b.second)) {
          track = take(track, answer);
          const load = loadOfServer(track, 1000 * answer.second, capacityQps);
          const { queriesPerSecond = 0, servfailsPerSecond = 0, droppedPerSecond = 0, hitPercent = 0 } = load;
          const rates = [queriesPerSecond, servfailsPerSecond, droppedPerSecond];
          expect(rates.every((rate) => rate >= 0 && rate <= 4 * capacityQps)).toBe(true);
          expect(hitPercent >= 0 && hitPercent <= 100 && servfailsPerSecond <= queriesPerSecond + 1e-9).toBe(true);
          expect([1, 3, 5, 10, 20]).toContain(waitSecondsOf(track, 1000 * answer.second));
        }
      }),
    );
  });

  test('one wild sample never raises the load by more than the others say', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 4, maxLength: 20 });
    const wild = fc.oneof(
      anything,
      fc.record({ queries: fc.integer({ min: 0, max: 1e9 }), agentRate: fc.double({ min: 0, max: 1e9, noNaN: true }) }),
    );
    fc.assert(
      fc.property(gaps, fc.nat(), wild, (seconds, at, changes) => {
        const times = seconds.reduce<number[]>((before, gap) => [...before, (before.at(-1) ?? 0) + gap], []);
        let track = newTrack(0);
        for (const [index, second] of times.entries()) {
          const isWild = index === at % times.length;
          track = take(track, { ...(isWild && changes), second });
          expect(loadOfServer(track, 1000 * second).queriesPerSecond ?? 0).toBeLessThanOrEqual(2 * usual);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('it is believed again after four sound samples', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 10 }), (said) => {
        const before = trackOf(...said.toSorted((a, b) => a.second - b.second));
        const sound = [301, 302, 303, 304].map((second) => ({ second, startId: 'three' }));
        expect(briefly(loadOfServer(sound.reduce(take, before), 304_000))).toEqual(['Fresh', 100]);
      }),
    );
  });

  test('a rate that is constant stays so through lost, doubled and late answers', () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 30 }, (_, index) => index + 1),
      { minLength: 2 },
    );
    fc.assert(
      fc.property(order, fc.double({ min: 0.02, max: 1e6, noNaN: true }), (seconds, rate) => {
        let track = newTrack(0);
        let heardMs = 0;
        for (const second of seconds.flatMap((each) => [each, each])) {
          heardMs = Math.max(heardMs, 1000 * second);
          track = takeLoad(track, loadOf({ second, queries: rate * second, agentRate: rate }), heardMs);
          const { queriesPerSecond } = loadOfServer(track, heardMs);
          if (queriesPerSecond !== undefined)
            expect(Math.abs(queriesPerSecond - rate)).toBeLessThanOrEqual(1e-6 * rate + 1e-6);
        }
      }),
    );
  });
});
