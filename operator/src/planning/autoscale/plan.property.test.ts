import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { remember } from './memory.js';
import { planScale } from './plan.js';
import { nowMs, servers } from './testing.js';
import type { PoolFacts, ScaledServer, ScaleObservation } from './types.js';
import { highestLoad } from './window.js';

const serverOf = fc.record<ScaledServer>({
  uid: fc.constant('s'),
  isReady: fc.boolean(),
  isStopping: fc.boolean(),
  isMarked: fc.boolean(),
  load: fc.record(
    {
      freshness: fc.constantFrom('Fresh', 'Fresh', 'Fresh', 'Stale', 'Absent'),
      queriesPerSecond: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(-1, Number.NaN, 1e12)),
      throttledPercent: fc.constantFrom(0, 10, 11, 100),
    },
    { requiredKeys: ['freshness'] },
  ),
});
const healthy = fc
  .tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3000 })),
    fc.constantFrom(0, 0, 0, 10, 11),
  )
  .map(([count, load, throttledPercent]) =>
    servers(count, load).map((each, index) =>
      index === 0 ? { ...each, load: { ...each.load, throttledPercent } } : each,
    ),
  );
const untilMs = fc.option(fc.integer({ min: nowMs - 1000, max: nowMs + 1000 }), { nil: undefined });
const pauses = fc.tuple(untilMs, untilMs).map(([all, shrink]) => ({
  ...(all !== undefined && { allUntilMs: all }),
  ...(shrink !== undefined && { shrinkUntilMs: shrink }),
}));
const lastScaleMs = fc.integer({ min: nowMs - 400_000, max: nowMs + 10_000 });

const mostly = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) });

/** Any pool at all, many of them without sense; most of those that have it have been seen for long. */
const observations: fc.Arbitrary<ScaleObservation> = fc
  .record({
    scaleUp: fc.oneof(fc.constant(70), fc.integer({ min: 1, max: 100 })),
    scaleDown: fc.oneof(fc.constant(30), fc.integer({ min: 0, max: 99 })),
    mode: mostly<'Builtin' | 'External' | 'Disabled'>('Builtin', 'External', 'Disabled'),
    limits: fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 40 })),
    redundancy: fc.integer({ min: 0, max: 5 }),
    wanted: fc.integer({ min: 0, max: 50 }),
    hasAllWanted: mostly(true, false),
    servers: fc.oneof(healthy, healthy, fc.array(serverOf, { maxLength: 12 })),
    record: fc.oneof(
      fc.constant({}),
      lastScaleMs.map((ms) => ({ lastScaleMs: ms })),
    ),
    isRollingOut: mostly(false, true),
    isRetiring: mostly(false, true),
    pauses: fc.oneof(fc.constant({}), pauses),
    hasOtherScaler: mostly(false, true),
    seenForMs: fc.oneof(fc.constant(300_000), fc.integer({ min: 0, max: 600_000 })),
    higherBefore: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 })),
  })
  .map(({ scaleUp, scaleDown, mode, limits, hasAllWanted, seenForMs, higherBefore, ...rest }) => {
    const facts: PoolFacts = {
      ...rest,
      nowMs,
      capacityQps: 100,
      autoscaling: {
        mode,
        scaleUpThresholdPercent: Math.max(scaleUp, 1 + Math.min(scaleUp, scaleDown)),
        scaleDownThresholdPercent: Math.min(scaleUp, scaleDown),
        cooldownSeconds: 300,
      },
      minServers: Math.min(...limits),
      maxServers: Math.max(...limits),
      wanted: hasAllWanted ? rest.servers.length : rest.wanted,
    };
    const memory = remember(undefined, facts);
    if (!memory.window) return { ...facts, memory };
    const sinceMs = nowMs - seenForMs;
    const queriesPerSecond = highestLoad(memory.window) + higherBefore;
    const window = { ...memory.window, sinceMs, peaks: [{ queriesPerSecond, fromMs: sinceMs, untilMs: nowMs }] };
    return { ...facts, memory: { ...memory, window } };
  });

const options = { numRuns: 5000 };

