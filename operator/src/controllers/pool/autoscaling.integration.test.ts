/** A pool that follows its load, on a real API server: its servers share what the clients ask. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { holdsFor, waitFor, writesToObjects } from '../../../test/cluster.js';
import type { PoolView } from '../../../test/pool-view.js';
import { RunningFleet } from '../../../test/running-fleet.js';
import { annotations } from '../../api/v1alpha1/labels.js';
import { systemClock } from '../../runtime/clock.js';

let fleet: RunningFleet;
let pool: PoolView;

const wanted = async () => (await pool.get())?.spec.replicas;

/** The load is written up to ten seconds after all else. */
const writesWithin12s = async () => {
  const before = writesToObjects(fleet.operator).length;
  await systemClock.sleep(12_000);
  return writesToObjects(fleet.operator).length - before;
};

beforeAll(async () => {
  const spec = {
    server: { capacityQps: 100 },
    capacity: { redundancy: 1 },
    autoscaling: { cooldownSeconds: 60 },
    regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 2, maxServers: 6 }] }],
  };
  fleet = await RunningFleet.start('autoscaling', spec, { queriesPerSecond: 20 });
  ({ pool } = fleet);
}, 120_000);
afterAll(() => fleet.stop(), 60_000);

test('says that load decides, and that the servers are enough', async () => {
  await pool.waitForReason('ScalingActive', 'ScalesOnLoad');
  expect(await pool.waitForReason('CapacitySufficient', 'CapacitySufficient')).toMatchObject({ status: 'True' });
}, 90_000);

test('a restart of the operator at rest writes nothing', async () => {
  await waitFor('rest', writesWithin12s, (writes) => writes === 0);
  await fleet.restartOperator();
  expect(await writesWithin12s()).toBe(0);
}, 120_000);

test('is held while it is paused, and grows straight to what the load takes after that', async () => {
  fleet.cluster.kubectl('annotate', 'dnspool', pool.name, `${annotations.pauseScaling}=2100-01-01T00:00:00Z`);
  await pool.waitForReason('ScalingActive', 'ScalingPaused');
  fleet.ask(250);
  await pool.waitForReason('CapacitySufficient', 'BelowRedundancy');
  await holdsFor(3000, async () => expect(await wanted()).toBe(2));
  fleet.cluster.kubectl('annotate', 'dnspool', pool.name, `${annotations.pauseScaling}-`);
  // Four for 250 queries/s at 70 % of 100, and one to spare.
  const { status } = await pool.waitForServers(5);
  expect(status?.scaling).toMatchObject({ servers: 5, lastScale: expect.stringContaining('From 2 to 5 servers') });
  await pool.waitForReason('CapacitySufficient', 'CapacitySufficient');
}, 120_000);

test('leaves the number to a HorizontalPodAutoscaler that has it for its target, and says so', async () => {
  fleet.cluster.apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'another' },
    spec: {
      scaleTargetRef: { apiVersion: 'dnsfleet.dev/v1alpha1', kind: 'DnsPool', name: pool.name },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  });
  await pool.waitForReason('ScalingActive', 'TwoScalers');
  fleet.ask(400);
  await pool.waitForReason('CapacitySufficient', 'BelowRedundancy');
  await holdsFor(3000, async () => expect(await wanted()).toBe(5));
  fleet.cluster.kubectl('delete', 'hpa', 'another');
  // Seven are what it takes; six are the most that it may have.
  await pool.waitForServers(6);
  expect(await pool.waitForReason('ScalingLimited', 'MaximumReached')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('about 1 more'),
  });
}, 120_000);
