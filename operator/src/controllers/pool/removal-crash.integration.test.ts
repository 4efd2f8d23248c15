/**
 * The operator is killed with SIGKILL at every step of the removal of a server. Its successor finishes what was begun: the
 * server that was marked goes and no other, never fewer than wanted serve, and nothing is left behind.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyFleet, CrashLanes, type Lane } from '../../../test/crash-lanes.js';
import { waitFor } from '../../../test/cluster.js';
import { PodHistory } from '../../../test/pod-history.js';
import { PoolView } from '../../../test/pool-view.js';

const most = 4;
const wanted = 3;
let lanes: CrashLanes;

const poolOf = ({ cluster }: Lane) => new PoolView(cluster, 'shrink-one');

beforeAll(async () => {
  lanes = await CrashLanes.start('removal-crash');
  const regions = [{ name: 'eu', pops: [{ name: 'one', minServers: 1, maxServers: most }] }];
  await Promise.all(
    lanes.all.map(async (lane) => {
      await applyFleet(lane, 'shrink', { regions, autoscaling: { mode: 'External' } });
      await lane.cluster.waitForFleet('shrink', 'Ready', 'True');
    }),
  );
}, 180_000);
afterAll(() => lanes.stop(), 60_000);

/** Takes one server away, with `disturb` to happen meanwhile. */
async function removeOne(
  lane: Lane,
  disturb: (pool: PoolView, history: PodHistory) => Promise<void> | void,
): Promise<void> {
  const pool = poolOf(lane);
  pool.wish(most);
  await pool.waitForExactly(most);
  const history = await PodHistory.start(lane.cluster);
  const disturbed = disturb(pool, history);
  pool.wish(wanted);
  await disturbed;
  await pool.waitForExactly(wanted);
  expect(history.stops).toEqual([{ name: expect.any(String), wasMarked: true, alsoStopping: 0, othersReady: wanted }]);
  expect(history.leastServing).toBe(wanted);
  await history.stop();
}

test.each(['before', 'after'] as const)(
  '%s each of its writes',
  async (time) => {
    const writes = await lanes.killAtEachWrite((lane, k) => removeOne(lane, () => lane.operator.killAtWrite(k, time)));
    // The mark, the Deployment and a status.
    expect(writes).toBeGreaterThanOrEqual(3);
  },
  300_000,
);

/** By the watch: whoever asks again and again may miss a short drain. */
const waitForStop = (history: PodHistory) =>
  waitFor(
    'a server to stop',
    () => history.stops[0]?.name,
    (name) => name !== undefined,
  );

test.each<[string, (pool: PoolView, history: PodHistory) => Promise<unknown>]>([
  ['as soon as the server is marked', (pool) => pool.waitForMarked()],
  ['while the server drains', (_, history) => waitForStop(history)],
  ['when the server is gone', async (pool, history) => pool.waitUntilGone(await waitForStop(history))],
])(
  '%s',
  async (_, isReached) => {
    await Promise.all(
      lanes.all.map((lane) =>
        removeOne(lane, async (pool, history) => {
          await isReached(pool, history);
          await lane.operator.replace();
        }),
      ),
    );
  },
  150_000,
);
