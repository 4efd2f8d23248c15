import { describe, expect, test } from '@jest/globals';
import { planScale } from './plan.js';
import { nowMs, pool, poolWithoutCapacity, server, servers, windowOf } from './testing.js';
import type { ScaleObservation } from './types.js';

const seconds = 1000;
const stale = (queriesPerSecond?: number) =>
  server({ uid: 'stale', load: { freshness: 'Stale', ...(queriesPerSecond !== undefined && { queriesPerSecond }) } });
const absent = server({ uid: 'absent', load: { freshness: 'Absent' } });
const starting = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    server({ uid: `n-${index}`, isReady: false, load: { freshness: 'Absent' } }),
  );
const cooling = (wanted: number) => ({ wanted, lastScaleMs: nowMs - 100 * seconds });
const usual = { mode: 'Builtin', scaleUpThresholdPercent: 70, scaleDownThresholdPercent: 30 } as const;

type Case = readonly [name: string, observation: ScaleObservation, decision: string];

const decide = (observation: ScaleObservation): string => {
  const { type, to, reason, isEmergency } = planScale(observation);
  return `${type === 'Hold' ? 'Hold' : `${type} to ${to}`} ${reason}${isEmergency ? '!' : ''}`;
};

describe('growth', () => {
  test.each<Case>([
    ['does not happen at 70 %', pool(4, 140), 'Hold WithinThresholds'],
    ['above 70 % goes straight to what is needed', pool(5, 260), 'Grow to 6 HighUtilization'],
    ['above 90 % is an emergency', pool(4, 500), 'Grow to 10 Emergency!'],
    ['waits for the cool-down', pool(5, 260, { record: cooling(5) }), 'Hold CoolingDown'],
    ['above 90 % does not wait for it', pool(4, 190, { record: cooling(4) }), 'Grow to 5 Emergency!'],
    ['at 90 % does', pool(4, 180, { record: cooling(4) }), 'Hold CoolingDown'],
    ['waits after a change by somebody else', pool(5, 260, { record: { wanted: 4 } }), 'Hold CoolingDown'],
    ['happens when redundancy leaves none for the load', pool(2, 1, { minServers: 1 }), 'Grow to 3 Emergency!'],
    ['happens below the redundancy without load', pool(1, 0, { minServers: 1 }), 'Grow to 2 BelowRedundancy'],
    ['stops at the maximum', pool(4, 5000, { maxServers: 8 }), 'Grow to 8 Emergency!'],
    ['says that the maximum was reached', pool(8, 5000, { maxServers: 8 }), 'Hold MaximumReached!'],
    ['happens during a rollout', pool(5, 260, { isRollingOut: true }), 'Grow to 6 HighUtilization'],
    ['happens without a window', pool(5, 260, { memory: {} }), 'Grow to 6 HighUtilization'],
    [
      'happens while shrinking is paused',
      pool(5, 260, { pauses: { shrinkUntilMs: nowMs + 1 } }),
      'Grow to 6 HighUtilization',
    ],
    [
      'counts with the part that is known',
      pool(5, 0, { servers: [...servers(4, 260), absent] }),
      'Grow to 6 HighUtilization',
    ],
    [
      'counts with what a server said last',
      pool(5, 0, { servers: [...servers(4, 160), stale(100)] }),
      'Grow to 6 HighUtilization',
    ],
    [
      'does not count the load of one that is gone and of those that took it over',
      pool(5, 0, { servers: [...servers(4, 200), { ...stale(100), isReady: false }] }),
      'Hold ServersStarting',
    ],
    [
      'counts the load of one that is leaving',
      pool(5, 0, {
        servers: [
          ...servers(5, 160),
          { ...server({ load: { freshness: 'Fresh', queriesPerSecond: 100 } }), isStopping: true },
        ],
      }),
      'Grow to 6 HighUtilization',
    ],
    [
      'is taken back while those that go still carry it',
      pool(5, 250, { servers: servers(6, 250) }),
      'Grow to 6 BelowRedundancy',
    ],
    ['does not happen with rates that are none', pool(3, Number.NaN), 'Hold LoadUnknown'],
    ['does not happen with negative rates', pool(3, -5000), 'Hold LoadUnknown'],
  ])('%s', (_, observation, decision) => {
    expect(decide(observation)).toBe(decision);
  });
});

