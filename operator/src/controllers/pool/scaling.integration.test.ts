/** What a wish for servers does to a pool, and who has one, on a real API server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';
import { findCondition } from '../../planning/conditions.js';

let cluster: TestCluster;
let operator: RunningOperator;
const pool = 'public-eu-1';
const limited = async () => findCondition((await cluster.pool(pool))?.status?.conditions, 'ScalingLimited');
const withFloor = (minServers: number) => ({
  regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers, maxServers: 6 }] }],
});
const waitForServers = (summary: string) =>
  waitFor(
    `${summary} servers`,
    () => cluster.pool(pool),
    (now) => now?.status?.servers?.summary === summary && now.status.observedGeneration === now.metadata.generation,
  );

beforeAll(async () => {
  cluster = await TestCluster.start('scaling');
  operator = cluster.startOperator();
  cluster.applyFleet('public', withFloor(2));
  await cluster.waitForFleet('public', 'Ready', 'True');
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

test('a floor above the first wish, which is that of nobody, limits nobody', async () => {
  cluster.applyFleet('public', withFloor(3));
  await waitForServers('3/3');
  expect((await cluster.pool(pool))?.spec.replicas).toBe(2);
  expect(await limited()).toMatchObject({ status: 'False', reason: 'WithinLimits' });
}, 90_000);

test('a wish of somebody below the floor is limited by it', async () => {
  cluster.kubectl('scale', 'dnspool', pool, '--replicas=1');
  const condition = await waitFor('the limit', limited, (now) => now?.status === 'True');
  expect(condition.reason).toBe('TooFewReplicas');
}, 90_000);

test('a scaling does not begin the watch over the last change anew', async () => {
  const before = (await cluster.pool(pool))?.status?.settledTime;
  expect(before).toBeDefined();
  cluster.kubectl('scale', 'dnspool', pool, '--replicas=4');
  expect((await waitForServers('4/4')).status?.settledTime).toBe(before);
}, 90_000);
