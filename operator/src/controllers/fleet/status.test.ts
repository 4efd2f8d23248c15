import { describe, expect, test } from '@jest/globals';
import { appliedPools, observeTestFleet, poolCondition, withConditions } from '../../../test/fleet-observation.js';
import { testFleet } from '../../../test/objects.js';
import type { DnsFleet, DnsFleetStatus } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { planFleet } from './plan.js';
import { observeFleet } from './status.js';

const regions = [{ name: 'eu' }, { name: 'us' }];
const fleetWith = (spec: Readonly<Record<string, unknown>> = {}) => testFleet({ regions, ...spec });
const good = fleetWith();
const bad = fleetWith({ engine: { extraConfig: 'private-address: 192.0.2.66/32' } });
const mended = fleetWith({ engine: { extraConfig: 'prefetch: yes' } });

const refusal = { status: 'False', reason: 'ConfigurationRefused' } as const;
const refusing = (pool: DnsPool): DnsPool =>
  withConditions(
    pool,
    poolCondition({ type: 'Ready', ...refusal }),
    poolCondition({ type: 'Accepted', ...refusal }),
    poolCondition({ type: 'Stalled', ...refusal, status: 'True' }),
  );
const unobserved = (pool: DnsPool): DnsPool => ({ ...pool, metadata: { ...pool.metadata, generation: 2 } });

/** The pools of two PoPs, each as another version of the fleet made it. */
const pools = (eu: DnsPool | undefined, us: DnsPool | undefined): DnsPool[] => [eu, us].flatMap((pool) => pool ?? []);
const poolsOf = (fleet: DnsFleet) => appliedPools(fleet);

function conditionsOf(fleet: DnsFleet, live: readonly DnsPool[]): Record<string, string> {
  const observation = observeTestFleet(fleet, live);
  const status: DnsFleetStatus = observeFleet(observation, planFleet(observation), { done: [] });
  const all = (status.conditions ?? []).map(({ type, status: value }) => [type, value] as const);
  return Object.fromEntries(all);
}

describe('what a fleet says of an edit', () => {
  test.each<[string, { fleet: DnsFleet; live: readonly DnsPool[]; says: Record<string, string> }]>([
    [
      'is that all is well when every pool has it and likes it',
      { fleet: good, live: poolsOf(good), says: { Accepted: 'True', Ready: 'True' } },
    ],
    [
      'is nothing yet while all pools have the former version',
      { fleet: bad, live: poolsOf(good), says: { Accepted: 'Unknown', Ready: 'False', Reconciling: 'True' } },
    ],
    [
      'is nothing yet while the first pool has not looked at it',
      {
        fleet: bad,
        live: pools(poolsOf(bad).map(unobserved)[0], poolsOf(good)[1]),
        says: { Accepted: 'Unknown', Ready: 'False', Reconciling: 'True' },
      },
    ],
    [
      'is that it is refused once the first pool says so',
      {
        fleet: bad,
        live: pools(poolsOf(bad).map(refusing)[0], poolsOf(good)[1]),
        says: { Accepted: 'False', Ready: 'False', Stalled: 'True' },
      },
    ],
    [
      'that mends a refused one is not that the refused one is refused',
      {
        fleet: mended,
        live: pools(poolsOf(bad).map(refusing)[0], poolsOf(good)[1]),
        says: { Accepted: 'Unknown', Ready: 'False', Reconciling: 'True' },
      },
    ],
    [
      'is that it is accepted when the first pool likes it, though the others have not got it',
      {
        fleet: mended,
        live: pools(poolsOf(mended)[0], poolsOf(good)[1]),
        says: { Accepted: 'True', Ready: 'False', Reconciling: 'True' },
      },
    ],
  ])('%s', (_title, { fleet, live, says }) => {
    const said = conditionsOf(fleet, live);
    expect(said).toMatchObject(says);
    expect([said['Stalled'], said['Reconciling']]).toEqual([says['Stalled'], says['Reconciling']]);
  });
});

describe('a fleet whose name another fleet had until a moment ago', () => {
  test('waits until the pools of that one are gone, and is not stuck', () => {
    const observation = observeTestFleet(good, [], { former: ["Service 'public'", "DnsPool 'public-eu'"] });
    const plan = planFleet(observation);
    expect(plan).toMatchObject({ writes: [], rollout: { actions: [], requeueAfterSeconds: 10 } });
    expect(plan.service).toBeUndefined();
    const { conditions = [] } = observeFleet(observation, plan, { done: [] });
    const message = expect.stringContaining("waits until Service 'public' and 1 more objects of the former fleet");
    expect(conditions.find(({ type }) => type === 'Reconciling')).toMatchObject({ reason: 'RollingOut', message });
    expect(conditions.find(({ type }) => type === 'Stalled')).toBeUndefined();
  });
});

describe('a fleet with a pool that cannot be read', () => {
  test('changes nothing and says so', () => {
    const live = poolsOf(good).slice(1);
    const observation = observeTestFleet(good, live, { unreadable: ['DnsPool dns/public-eu: no image'] });
    const plan = planFleet(observation);
    expect(plan).toMatchObject({ obstacle: 'reading DnsPool dns/public-eu: no image', writes: [] });
    expect(plan.rollout).toBeUndefined();
    const status = observeFleet(observation, plan, { done: [], error: new Error(plan.obstacle) });
    expect(status.observedGeneration).not.toBe(good.metadata.generation);
    expect(status.conditions?.find(({ type }) => type === 'Reconciling')).toMatchObject({
      reason: 'ApiError',
      message: 'reading DnsPool dns/public-eu: no image',
    });
  });
});
