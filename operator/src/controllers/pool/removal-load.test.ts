/** When the load keeps a pool from giving a server up. */
import { describe, expect, test } from '@jest/globals';
import { testPool } from '../../../test/objects.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { buildDeployment } from '../../builders/deployment.js';
import { deployments } from '../../kube/resource.js';
import { judgeCapacity } from '../../planning/autoscale/capacity.js';
import { planScale } from '../../planning/autoscale/plan.js';
import type { ScaleObservation } from '../../planning/autoscale/types.js';
import type { ServerLoad } from '../../planning/server-load.js';
import { planPool } from './plan.js';
import type { Scaling } from './scaling.js';
import { observePool } from './status.js';
import type { PoolObservation } from './types.js';

const fresh = (queriesPerSecond: number): ServerLoad => ({ freshness: 'Fresh', queriesPerSecond });
const absent: ServerLoad = { freshness: 'Absent' };

/** Five servers of 100 queries/s, two of them to spare, of a pool that wants three. */
function lookAt(load: ServerLoad, facts: Partial<ScaleObservation> = {}, parts: Partial<DnsPool['spec']> = {}) {
  const regions = [{ name: 'eu', pops: [{ name: 'eu', minServers: 3, maxServers: 20 }] }];
  const pool = testPool({ server: { capacityQps: 100 }, regions }, { replicas: 3, ...parts });
  const built = buildDeployment(pool, 5);
  const servers = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
    name,
    uid: name,
    isScheduled: true,
    isReady: true,
    isStopping: false,
  }));
  const observation: PoolObservation = {
    nowMs: 0,
    pool,
    deployment: deployments.parse({
      ...built,
      metadata: { ...built.metadata, uid: 'd', resourceVersion: '7', generation: 1 },
      status: { observedGeneration: 1, replicas: 5, updatedReplicas: 5 },
    }),
    children: new Set(),
    servers,
    agents: new Map(),
    loads: new Map(servers.map(({ uid }) => [uid, load])),
    hasOtherScaler: false,
    judgement: { type: 'Accepted' },
  };
  const { spec } = pool;
  const seen: ScaleObservation = {
    nowMs: 0,
    autoscaling: spec.autoscaling,
    minServers: spec.minServers,
    maxServers: spec.maxServers,
    redundancy: spec.capacity.redundancy,
    capacityQps: 100,
    wanted: 3,
    servers: servers.map(({ uid }) => ({ uid, isReady: true, isStopping: false, isMarked: false, load })),
    record: {},
    isRollingOut: false,
    isRetiring: false,
    pauses: {},
    hasOtherScaler: false,
    memory: {},
    ...facts,
  };
  const scaling: Scaling = {
    facts: seen,
    decision: planScale(seen),
    capacity: judgeCapacity(seen),
    isJudged: true,
  };
  return { observation, scaling };
}

function stepsOf({ observation, scaling }: ReturnType<typeof lookAt>): readonly string[] {
  const { removal } = planPool(observation, scaling);
  return removal.actions.map(({ type, server }) => `${type} ${server?.name ?? ''}`);
}
function rollingOut({ observation, scaling }: ReturnType<typeof lookAt>): string | undefined {
  const { conditions } = observePool(observation, planPool(observation, scaling), { written: [] });
  return conditions?.find(({ type }) => type === 'RollingOut')?.message;
}

describe('a pool that runs five servers and wants three', () => {
  test('gives one up while the load takes no more', () => {
    // 50 queries/s take one server, and two to spare.
    expect(stepsOf(lookAt(fresh(10)))).toEqual(['Mark a']);
  });

  test('keeps them when the load came back, and says so', () => {
    // 200 queries/s at 70 % of 100 take three servers, and two to spare.
    const look = lookAt(fresh(40));
    expect(stepsOf(look)).toEqual([]);
    expect(rollingOut(look)).toContain('5 servers run, 3 are wanted: the load and the redundancy take 5');
  });

  test('keeps no more than its maximum', () => {
    expect(stepsOf(lookAt(fresh(40), { maxServers: 4 }))).toEqual(['Mark a']);
  });

  test('keeps them while their load is not known, and says so', () => {
    const look = lookAt(absent);
    expect(stepsOf(look)).toEqual([]);
    expect(rollingOut(look)).toContain('5 servers run, 3 are wanted: the load of a serving server is not known');
  });

  const autoscaling = lookAt(absent).observation.pool.spec.autoscaling;
  test.each<[string, Partial<ScaleObservation>]>([
    ['somebody else decides', { autoscaling: { ...autoscaling, mode: 'External' } }],
    ['nobody decides', { autoscaling: { ...autoscaling, mode: 'Disabled' } }],
    ['another one decides too', { hasOtherScaler: true }],
    ['it retires', { isRetiring: true }],
  ])('does as it is told where %s', (_, facts) => {
    expect(stepsOf(lookAt(fresh(40), facts))).toEqual(['Mark a']);
    expect(stepsOf(lookAt(absent, facts))).toEqual(['Mark a']);
  });

  test('does as it is told where nobody said what a server carries', () => {
    const { observation, scaling } = lookAt(absent);
    const { capacityQps, ...facts } = scaling.facts;
    expect(capacityQps).toBe(100);
    const unknown = { ...scaling, facts, capacity: judgeCapacity(facts) };
    expect(stepsOf({ observation, scaling: unknown })).toEqual(['Mark a']);
  });
});

test('a floor above the last number of the autoscaler limits nobody, and one above the wish of somebody else does', () => {
  const limitOf = ({ observation, scaling }: ReturnType<typeof lookAt>) =>
    planPool(observation, scaling).replicas.limit.reason;
  expect(limitOf(lookAt(fresh(10), {}, { replicas: 2 }))).toBe('WithinLimits');
  expect(limitOf(lookAt(fresh(10), { hasOtherScaler: true }, { replicas: 2 }))).toBe('TooFewReplicas');
});
