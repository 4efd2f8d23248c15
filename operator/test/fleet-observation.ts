/**
 * A fleet with its pools as the fleet controller sees them, for tests of its decisions: pools as the API server returns
 * them after our own apply, with a status of choice.
 */
import type { Condition } from '../src/api/v1alpha1/condition.js';
import type { DnsFleet } from '../src/api/v1alpha1/dns-fleet.js';
import { type DnsPool, type DnsPoolStatus, dnsPoolSchema } from '../src/api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../src/api/v1alpha1/labels.js';
import { buildPool, type DnsPoolIntent, listPops } from '../src/builders/pool.js';
import type { FleetObservation } from '../src/controllers/fleet/types.js';
import { isRecord } from '../src/kube/object.js';
import { testImage } from './objects.js';

/** The time of every observation made here. */
export const nowMs = Date.parse('2026-11-24T12:00:00Z');

/** What is observed of `fleet` when nothing but its `pools` exists; `more` says what else does. */
export function observeTestFleet(
  fleet: DnsFleet,
  pools: readonly DnsPool[],
  more: Partial<FleetObservation> = {},
): FleetObservation {
  return {
    nowMs,
    fleet,
    image: testImage,
    pools: new Map(pools.map((pool) => [pool.spec.pop, pool])),
    strangers: [],
    former: [],
    unreadable: [],
    facts: {
      serviceAddresses: [],
      pools: pools.map(({ metadata, spec }) => ({ name: metadata.name, fleet: spec.fleet })),
      otherFleets: [],
    },
    ...more,
  };
}

/** The pools of `fleet` as they are after the fleet controller applied them and the pool controller found all well. */
export function appliedPools(fleet: DnsFleet): DnsPool[] {
  return listPops(fleet.spec.regions).map((placed) => appliedPool(buildPool(fleet, placed, testImage)));
}

/** The pool that applying `intent` makes, Ready. */
export function appliedPool(intent: DnsPoolIntent): DnsPool {
  const { metadata, spec } = intent;
  const fields = fieldsOf({ metadata: { ...metadata, name: undefined, namespace: undefined }, spec });
  const name = metadata.name ?? '';
  return dnsPoolSchema.parse({
    ...intent,
    metadata: {
      ...metadata,
      uid: `${name}-uid`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-24T00:00:00Z',
      managedFields: [{ manager: fieldManagers.fleet, operation: 'Apply', fieldsV1: fields }],
    },
    spec: { ...spec, replicas: spec.minServers },
    status: readyStatus(spec.minServers),
  });
}

function readyStatus(servers: number): DnsPoolStatus {
  const summary = `${servers}/${servers}`;
  return {
    observedGeneration: 1,
    conditions: ['Ready', 'Accepted', 'Available'].map((type) => poolCondition({ type })),
    replicas: servers,
    servers: { desired: servers, ready: servers, updated: servers, stopping: 0, summary },
    settledTime: '2026-11-24T01:00:00Z',
  };
}

/** A condition of a pool that has been so for an hour; True unless told otherwise. */
export const poolCondition = (parts: Partial<Condition> & Pick<Condition, 'type'>): Condition => ({
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-11-24T11:00:00Z',
  reason: 'Test',
  message: 'it is so',
  ...parts,
});

/** `pool` whose status has `conditions` in the place of those of their types. */
export function withConditions(pool: DnsPool, ...conditions: readonly Condition[]): DnsPool {
  const types = conditions.map(({ type }) => type);
  const others = (pool.status?.conditions ?? []).filter(({ type }) => !types.includes(type));
  return { ...pool, status: { ...pool.status, conditions: [...others, ...conditions] } };
}

/** FieldsV1 of a manifest whose lists are atomic. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return {};
  const set = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(set.map(([key, item]) => [`f:${key}`, fieldsOf(item)]));
}
