/** What a wish for servers does to a pool, and who has one, on a real API server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PoolView } from '../../../test/pool-view.js';
import { RunningFleet } from '../../../test/running-fleet.js';

let fleet: RunningFleet;
let pool: PoolView;
const withFloor = (minServers: number) => ({
  regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers, maxServers: 6 }] }],
});

beforeAll(async () => {
  fleet = await RunningFleet.start('scaling', withFloor(2));
  ({ pool } = fleet);
}, 120_000);
afterAll(() => fleet.stop(), 60_000);

test('a floor above the first wish, which is that of nobody, limits nobody', async () => {
  fleet.cluster.applyFleet('public', withFloor(3));
  await pool.waitForServers(3);
  expect((await pool.get())?.spec.replicas).toBe(2);
  expect(await pool.condition('ScalingLimited')).toMatchObject({ status: 'False', reason: 'WithinLimits' });
}, 90_000);

test('a wish of somebody below the floor is limited by it', async () => {
  pool.wish(1);
  expect((await pool.waitForReason('ScalingLimited', 'TooFewReplicas')).status).toBe('True');
}, 90_000);

test('a scaling does not begin the watch over the last change anew', async () => {
  const before = (await pool.get())?.status?.settledTime;
  expect(before).toBeDefined();
  pool.wish(4);
  expect((await pool.waitForServers(4)).status?.settledTime).toBe(before);
}, 90_000);