describe('servers on their way', () => {
  const asked = (agoSeconds: number) => ({
    record: { wanted: 10, lastScaleMs: nowMs - agoSeconds * seconds },
    memory: { missingSinceMs: nowMs - agoSeconds * seconds },
  });
  const coming = { wanted: 10, servers: [...servers(4, 500), ...starting(6)] };

  test.each<Case>([
    ['are not asked for again', pool(10, 500, { ...coming, ...asked(10) }), 'Hold ServersStarting'],
    [
      'are not asked for again after the cool-down',
      pool(10, 500, { ...coming, ...asked(400) }),
      'Hold ServersNotComing',
    ],
    ['are reported after 120 s', pool(10, 500, { ...coming, ...asked(120) }), 'Hold ServersNotComing'],
    [
      'have a time of their own, however long another is missing',
      pool(10, 500, { ...coming, ...asked(10), memory: { missingSinceMs: nowMs - 1000 * seconds } }),
      'Hold ServersStarting',
    ],
    [
      'are not enough for a load that goes on rising',
      pool(10, 900, { ...coming, ...asked(10), servers: [...servers(4, 900), ...starting(6)] }),
      'Grow to 15 Emergency!',
    ],
    [
      'are enough below 90 %, until the cool-down is over',
      pool(10, 700, { ...coming, ...asked(10), servers: [...servers(4, 700), ...starting(6)] }),
      'Hold CoolingDown',
    ],
    ['hold the number, with nothing known of the load', pool(3, 0, { servers: starting(3) }), 'Hold ServersStarting'],
    ['hold the number while others go', pool(8, 0, { servers: servers(9, 10) }), 'Hold ServersLeaving'],
    [
      'hold the number while one is marked',
      pool(9, 0, {
        servers: [...servers(9, 10), server({ isMarked: true, load: { freshness: 'Fresh', queriesPerSecond: 1 } })],
      }),
      'Hold ServersLeaving',
    ],
  ])('%s', (_, observation, decision) => {
    expect(decide(observation)).toBe(decision);
  });
});

test.each([
  ['while the load takes more than the maximum', { servers: servers(4, 700), maxServers: 10 }, 'MaximumReached'],
  ['while scaling is paused', { servers: servers(4, 500), pauses: { allUntilMs: nowMs + 1 } }, 'ScalingPaused'],
  ['while nothing else is to be said', { servers: servers(4, 500) }, 'ServersNotComing'],
])('servers that do not come are counted %s', (_, over, reason) => {
  const late = { memory: { missingSinceMs: nowMs - 120 * seconds } };
  expect(planScale(pool(10, 0, { ...late, ...over }))).toMatchObject({
    reason,
    lateServers: 6,
    lateMessage: '4 of 10 wanted servers serve; the others have not come since 2026-11-24T11:58:00Z',
  });
});

test.each([
  ['before they are late', {}, 119],
  ['by a pool that gives up its servers', { isRetiring: true }, 500],
])('servers that do not come are not counted %s', (_, over, agoSeconds) => {
  const memory = { missingSinceMs: nowMs - agoSeconds * seconds };
  const decision = planScale(pool(10, 0, { servers: servers(4, 500), memory, ...over }));
  expect(decision).not.toHaveProperty('lateServers');
  expect(decision).not.toHaveProperty('lateMessage');
});

describe('a maximum that is too low is told in round numbers', () => {
  const limitOf = (queriesPerSecond: number, over: Partial<ScaleObservation> = {}) =>
    planScale(pool(8, queriesPerSecond, { maxServers: 8, ...over })).limitMessage;

  test.each<readonly [name: string, message: string | undefined, expected: string | undefined]>([
    [
      'at the maximum',
      limitOf(5000),
      '`maxServers` holds 8; 5000 queries/s with 2 servers to spare take about 66 more',
    ],
    [
      'by a growth to it',
      limitOf(5000, { wanted: 4 }),
      '`maxServers` holds 8; 5000 queries/s with 2 servers to spare take about 66 more',
    ],
    [
      'when the round load is a little too low for it',
      limitOf(424, { redundancy: 1, maxServers: 7 }),
      '`maxServers` holds 7; 420 queries/s with 1 server to spare take about 1 more',
    ],
    [
      'of many servers',
      limitOf(98_765),
      '`maxServers` holds 8; 99000 queries/s with 2 servers to spare take about 1400 more',
    ],
    ['not when there are enough', limitOf(400), undefined],
  ])('%s', (_, message, expected) => {
    expect(message).toBe(expected);
  });

  test('which stay while the load moves a little', () => {
    const loads = [4960, 4990, 5000, 5041, 5049];
    expect([...new Set(loads.map((load) => limitOf(load)))]).toEqual([expect.stringContaining(' 5000 queries/s ')]);
  });
});

