/** A pool that follows its load, on a real API server: its servers share what the clients ask. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { holdsFor, type RunningOperator, TestCluster, waitFor, writesToObjects } from '../../../test/cluster.js';
import { annotations } from '../../api/v1alpha1/labels.js';
import { findCondition } from '../../planning/conditions.js';
import { systemClock } from '../../runtime/clock.js';

const name = 'public-eu-1';
const cooldownSeconds = 60;
let cluster: TestCluster;
let operator: RunningOperator;

/** Queries per second of all clients together. */
const ask = (queriesPerSecond: number): void => {
  cluster.kubelet.traffic = () => ({
    queriesPerSecond: queriesPerSecond / Math.max(1, cluster.kubelet.agents.size),
    servfailPercent: 0,
  });
};
const condition = async (type: string) => findCondition((await cluster.pool(name))?.status?.conditions, type);
const wanted = async () => (await cluster.pool(name))?.spec.replicas;
const waitForServers = (count: number) =>
  waitFor(
    `${count} servers`,
    () => cluster.pool(name),
    (pool) => pool?.spec.replicas === count && pool.status?.servers?.summary === `${count}/${count}`,
  );
const waitForReason = (type: string, reason: string) =>
  waitFor(
    `${type} to be ${reason}`,
    () => condition(type),
    (now) => now?.reason === reason,
  );

/** The load is written up to ten seconds after all else. */
const writesWithin12s = async () => {
  const before = writesToObjects(operator).length;
  await systemClock.sleep(12_000);
  return writesToObjects(operator).length - before;
};

beforeAll(async () => {
  cluster = await TestCluster.start('autoscaling');
  operator = cluster.startOperator();
  ask(20);
  cluster.applyFleet('public', {
    server: { capacityQps: 100 },
    capacity: { redundancy: 1 },
    autoscaling: { cooldownSeconds },
    regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 2, maxServers: 6 }] }],
  });
  await cluster.waitForFleet('public', 'Ready', 'True');
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

test('says that load decides, and that the servers are enough', async () => {
  await waitForReason('ScalingActive', 'ScalesOnLoad');
  expect(await waitForReason('CapacitySufficient', 'CapacitySufficient')).toMatchObject({ status: 'True' });
}, 90_000);

test('a restart of the operator at rest writes nothing', async () => {
  await waitFor('rest', writesWithin12s, (writes) => writes === 0);
  await operator.stop();
  operator = cluster.startOperator();
  expect(await writesWithin12s()).toBe(0);
}, 120_000);

test('is held while it is paused, and grows straight to what the load takes after that', async () => {
  cluster.kubectl('annotate', 'dnspool', name, `${annotations.pauseScaling}=2100-01-01T00:00:00Z`);
  await waitForReason('ScalingActive', 'ScalingPaused');
  ask(250);
  await waitForReason('CapacitySufficient', 'BelowRedundancy');
  await holdsFor(3000, async () => expect(await wanted()).toBe(2));
  cluster.kubectl('annotate', 'dnspool', name, `${annotations.pauseScaling}-`);
  // Four for 250 queries/s at 70 % of 100, and one to spare.
  const { status } = await waitForServers(5);
  expect(status?.scaling).toMatchObject({ servers: 5, lastScale: expect.stringContaining('From 2 to 5 servers') });
  await waitForReason('CapacitySufficient', 'CapacitySufficient');
}, 120_000);

test('leaves the number to a HorizontalPodAutoscaler that has it for its target, and says so', async () => {
  cluster.apply({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'another' },
    spec: {
      scaleTargetRef: { apiVersion: 'dnsfleet.dev/v1alpha1', kind: 'DnsPool', name },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  });
  await waitForReason('ScalingActive', 'TwoScalers');
  ask(400);
  await waitForReason('CapacitySufficient', 'BelowRedundancy');
  await holdsFor(3000, async () => expect(await wanted()).toBe(5));
  cluster.kubectl('delete', 'hpa', 'another');
  // Seven are what it takes; six are the most that it may have.
  await waitForServers(6);
  expect(await waitForReason('ScalingLimited', 'MaximumReached')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('about 1 more'),
  });
}, 120_000);

test('gives up one server a cool-down after the last change, and not before', async () => {
  const lastScaleMs = Date.parse((await cluster.pool(name))?.status?.scaling?.lastScaleTime ?? '');
  ask(20);
  await holdsFor(50_000, async () => expect(await wanted()).toBe(6));
  const shrunk = await waitFor(
    'a shrink',
    () => cluster.pool(name),
    (pool) => pool?.spec.replicas !== 6,
  );
  expect(Date.now() - lastScaleMs).toBeGreaterThanOrEqual(cooldownSeconds * 1000);
  expect(shrunk.spec.replicas).toBe(5);
  await waitForServers(5);
}, 180_000);
