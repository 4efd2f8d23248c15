/** The order of a rollout: golden traces of whole rollouts, invariants over random ones, and single decisions. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectGolden } from '../../test/golden.js';
import { type Behaviour, RolloutSimulator, type SimulatedPop } from '../../test/rollout-simulator.js';
import { planRollout } from './rollout.js';
import { leastMeasurableQps, stepDeadlineMs } from './rollout-gate.js';
import type { LivePool, RolloutObservation, WantedPop } from './rollout-types.js';

const pops: readonly SimulatedPop[] = [
  { pop: 'eu-1', region: 'eu' },
  { pop: 'eu-2', region: 'eu' },
  { pop: 'us-1', region: 'us' },
  { pop: 'us-2', region: 'us' },
];

/** A fleet at rest at version 1. */
function settledFleet(
  options: { behaviour?: (version: number, pop: string) => Behaviour; pauseSeconds?: number } = {},
) {
  const fleet = new RolloutSimulator({ pops, ...options });
  expect(fleet.run()).toBe(true);
  for (let ticks = 0; ticks < 10; ticks += 1) fleet.tick();
  fleet.trace.length = 0;
  return fleet;
}

const golden = (name: string, fleet: RolloutSimulator) =>
  expectGolden(new URL(`testdata/${name}.golden`, import.meta.url), `${fleet.trace.join('\n')}\n`);

describe('a whole rollout', () => {
  test('creates all pools at once', () => {
    const fleet = new RolloutSimulator({ pops });
    expect(fleet.run()).toBe(true);
    golden('create', fleet);
  });

  test('goes from PoP to PoP and from region to region', () => {
    const fleet = settledFleet();
    fleet.version = 2;
    expect(fleet.run()).toBe(true);
    golden('change', fleet);
  });

  test('stops where the engine refuses the change, and a further edit mends that PoP first', () => {
    const fleet = settledFleet({ behaviour: (version) => ({ isRefused: version === 2 }) });
    fleet.version = 2;
    expect(fleet.run(40)).toBe(false);
    fleet.version = 3;
    expect(fleet.run()).toBe(true);
    golden('refused', fleet);
  });

  test('stops in the second region when errors rise there, and mends it from there', () => {
    const behaviour = (version: number, pop: string): Behaviour =>
      version === 2 && pop === 'us-1' ? { load: { queriesPerSecond: 1000, servfailPercent: 9 } } : {};
    const fleet = settledFleet({ behaviour });
    fleet.version = 2;
    expect(fleet.run(60)).toBe(false);
    fleet.version = 3;
    expect(fleet.run()).toBe(true);
    golden('errors', fleet);
  });

  test('stops when half of the load is gone', () => {
    const behaviour = (version: number): Behaviour =>
      version === 2 ? { load: { queriesPerSecond: 400, servfailPercent: 0 } } : {};
    const fleet = settledFleet({ behaviour });
    fleet.version = 2;
    expect(fleet.run(60)).toBe(false);
    golden('load-gone', fleet);
  });

  test('reports a PoP that does not become ready in time, and goes on when it does', () => {
    const behaviour = (version: number): Behaviour => (version === 2 ? { readyAfterMs: stepDeadlineMs + 60_000 } : {});
    const fleet = settledFleet({ behaviour });
    fleet.version = 2;
    expect(fleet.run(1000)).toBe(true);
    golden('late', fleet);
  });

  test('is not held up by a PoP that was lost before it began', () => {
    const fleet = settledFleet();
    fleet.lose('eu-1');
    fleet.tick();
    fleet.version = 2;
    fleet.run(100);
    golden('lost-pop', fleet);
    expect(fleet.lastPlan?.progress.state).toBe('Complete');
    fleet.version = 3;
    fleet.run(100);
    expect([...fleet.pools.values()].map(({ version }) => version)).toEqual([3, 3, 3, 3]);
  });

  test('retires PoPs that left the spec one at a time', () => {
    const fleet = settledFleet();
    fleet.pops = pops.slice(0, 2);
    expect(fleet.run()).toBe(true);
    golden('retire', fleet);
    expect([...fleet.pools.keys()]).toEqual(['eu-1', 'eu-2']);
  });

  test('keeps a leaving PoP while another is not ready, and says so', () => {
    const fleet = settledFleet();
    fleet.lose('eu-1');
    fleet.pops = pops.slice(0, 3);
    expect(fleet.run(1000)).toBe(false);
    expect(fleet.pools.get('us-2')?.state).toBe('Active');
    golden('retire-held', fleet);
  });

  test('takes a PoP back that was leaving', () => {
    const fleet = settledFleet();
    fleet.pops = pops.slice(0, 3);
    for (let ticks = 0; ticks < 3; ticks += 1) fleet.tick();
    expect(fleet.pools.get('us-2')?.state).toBe('Retiring');
    fleet.pops = pops;
    expect(fleet.run()).toBe(true);
    expect(fleet.pools.get('us-2')).toMatchObject({ state: 'Active', servers: 3 });
  });
});

