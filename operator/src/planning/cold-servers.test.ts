import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assess } from './autoscale/assess.js';
import { judgeCapacity } from './autoscale/capacity.js';
import { planScale } from './autoscale/plan.js';
import { pool, server } from './autoscale/testing.js';
import type { ScaledServer, ScaleObservation } from './autoscale/types.js';
import { weighServers } from './cold-servers.js';
import { costOfQuery } from './query-cost.js';
import type { ServerLoad } from './server-load.js';

const warm = (over: Partial<ServerLoad> = {}): ScaledServer =>
  server({ load: { freshness: 'Fresh', queriesPerSecond: 100, hitPercent: 90, engineAgeSeconds: 3600, ...over } });
const young = (over: Partial<ServerLoad> = {}): ScaledServer => warm({ engineAgeSeconds: 60, ...over });

test.each([
  [100, 1],
  [80, 1.8],
  [0, 5],
  [150, 1],
  [-1, 5],
])('with %d %% of hits a query costs %d hits', (hitPercent, cost) => {
  expect(costOfQuery(hitPercent)).toBeCloseTo(cost);
});

describe('what a server counts for', () => {
  const weightOf = (judged: ScaledServer, others = [warm()], known?: number) =>
    weighServers([...others, judged], known).servers.at(-1)?.weight ?? 1;
  test.each<[string, ScaledServer, number]>([
    ['one that is warm', warm(), 1],
    ['a young one by what its queries cost beside those of a warm one', young({ hitPercent: 60 }), 1.4 / 2.6],
    ['a young one that hits as often', young(), 1],
    ['a young one that hits nearly as often: the difference is chance', young({ hitPercent: 88 }), 1],
    ['a young one that hits more often', young({ hitPercent: 99 }), 1],
    ['an old one whose clients ask for other names', warm({ hitPercent: 10 }), 1],
    ['one that has just come, and was asked little', young({ queriesPerSecond: 3, hitPercent: 0 }), 0.5],
    ['a young one that is silent', young({ freshness: 'Stale' }), 0.5],
    ['one whose agent does not know its age', server({ load: { freshness: 'Fresh', queriesPerSecond: 100 } }), 1],
  ])('%s', (_, judged, weight) => {
    expect(weightOf(judged)).toBeCloseTo(weight);
  });

  test('in a new pool, where no server is warm, each counts in full', () => {
    expect(weightOf(young({ hitPercent: 5 }), [young()])).toBe(1);
  });

  test('where the last warm server has gone, its hit ratio is remembered', () => {
    const { warmHitPercent } = weighServers([warm(), young({ hitPercent: 10 })], undefined);
    expect(warmHitPercent).toBe(90);
    expect(weightOf(young({ hitPercent: 60 }), [], warmHitPercent)).toBeCloseTo(1.4 / 2.6);
  });
});

describe('cold servers in a pool', () => {
  /** `count` servers of 100 queries/s each, of which the last `cold` are worth a half. */
  const withCold = (count: number, cold: number, queriesPerSecond: number): ScaleObservation => {
    const observation = pool(count, queriesPerSecond);
    const servers = observation.servers.map((one, index) => (index < count - cold ? one : { ...one, weight: 0.5 }));
    return { ...observation, servers };
  };

  test('show in the utilization, and not in what is needed', () => {
    const { need } = assess(withCold(6, 2, 150));
    expect(need).toMatchObject({ utilization: 0.5, wantedUtilization: 0.375, needed: 3, target: 5 });
  });

  test('show in what the pool says of its capacity', () => {
    expect(judgeCapacity(withCold(5, 2, 150))).toMatchObject({
      isSufficient: false,
      headroom: -1,
      message: expect.stringContaining('5 serving servers, worth 4.0 warm ones'),
    });
    expect(judgeCapacity(withCold(6, 2, 150))).toMatchObject({ isSufficient: true, headroom: 0 });
  });

  test('hold a shrink that warm ones would allow', () => {
    expect(planScale(withCold(6, 0, 100))).toMatchObject({ type: 'Shrink', to: 5 });
    expect(planScale(withCold(6, 2, 100))).toMatchObject({ type: 'Hold', reason: 'WithinThresholds' });
    // Little is used, and the warm ones may be those that go: one is needed, two are to spare, and one and a half are cold.
    expect(planScale(withCold(5, 3, 20))).toMatchObject({ type: 'Hold', reason: 'FewestServers' });
    expect(planScale(withCold(5, 0, 20))).toMatchObject({ type: 'Shrink', to: 4 });
  });

  test('never make a pool want more, and never a shrink that would not be without them', () => {
    let differing = 0;
    fc.assert(
      fc.property(
        fc.record({
          count: fc.integer({ min: 1, max: 20 }),
          load: fc.integer({ min: 0, max: 2500 }),
          redundancy: fc.integer({ min: 0, max: 3 }),
          weights: fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }),
        }),
        ({ count, load, redundancy, weights }) => {
          const allWarm = pool(count, load, { redundancy, minServers: 1 });
          const servers = allWarm.servers.map((one, index) => ({ ...one, weight: weights[index] ?? 1 }));
          const [cold, all] = [planScale({ ...allWarm, servers }), planScale(allWarm)];
          if (cold.to !== all.to) differing += 1;
          expect(cold.neededServers).toBe(all.neededServers);
          expect(cold.isEmergency).toBe(all.isEmergency);
          if (all.type === 'Shrink') expect(cold.to).toBeGreaterThanOrEqual(all.to);
          else expect(cold.to).toBe(all.to);
          expect(cold.to).toBeLessThanOrEqual(Math.max(all.to, count));
        },
      ),
      { numRuns: 2000 },
    );
    expect(differing).toBeGreaterThan(20);
  });
});
