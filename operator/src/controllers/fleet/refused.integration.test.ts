/** A fleet that is refused for what somebody else has made, on a real API server: the stated remedy must help. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';
import { apiVersion } from '../../api/v1alpha1/labels.js';
import { findCondition } from '../../planning/conditions.js';

let cluster: TestCluster;
let operator: RunningOperator;

beforeAll(async () => {
  cluster = await TestCluster.start('refused');
  operator = cluster.startOperator();
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

const onePop = { regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 1, maxServers: 4 }] }] };

async function expectRefused(fleet: string, reason: string): Promise<void> {
  const refused = await cluster.waitForFleet(fleet, 'Accepted', 'False');
  expect(findCondition(refused.status?.conditions, 'Accepted')?.reason).toBe(reason);
}

describe('a refused fleet is ready soon after', () => {
  test("somebody's pool of the name of one of its own was deleted", async () => {
    cluster.apply({
      apiVersion,
      kind: 'DnsPool',
      metadata: { name: 'taken-eu-1', namespace: cluster.namespace },
      spec: {
        fleet: 'taken',
        region: 'eu',
        pop: 'eu-1',
        image: 'none',
        minServers: 1,
        maxServers: 1,
        upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }] },
        access: { allow: [] },
        placement: {},
      },
    });
    cluster.applyFleet('taken', onePop);
    await expectRefused('taken', 'NameConflict');
    cluster.kubectl('delete', 'dnspool', 'taken-eu-1');
    await cluster.waitForFleet('taken', 'Ready', 'True');
  }, 90_000);

  test('the other fleet whose name was in its way was deleted', async () => {
    cluster.applyFleet('big-eu-1', onePop);
    await cluster.waitForFleet('big-eu-1', 'Ready', 'True');
    cluster.applyFleet('big', onePop);
    await expectRefused('big', 'InvalidSpec');
    cluster.kubectl('delete', 'dnsfleet', 'big-eu-1');
    await cluster.waitForFleet('big', 'Ready', 'True');
  }, 90_000);
});

describe('the fixed address of a fleet', () => {
  const service = (clusterIP: string) => ({ ...onePop, service: { clusterIP } });

  test('that the cluster does not have can be corrected, and not changed any more after that', async () => {
    cluster.applyFleet('fixed', service('203.0.113.53'));
    await expectRefused('fixed', 'InvalidSpec');
    const range = cluster.kubectl('get', 'service', 'taken', '--output', 'jsonpath={.spec.clusterIP}');
    const free = range.replace(/\.[0-9]+$/, '.253');
    cluster.applyFleet('fixed', service(free));
    const ready = await cluster.waitForFleet('fixed', 'Ready', 'True');
    expect(ready.status?.addresses).toEqual([free]);

    cluster.applyFleet('fixed', service(free.replace(/253$/, '252')));
    const refused = await cluster.waitForFleet('fixed', 'Accepted', 'False');
    expect(findCondition(refused.status?.conditions, 'Accepted')).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringMatching(/refuses the Service: .*clusterIPs?.*may not change once set/),
    });
    cluster.applyFleet('fixed', service(free));
    await cluster.waitForFleet('fixed', 'Ready', 'True');
  }, 90_000);
});

describe('a fleet that is deleted and applied again at once', () => {
  test('waits for the garbage collector, and asks nobody to decide', async () => {
    cluster.applyFleet('again', onePop);
    const { metadata } = await cluster.waitForFleet('again', 'Ready', 'True');
    cluster.kubectl('delete', 'dnsfleet', 'again');
    cluster.applyFleet('again', onePop);
    const seen = new Set<string>();
    const fleet = await waitFor(
      'the second fleet to be ready',
      () => cluster.fleet('again'),
      (now) => {
        const conditions = now?.status?.conditions;
        const stalled = findCondition(conditions, 'Stalled');
        if (stalled) seen.add(`${stalled.reason}: ${stalled.message}`);
        return findCondition(conditions, 'Ready')?.status === 'True';
      },
    );
    expect(fleet.metadata.uid).not.toBe(metadata.uid);
    expect([...seen]).toEqual([]);
  }, 90_000);
});