describe('whatever happens', () => {
  const behaviours = fc.record({
    readyAfterMs: fc.integer({ min: 0, max: 90_000 }),
    isRefused: fc.boolean(),
    load: fc.record({
      queriesPerSecond: fc.constantFrom(0, 5, 100, 1000),
      servfailPercent: fc.integer({ min: 0, max: 20 }),
    }),
  });
  const events = fc.array(
    fc.record({
      ticks: fc.integer({ min: 0, max: 30 }),
      type: fc.constantFrom('edit', 'edit', 'edit', 'pops', 'lose'),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 6 },
  );

  test('we never make two pools unready at once', () => {
    fc.assert(
      fc.property(fc.array(behaviours, { minLength: 8, maxLength: 8 }), events, (table, happenings) => {
        const fleet = new RolloutSimulator({
          pops,
          // The versions of creation are good: a pool that never was ready is not made unready by us.
          behaviour: (version, pop) =>
            version === 1 ? {} : (table[(version * 3 + pops.findIndex((at) => at.pop === pop)) % table.length] ?? {}),
        });
        const isReady = (pop: string) => fleet.pools.get(pop)?.ready === true;
        // Pools that answered when we changed them and have not answered since.
        const brokenByUs = new Set<string>();
        fleet.run();
        for (const { ticks, type, count } of happenings) {
          for (let tick = 0; tick < ticks; tick += 1) {
            const readyBefore = new Set([...fleet.pools.keys()].filter(isReady));
            const disruptive = fleet
              .tick()
              .filter(({ type: kind, pop }) => (kind === 'Change' || kind === 'Retire') && readyBefore.has(pop));
            expect(disruptive.length).toBeLessThanOrEqual(1);
            disruptive.filter(({ type: kind }) => kind === 'Change').forEach(({ pop }) => brokenByUs.add(pop));
            // A PoP that left the spec was given up by the user: the rollout does not wait for it.
            const isWanted = (pop: string) => fleet.pops.some((at) => at.pop === pop);
            brokenByUs.forEach((pop) => (isReady(pop) || !isWanted(pop) ? brokenByUs.delete(pop) : undefined));
            expect(brokenByUs.size).toBeLessThanOrEqual(1);
          }
          if (type === 'edit') fleet.version += 1;
          if (type === 'pops') fleet.pops = pops.slice(0, count);
          const victim = pops[count % pops.length];
          if (type === 'lose' && victim) {
            fleet.lose(victim.pop);
            brokenByUs.delete(victim.pop);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a good version reaches every PoP, in whatever state the last one left it', () => {
    fc.assert(
      fc.property(
        fc.array(behaviours, { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 0, max: 60 }),
        (table, ticks) => {
          const fleet = new RolloutSimulator({
            pops,
            behaviour: (version, pop) => (version === 2 ? (table[pops.findIndex((at) => at.pop === pop)] ?? {}) : {}),
          });
          fleet.run();
          fleet.version = 2;
          for (let tick = 0; tick < ticks; tick += 1) fleet.tick();
          fleet.version = 3;
          expect(fleet.run(400)).toBe(true);
          expect([...fleet.pools.values()].every(({ version }) => version === 3)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('planning the result of a plan gives no action', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 }), (count, ticks) => {
        const fleet = new RolloutSimulator({ pops });
        fleet.run();
        fleet.version = 2;
        fleet.pops = pops.slice(0, count);
        for (let tick = 0; tick < ticks; tick += 1) {
          if (fleet.tick().length === 0) continue;
          // Before the pools have moved: time stands still, the writes are seen.
          const observation = { ...fleet.observe(), nowMs: fleet.nowMs };
          const again = planRollout(observation).actions.filter(({ type }) => type !== 'Delete' && type !== 'Create');
          expect(again).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

const live: LivePool = {
  state: 'Active',
  isDeleting: false,
  isObserved: true,
  isReady: true,
  readyChangedMs: 0,
  hasFailed: false,
  isRetired: false,
  message: '3 of 3 servers answer',
  readyServers: 3,
  desiredServers: 3,
  settledMs: 0,
  load: { queriesPerSecond: 100, servfailPercent: 1 },
};

const nowMs = 1_000_000;

function observationOf(
  wanted: readonly Partial<WantedPop>[],
  rest: Partial<RolloutObservation> = {},
): RolloutObservation {
  return {
    nowMs,
    pauseSeconds: 30,
    wanted: wanted.map((pop, index) => ({ pop: `p${index}`, region: 'r', difference: 'None', live, ...pop })),
    leaving: [],
    ...rest,
  };
}

const step = {
  pop: 'p0',
  startMs: nowMs - 60_000,
  beginMs: nowMs - 60_000,
  before: { queriesPerSecond: 100, servfailPercent: 1 },
};

describe('a single decision', () => {
  const held = { live: { ...live, settledMs: nowMs - 31_000 } };
  const changedPool = (pool: Partial<LivePool>) => [
    { live: { ...held.live, ...pool } },
    { difference: 'Change' as const },
  ];

  test.each<{ title: string; pool: Partial<LivePool>; state: string; message: RegExp }>([
    { title: 'goes on after the pause', pool: {}, state: 'RollingOut', message: /PoP p1 is next; 1 of 2 PoPs have/ },
    {
      title: 'waits for the pause',
      pool: { settledMs: nowMs - 10_000 },
      state: 'Holding',
      message: /watched for 30 s, 100 queries\/s, 1 % SERVFAIL/,
    },
    {
      title: 'waits for the pool to look at it',
      pool: { isObserved: false, isReady: false },
      state: 'RollingOut',
      message: /not taken the change up/,
    },
    {
      title: 'waits for servers',
      pool: { isReady: false, readyServers: 2, readyChangedMs: nowMs - 1000 },
      state: 'RollingOut',
      message: /2 of 3 servers/,
    },
    {
      title: 'waits for the change to be in force',
      pool: { settledMs: undefined as never },
      state: 'RollingOut',
      message: /not in force/,
    },
    {
      title: 'is blocked by a refusal',
      pool: { hasFailed: true, isReady: false, message: 'no' },
      state: 'Blocked',
      message: /PoP p0: no; 1 of 2 PoPs keep/,
    },
    {
      title: 'allows 5 points of SERVFAIL',
      pool: { load: { queriesPerSecond: 100, servfailPercent: 6 } },
      state: 'RollingOut',
      message: /p1 is next/,
    },
    {
      title: 'is blocked by 6 points',
      pool: { load: { queriesPerSecond: 100, servfailPercent: 7 } },
      state: 'Blocked',
      message: /7 % with SERVFAIL, 1 %/,
    },
    {
      title: 'allows half of the load',
      pool: { load: { queriesPerSecond: 50, servfailPercent: 1 } },
      state: 'RollingOut',
      message: /p1 is next/,
    },
    {
      title: 'is blocked by less',
      pool: { load: { queriesPerSecond: 49, servfailPercent: 1 } },
      state: 'Blocked',
      message: /less than half of the 100/,
    },
    {
      title: 'waits for a load that was measurable',
      pool: { load: undefined as never },
      state: 'RollingOut',
      message: /reports no load/,
    },
  ])('$title', ({ pool, state, message }) => {
    const plan = planRollout(observationOf(changedPool(pool), { step }));
    expect(plan.progress).toEqual({ state, message: expect.stringMatching(message) });
  });

  test('load that cannot be measured proves nothing', () => {
    const before = { queriesPerSecond: leastMeasurableQps - 1, servfailPercent: 0 };
    const pool = { load: { queriesPerSecond: 0, servfailPercent: 100 } };
    const plan = planRollout(observationOf(changedPool(pool), { step: { ...step, before } }));
    expect(plan.actions).toMatchObject([{ type: 'Change', pop: 'p1' }]);
  });

  test('more servers are given at once, to all', () => {
    const plan = planRollout(observationOf([{ difference: 'Harmless' }, { difference: 'Harmless' }]));
    expect(plan.actions.map(({ type, pop }) => `${type} ${pop}`)).toEqual(['Adjust p0', 'Adjust p1']);
  });

  test('more servers are given while another change is blocked', () => {
    const refused = { ...live, isReady: false, hasFailed: true, message: 'no' };
    const plan = planRollout(observationOf([{ live: refused }, { difference: 'Change', needsRoom: true }], { step }));
    expect(plan.progress.state).toBe('Blocked');
    expect(plan.actions.map(({ type, pop }) => `${type} ${pop}`)).toEqual(['Adjust p1']);
  });

  test('a pool that is changed gets its servers with the change', () => {
    const plan = planRollout(
      observationOf([
        { difference: 'Change', needsRoom: true },
        { difference: 'Change', needsRoom: true },
      ]),
    );
    expect(plan.actions.map(({ type, pop }) => `${type} ${pop}`).sort()).toEqual(['Adjust p1', 'Change p0']);
  });

  test('a pool that was adjusted a moment ago and was ready for an hour is not overdue', () => {
    const pool = { ...live, isObserved: false, isReady: false, readyChangedMs: nowMs - 3_600_000 };
    const plan = planRollout(observationOf([{ live: pool }, { difference: 'Change' }]));
    expect(plan.progress.state).toBe('RollingOut');
    expect(plan.progress.message).toContain('has not taken the change up yet; 1 of 2');
  });

  test('a pool that somebody deletes is left alone', () => {
    const plan = planRollout(observationOf([{ difference: 'Change', live: { ...live, isDeleting: true } }]));
    expect(plan.actions).toEqual([]);
  });

  test('pools that are not ready are changed last', () => {
    const sick = { ...live, isReady: false, readyServers: 1 };
    const plan = planRollout(observationOf([{ difference: 'Change', live: sick }, { difference: 'Change' }]));
    expect(plan.actions).toMatchObject([{ type: 'Change', pop: 'p1' }]);
  });

  test('the load before a step that is mended is that before the first try', () => {
    const plan = planRollout(
      observationOf([{ difference: 'Change', live: { ...live, load: { queriesPerSecond: 1, servfailPercent: 90 } } }], {
        step,
      }),
    );
    expect(plan.step).toEqual({ ...step, startMs: nowMs });
  });

  test('nothing leaves while a new PoP is not ready', () => {
    const leaving = [{ pop: 'old', live }];
    const missing = observationOf([{}], { leaving });
    const plan = planRollout({ ...missing, wanted: [{ pop: 'new', region: 'r', difference: 'Missing' }] });
    expect(plan.actions).toMatchObject([{ type: 'Create', pop: 'new' }]);
  });

  test('a leaving PoP without servers holds nothing up', () => {
    const sick = { ...live, isReady: false, readyServers: 1 };
    const leaving = [{ pop: 'old', live: { ...live, isReady: false, readyServers: 0 } }];
    expect(planRollout(observationOf([{ live: sick }], { leaving })).actions).toMatchObject([
      { type: 'Retire', pop: 'old' },
    ]);
  });
});
