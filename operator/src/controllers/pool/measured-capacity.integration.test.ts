/** A pool that learns what its servers carry, on a real API server, and grows by that and no more. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';
import { eventually } from '../../../test/eventually.js';
import { findCondition } from '../../planning/conditions.js';

const name = 'learning-eu-1';
/** Queries per second at the limit of one core; the user is sure of half of it. */
const truth = 100;
let cluster: TestCluster;
let operator: RunningOperator;

/** Queries per second of all clients together, and the CPU that they take. */
const ask = (queriesPerSecond: number): void => {
  cluster.kubelet.traffic = () => {
    const share = queriesPerSecond / Math.max(1, cluster.kubelet.agents.size);
    return { queriesPerSecond: share, servfailPercent: 0, cpu: { usedCores: share / truth, limitCores: 1 } };
  };
};
const pool = () => cluster.pool(name);
const waitForServers = (count: number) =>
  waitFor(`${count} servers`, pool, (now) => now?.status?.servers?.summary === `${count}/${count}`);

beforeAll(async () => {
  cluster = await TestCluster.start('measured-capacity');
  operator = cluster.startOperator();
  ask(60);
  cluster.applyFleet('learning', {
    server: { capacityQps: 'Measured', measuredCapacity: { minQps: 50, maxQps: 1000 } },
    capacity: { redundancy: 1 },
    autoscaling: { cooldownSeconds: 60 },
    regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 2, maxServers: 9 }] }],
  });
  await cluster.waitForFleet('learning', 'Ready', 'True');
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

test('goes by the lower bound at first, and says so', async () => {
  // Two for 60 queries/s at 70 % of 50, and one to spare.
  const { status } = await waitForServers(3);
  expect(status?.capacity).toMatchObject({ queriesPerSecond: 50, source: 'Minimum' });
  expect(findCondition(status?.conditions, 'ScalingActive')).toMatchObject({
    status: 'True',
    reason: 'CapacityNotMeasured',
  });
}, 90_000);

test('learns what its servers carry, and grows by that', async () => {
  // Readings of two and a half minutes are half of what is enough; and a number is written once in a minute.
  await eventually(async () => expect((await pool())?.status?.capacity?.source).toBe('Measured'), 260_000);
  const learnt = (await pool())?.status?.capacity?.queriesPerSecond;
  expect(learnt).toBeGreaterThanOrEqual(0.9 * truth);
  expect(learnt).toBeLessThanOrEqual(1.1 * truth);
  ask(180);
  // Three for 180 queries/s at 70 % of about 100, and one to spare; the lower bound would ask for seven.
  const grown = await waitForServers(4);
  expect(grown.status?.scaling?.lastScale).toMatch(/From 3 to 4 servers: .* of (9|10)\d queries\/s each/);
}, 360_000);
