/**
 * The operator is killed with SIGKILL at each of its writes in turn, after the API server carried it out and before the
 * operator hears of it. Whoever comes after must finish the work, double nothing and orphan nothing. Of the removal of
 * servers: pool/removal-crash.integration.test.ts.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../test/cluster.js';
import { applyFleet, CrashLanes, type Lane } from '../../test/crash-lanes.js';
import { expectedObjects, objectsOf } from '../../test/fleet-objects.js';
import { dnsFleets } from './resources.js';

let lanes: CrashLanes;

beforeAll(async () => {
  lanes = await CrashLanes.start('crash');
}, 120_000);
afterAll(() => lanes.stop(), 60_000);

const deleteFleet = ({ cluster }: Lane, name: string) =>
  cluster.client.delete(dnsFleets, `${cluster.namespace}/${name}`);

const withPops = (...pops: readonly string[]) => ({
  regions: [{ name: 'eu', pops: pops.map((name) => ({ name, minServers: 1, maxServers: 2 })) }],
});

async function expectFleet({ cluster, operator }: Lane, fleet: string, pops: readonly string[]): Promise<void> {
  await cluster.waitForFleet(fleet, 'Ready', 'True').catch((cause: unknown) => {
    throw new Error(`the successor did not finish; it said:\n${operator.log}`, { cause });
  });
  const wanted = expectedObjects(fleet, Object.fromEntries(pops.map((pop) => [pop, 1])));
  // A pod that was replaced takes a moment to go.
  await waitFor(
    `exactly the objects of the fleet ${fleet}`,
    () => objectsOf(cluster, fleet),
    (seen) => seen.join() === wanted.join(),
  );
}

test('while it creates a fleet', async () => {
  const writes = await lanes.killAtEachWrite(async (lane, k) => {
    const fleet = `create-${k}`;
    lane.operator.killAtWrite(k);
    await applyFleet(lane, fleet, withPops('one'));
    await expectFleet(lane, fleet, ['one']);
    expect((await lane.cluster.pool(`${fleet}-one`))?.spec.replicas).toBe(1);
    await deleteFleet(lane, fleet);
  });
  // Service, pool, replicas, six children and statuses.
  expect(writes).toBeGreaterThanOrEqual(10);
}, 300_000);

test('while it changes a fleet', async () => {
  const pops = ['one', 'two'];
  for (const lane of lanes.all) await applyFleet(lane, 'change', withPops(...pops));
  await Promise.all(lanes.all.map((lane) => expectFleet(lane, 'change', pops)));
  const writes = await lanes.killAtEachWrite(async (lane, k) => {
    const address = `192.0.2.${100 + k}`;
    lane.operator.killAtWrite(k);
    await applyFleet(lane, 'change', {
      ...withPops(...pops),
      engine: { threads: 1 + (k % 3) },
      upstreams: { mode: 'Forward', servers: [{ address }] },
    });
    await expectFleet(lane, 'change', pops);
    await waitFor(
      'the agents',
      () => [...lane.cluster.kubelet.agents.values()].map(({ text }) => /"address": "([^"]+)"/.exec(text ?? '')?.[1]),
      (all) => all.length === 2 && all.every((seen) => seen === address),
    );
  });
  // Of each of two pools: the step, the pool, its Deployment, its ConfigMap and statuses.
  expect(writes).toBeGreaterThanOrEqual(8);
  await Promise.all(lanes.all.map((lane) => deleteFleet(lane, 'change')));
}, 300_000);

test('while it retires a PoP', async () => {
  const writes = await lanes.killAtEachWrite(async (lane, k) => {
    const fleet = `retire-${k}`;
    await applyFleet(lane, fleet, withPops('one', 'two'));
    await expectFleet(lane, fleet, ['one', 'two']);
    lane.operator.killAtWrite(k);
    await applyFleet(lane, fleet, withPops('one'));
    await waitFor(
      'the pool to be gone',
      async () => ({ pool: await lane.cluster.pool(`${fleet}-two`) }),
      ({ pool }) => pool === undefined,
    );
    await expectFleet(lane, fleet, ['one']);
    await deleteFleet(lane, fleet);
  });
  // The state of the pool, its Deployment, its deletion, and statuses.
  expect(writes).toBeGreaterThanOrEqual(4);
}, 300_000);

test('while a fleet is deleted, which it has no part in', async () => {
  await Promise.all(
    lanes.all.map(async (lane) => {
      await applyFleet(lane, 'gone', withPops('one', 'two'));
      await expectFleet(lane, 'gone', ['one', 'two']);
      await deleteFleet(lane, 'gone');
      await lane.operator.replace();
      await waitFor(
        'nothing to be left',
        () => objectsOf(lane.cluster, 'gone'),
        (names) => names.length === 0,
      );
    }),
  );
}, 120_000);