describe('a shrink', () => {
  test.each<Case>([
    ['does not happen at 30 %', pool(12, 300), 'Hold WithinThresholds'],
    ['below 30 % takes one server', pool(12, 299), 'Shrink to 11 LowUtilization'],
    ['takes at most 10 % of many', pool(59, 100, { maxServers: 100 }), 'Shrink to 54 LowUtilization'],
    ['stops at the floor', pool(59, 100, { minServers: 57, maxServers: 100 }), 'Shrink to 57 LowUtilization'],
    ['does not happen at the floor', pool(3, 1), 'Hold FewestServers'],
    [
      'leaves what the highest load of the window needs',
      pool(12, 10, { memory: { window: windowOf(299) } }),
      'Shrink to 11 LowUtilization',
    ],
    [
      'does not happen when the highest load was above 30 %',
      pool(12, 10, { memory: { window: windowOf(301) } }),
      'Hold WithinThresholds',
    ],
    [
      'leaves the load and the redundancy, with a lower threshold near the upper one',
      pool(10, 500, { autoscaling: { ...usual, cooldownSeconds: 300, scaleDownThresholdPercent: 69 } }),
      'Hold FewestServers',
    ],
    [
      'leaves the utilization below the upper threshold, not at it',
      pool(8, 350, { autoscaling: { ...usual, cooldownSeconds: 300, scaleDownThresholdPercent: 65 } }),
      'Hold FewestServers',
    ],
    [
      'of many servers leaves the load and the redundancy too',
      pool(100, 6664, {
        maxServers: 100,
        autoscaling: { ...usual, cooldownSeconds: 300, scaleDownThresholdPercent: 69 },
      }),
      'Shrink to 98 LowUtilization',
    ],
    ['keeps one server beside the spare ones', pool(3, 0, { minServers: 1 }), 'Hold FewestServers'],
    ['takes the last that nobody needs', pool(4, 0, { minServers: 1 }), 'Shrink to 3 LowUtilization'],
    ['waits for the cool-down', pool(12, 10, { record: cooling(12) }), 'Hold CoolingDown'],
    ['waits after a change by somebody else', pool(12, 10, { record: { wanted: 11 } }), 'Hold CoolingDown'],
    ['does not happen during a rollout', pool(12, 10, { isRollingOut: true }), 'Hold RolloutUnderWay'],
    [
      'does not happen while one server is stale',
      pool(12, 0, { servers: [...servers(11, 10), stale(0)] }),
      'Hold LoadIncomplete',
    ],
    [
      'does not happen while one server was never heard',
      pool(12, 0, { servers: [...servers(11, 10), absent] }),
      'Hold LoadIncomplete',
    ],
    ['does not happen without a window', pool(12, 10, { memory: {} }), 'Hold LoadIncomplete'],
    [
      'does not happen before the window is full',
      pool(12, 10, { memory: { window: { ...windowOf(10), sinceMs: nowMs - 299_999 } } }),
      'Hold WindowIncomplete',
    ],
    [
      'does not happen after queries were dropped',
      pool(12, 10, { memory: { window: { ...windowOf(10), shedMs: nowMs - 299_000 } } }),
      'Hold QueriesShed',
    ],
    [
      'does not happen after an engine was throttled',
      pool(12, 10, { memory: { window: { ...windowOf(10), throttledMs: nowMs - 299_000 } } }),
      'Hold EngineThrottled',
    ],
    [
      'does not happen while it is paused',
      pool(12, 10, { pauses: { shrinkUntilMs: nowMs + 1 } }),
      'Hold ShrinkingPaused',
    ],
    [
      'does not happen while nobody can tell until when it is paused',
      pool(12, 10, { pauses: { problem: 'the annotation is no time' } }),
      'Hold PauseUnreadable',
    ],
    [
      'happens after the pause',
      pool(12, 10, { pauses: { shrinkUntilMs: nowMs, allUntilMs: nowMs } }),
      'Shrink to 11 LowUtilization',
    ],
    [
      'does not happen when nothing is known',
      pool(12, 0, { servers: Array.from({ length: 12 }, () => absent) }),
      'Hold LoadUnknown',
    ],
  ])('%s', (_, observation, decision) => {
    expect(decide(observation)).toBe(decision);
  });
});

describe('nothing is decided', () => {
  const mode = (value: 'External' | 'Disabled') => ({ autoscaling: { ...usual, cooldownSeconds: 300, mode: value } });
  test.each<Case>([
    ['when somebody else scales', pool(4, 500, mode('External')), 'Hold ScaledExternally!'],
    ['when scaling is disabled', pool(4, 500, mode('Disabled')), 'Hold ScalingDisabled!'],
    ['without a capacity', poolWithoutCapacity(4, 500), 'Hold CapacityUnknown'],
    ['when a HorizontalPodAutoscaler writes too', pool(4, 500, { hasOtherScaler: true }), 'Hold TwoScalers!'],
    ['while scaling is paused', pool(4, 500, { pauses: { allUntilMs: nowMs + 1 } }), 'Hold ScalingPaused!'],
    ['for a pool that leaves', pool(4, 500, { isRetiring: true }), 'Hold PoolRetiring!'],
  ])('%s', (_, observation, decision) => {
    expect(decide(observation)).toBe(decision);
  });
});