test('the result of a decision, with the servers there and the same load, is followed by Hold', () => {
  fc.assert(
    fc.property(observations, (observation) => {
      const decision = planScale(observation);
      if (decision.type === 'Hold') return;
      const load = observation.servers.reduce((sum, { load: { queriesPerSecond = 0 } }) => sum + queriesPerSecond, 0);
      const next: PoolFacts = {
        ...observation,
        wanted: decision.to,
        record: decision.record,
        servers: Number.isFinite(load) && load >= 0 ? servers(decision.to, load) : observation.servers,
      };
      const memory = remember(observation.memory, next);
      const after = planScale({ ...next, memory });
      // A server that said nonsense, or was in no state to be counted, is another load now.
      const isSameLoad = after.neededServers === decision.neededServers;
      if (isSameLoad) expect({ type: after.type, message: after.message }).toMatchObject({ type: 'Hold' });
    }),
    options,
  );
});

test('deciding twice on what was carried out in full or not at all never asks for more', () => {
  fc.assert(
    fc.property(observations, (observation) => {
      const decision = planScale(observation);
      // The servers are as before: nothing has started or gone yet.
      const next = { ...observation, wanted: decision.to, record: decision.record };
      const again = planScale({ ...next, memory: remember(observation.memory, next) });
      expect({ type: again.type, to: again.to }).toEqual({ type: 'Hold', to: decision.to });
    }),
    options,
  );
});

test('no decision leaves the limits, and none shrinks below the load, the redundancy or the floor', () => {
  fc.assert(
    fc.property(observations, (observation) => {
      const { minServers, maxServers, redundancy } = observation;
      const decision = planScale(observation);
      const { type, from, to, neededServers: needed = 0, missingServers } = decision;
      expect('limitMessage' in decision).toBe('missingServers' in decision);
      expect('lateMessage' in decision).toBe('lateServers' in decision);
      expect(to).toBeGreaterThanOrEqual(minServers);
      expect(to).toBeLessThanOrEqual(maxServers);
      expect(Math.sign(to - from)).toBe({ Grow: 1, Shrink: -1, Hold: 0 }[type]);
      if (type === 'Shrink') {
        expect(to).toBeGreaterThanOrEqual(Math.max(needed + redundancy, minServers));
        expect(from - to).toBeLessThanOrEqual(Math.max(1, from / 10));
      }
      if (type === 'Grow') expect(to).toBe(Math.min(maxServers, Math.max(needed + redundancy, minServers)));
      if (missingServers !== undefined) expect(missingServers).toBe(needed + redundancy - maxServers);
    }),
    options,
  );
});

test('nothing shrinks on doubt', () => {
  let shrinks = 0;
  fc.assert(
    fc.property(observations, (observation) => {
      const { memory, pauses: paused } = observation;
      const { type, from } = planScale(observation);
      if (type !== 'Shrink') return;
      shrinks += 1;
      const isSound = ({ isReady, isStopping, isMarked, load }: ScaledServer) =>
        isReady && !isStopping && !isMarked && load.freshness === 'Fresh' && Number.isFinite(load.queriesPerSecond);
      expect(observation.servers.every(isSound)).toBe(true);
      const throttled = observation.servers.map(({ load: { throttledPercent = 0 } }) => throttledPercent);
      expect(Math.max(...throttled)).toBeLessThanOrEqual(10);
      expect(observation.servers).toHaveLength(from);
      expect(nowMs - (memory.window?.sinceMs ?? nowMs)).toBeGreaterThanOrEqual(300_000);
      expect(observation).toMatchObject({ isRollingOut: false, isRetiring: false, hasOtherScaler: false });
      expect(Math.max(paused.allUntilMs ?? 0, paused.shrinkUntilMs ?? 0)).toBeLessThanOrEqual(nowMs);
      expect(nowMs - (observation.record.lastScaleMs ?? 0)).toBeGreaterThanOrEqual(300_000);
    }),
    options,
  );
  // A property about shrinks says nothing without any; there are about a hundred.
  expect(shrinks).toBeGreaterThan(20);
});

test('what is wanted within the maximum always carries the load with the redundancy, but in a cool-down below 90 %', () => {
  fc.assert(
    fc.property(observations, (observation) => {
      const {
        to,
        reason,
        neededServers: needed,
        isEmergency,
      } = planScale({
        ...observation,
        autoscaling: { ...observation.autoscaling, mode: 'Builtin' },
        isRetiring: false,
        hasOtherScaler: false,
        pauses: {},
      });
      if (needed === undefined) return;
      const target = Math.min(observation.maxServers, needed + observation.redundancy);
      if (to < target) expect({ reason, isEmergency }).toEqual({ reason: 'CoolingDown', isEmergency: false });
    }),
    options,
  );
});
