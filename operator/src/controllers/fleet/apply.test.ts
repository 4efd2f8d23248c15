import { beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../../test/fake-clock.js';
import { appliedPools, nowMs, observeTestFleet } from '../../../test/fleet-observation.js';
import { type MemoryClient, memoryClient } from '../../../test/memory-client.js';
import { testFleet, testImage } from '../../../test/objects.js';
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { KubeError } from '../../kube/errors.js';
import { services } from '../../kube/resource.js';
import { byNamespace, IndexedStore } from '../../kube/store.js';
import { silentLogger } from '../../runtime/logger.js';
import { Refusals } from '../refusals.js';
import { dnsFleets, dnsPools } from '../resources.js';
import { applyFleet, type FleetApplier } from './apply.js';
import { inNamespace, ofFleet } from './gather.js';
import { planFleet } from './plan.js';
import { observeFleet } from './status.js';
import type { FleetOutcome } from './types.js';

const fleetWith = (spec: Readonly<Record<string, unknown>>, status: DnsFleet['status'] = {}): DnsFleet => ({
  ...testFleet({ regions: [{ name: 'eu' }, { name: 'us' }], ...spec }),
  status,
});
const former = fleetWith({});
const edited = fleetWith({ access: { allow: ['172.16.0.0/12'] } });

let client: MemoryClient;
let applier: FleetApplier;

beforeEach(() => {
  client = memoryClient();
  const clock = new FakeClock(nowMs);
  applier = {
    client,
    clock,
    image: testImage,
    refusals: new Refusals(clock),
    stores: {
      fleets: new IndexedStore<DnsFleet>({ indexes: { [inNamespace]: byNamespace } }),
      pools: new IndexedStore<DnsPool>({ indexes: { [inNamespace]: byNamespace } }),
      services: new IndexedStore({ indexes: { [ofFleet]: () => [] } }),
    },
  };
});

/** One reconcile of `fleet`, of which the cache shows `seen` and the API server holds `stored`. */
async function reconcile(
  fleet: DnsFleet,
  pools: { readonly seen: readonly DnsPool[]; readonly stored: readonly DnsPool[] },
): Promise<{ outcome: FleetOutcome; status: DnsFleet['status'] }> {
  client.put(dnsFleets, fleet);
  pools.stored.forEach((pool) => client.put(dnsPools, pool));
  const observation = observeTestFleet(fleet, pools.seen);
  const plan = planFleet(observation);
  const { signal } = new AbortController();
  expect(plan.refusal).toBeUndefined();
  const outcome = await applyFleet(applier, { observation, plan, logger: silentLogger, signal });
  return { outcome, status: observeFleet(observation, plan, outcome) };
}

describe('the step of a rollout', () => {
  test('is remembered before the pool is changed', async () => {
    const pools = appliedPools(former);
    const { outcome, status } = await reconcile(edited, { seen: pools, stored: pools });
    expect(outcome.done).toMatchObject([{ type: 'Change', pop: 'eu' }]);
    expect(client.writes.filter((write) => !write.includes('Service'))).toEqual([
      'status DnsFleet dns/public',
      'apply DnsPool dns/public-eu',
    ]);
    expect(status?.rollout?.pop).toBe('eu');
  });

  test('is not remembered when fresh state shows that it was taken already', async () => {
    const seen = appliedPools(former);
    const stored = appliedPools(edited);
    const { outcome, status } = await reconcile(edited, { seen, stored });
    expect(outcome.done).toEqual([]);
    expect(client.writes.filter((write) => !write.includes('Service'))).toEqual([]);
    expect(status?.rollout).toBeUndefined();
  });

  test('is forgotten again when the API server refuses the pool', async () => {
    const pools = appliedPools(former);
    client.fault = (write) =>
      write.startsWith('apply DnsPool') ? new KubeError('Invalid', 'no', { status: 422 }) : undefined;
    const { status } = await reconcile(edited, { seen: pools, stored: pools });
    expect(status?.rollout).toBeUndefined();
  });

  test('is kept when nobody knows whether the pool was changed', async () => {
    const pools = appliedPools(former);
    client.fault = (write) => (write.startsWith('apply DnsPool') ? new KubeError('Timeout', 'no answer') : undefined);
    const { outcome, status } = await reconcile(edited, { seen: pools, stored: pools });
    expect(outcome.error?.message).toBe('no answer');
    expect(status?.rollout?.pop).toBe('eu');
  });
});

describe('a failure', () => {
  const pools = appliedPools(former);
  const failing = (error: Error) => {
    client.fault = (write) => (write.startsWith('apply DnsPool') ? error : undefined);
  };

  test('names the kind of the object that the API server refuses', async () => {
    failing(new KubeError('Invalid', 'too long', { status: 422 }));
    const { outcome } = await reconcile(edited, { seen: pools, stored: pools });
    expect(outcome.refused).toEqual({ kind: 'DnsPool', message: 'too long' });
  });

  test('to read an answer is no refusal', async () => {
    failing(new KubeError('Invalid', 'reading DnsPool'));
    const { outcome } = await reconcile(edited, { seen: pools, stored: pools });
    expect(outcome).toMatchObject({ error: { message: 'reading DnsPool' } });
    expect(outcome.refused).toBeUndefined();
  });

  const controlledBy = (uid: string, name: string) => ({
    metadata: {
      ...{ name: 'public', namespace: 'dns', uid: 'service-uid', resourceVersion: '1' },
      ownerReferences: [{ apiVersion: 'dnsfleet.dev/v1alpha1', kind: 'DnsFleet', name, uid, controller: true }],
    },
  });

  test('for an object of another fleet is a conflict', async () => {
    client.put(services, controlledBy('other-uid', 'other'));
    const { outcome } = await reconcile(former, { seen: pools, stored: pools });
    expect(outcome.conflict).toMatch(/belongs to DnsFleet other: not touching it; delete or rename it/);
  });

  test('for an object that a deleted fleet of the same name has left is tried again', async () => {
    client.put(services, controlledBy('former-uid', 'public'));
    const { outcome } = await reconcile(former, { seen: pools, stored: pools });
    expect(outcome.conflict).toBeUndefined();
    expect(outcome.error?.message).toContain('belongs to DnsFleet public');
  });
});