describe('a decision has its numbers', () => {
  test('growth', () => {
    expect(planScale(pool(5, 260.4))).toEqual({
      type: 'Grow',
      from: 5,
      to: 6,
      reason: 'HighUtilization',
      message:
        'From 5 to 6 servers: 260 queries/s take 87 % of 5 serving and 87 % of 5 wanted servers with 2 to spare, and need 4 servers and 2 to spare at 70 % of 100 queries/s each',
      isEmergency: false,
      utilizationPercent: 87,
      neededServers: 4,
      record: { wanted: 6, lastScaleMs: nowMs },
      cooldownUntilMs: nowMs + 300 * seconds,
      isScaledByOthers: false,
    });
  });

  test('growth beyond the maximum', () => {
    const decision = planScale(pool(2, 5000, { minServers: 1, maxServers: 8 }));
    expect(decision).toMatchObject({ to: 8, neededServers: 72, missingServers: 66 });
    expect(decision).not.toHaveProperty('utilizationPercent');
    expect(decision.message).toContain('take more than all of 2 serving');
    expect(decision.message).toContain('`maxServers` holds 8, 66 fewer than that');
  });

  test('growth that waits', () => {
    expect(planScale(pool(5, 263, { record: cooling(5) }))).toMatchObject({
      message:
        'From 5 to 6 servers after the cool-down, at 2026-11-24T12:03:20Z: 260 queries/s need 4 servers and 2 to spare',
      record: cooling(5),
      cooldownUntilMs: nowMs + 200 * seconds,
      nextLookMs: nowMs + 200 * seconds,
    });
  });

  test('a shrink', () => {
    expect(planScale(pool(12, 100, { memory: { window: windowOf(204) } }))).toMatchObject({
      message:
        'From 12 to 11 servers: at most 204 queries/s take 20 % of 12 servers with 2 to spare in the last 300 s, below 30 %',
      utilizationPercent: 10,
      neededServers: 2,
      record: { wanted: 11, lastScaleMs: nowMs },
    });
  });

  test('a hold for the window is rounded, and looks again before the window gets a gap', () => {
    const sinceMs = nowMs - 100 * seconds;
    const observation = pool(12, 123.4, { memory: { window: { ...windowOf(123), sinceMs } } });
    expect(planScale(observation)).toMatchObject({
      message:
        '120 queries/s take about 10 % of 12 servers with 2 to spare; nothing shrinks before the load was known for 300 s, at 2026-11-24T12:03:20Z',
      nextLookMs: nowMs + 20 * seconds,
    });
  });

  test.each<readonly [name: string, observation: ScaleObservation, nextLookMs: number | undefined]>([
    ['at the end of a pause', pool(4, 1, { pauses: { allUntilMs: nowMs + 7 } }), nowMs + 7],
    ['at the end of a pause of shrinking', pool(12, 1, { pauses: { shrinkUntilMs: nowMs + 7 } }), nowMs + 7],
    [
      'when the window is full',
      pool(12, 1, { memory: { window: { ...windowOf(1), sinceMs: nowMs - 295_000 } } }),
      nowMs + 5000,
    ],
    [
      'when servers are late',
      pool(4, 1, { servers: servers(3, 1), memory: { missingSinceMs: nowMs - 1000 } }),
      nowMs + 119_000,
    ],
    ['when a peak may have passed', pool(12, 1, { memory: { window: windowOf(999) } }), nowMs + 20_000],
    ['only with news, when the load fits', pool(4, 100), undefined],
    ['only with news, at the floor', pool(3, 1), undefined],
  ])('it looks again %s', (_, observation, nextLookMs) => {
    expect(planScale(observation).nextLookMs).toBe(nextLookMs);
  });

  test('a time of the last change that lies ahead does not stretch the cool-down', () => {
    const { record, cooldownUntilMs } = planScale(pool(5, 260, { record: { wanted: 5, lastScaleMs: nowMs + 1e9 } }));
    expect({ record, cooldownUntilMs }).toEqual({
      record: { wanted: 5, lastScaleMs: nowMs },
      cooldownUntilMs: nowMs + 300 * seconds,
    });
  });

  test('a change by somebody else is told, in every mode', () => {
    const { autoscaling } = pool(3, 1);
    for (const mode of ['Builtin', 'External', 'Disabled'] as const) {
      const decision = planScale(pool(4, 100, { autoscaling: { ...autoscaling, mode }, record: { wanted: 3 } }));
      expect(decision).toMatchObject({
        type: 'Hold',
        isScaledByOthers: true,
        record: { wanted: 4, lastScaleMs: nowMs },
      });
    }
  });
});
