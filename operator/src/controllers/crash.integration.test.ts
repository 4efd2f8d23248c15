/**
 * The operator is killed with SIGKILL at each of its writes in turn, after the API server carried it out and before the
 * operator hears of it. Whoever comes after must finish the work, double nothing and orphan nothing. Several operators
 * with a namespace each die side by side, because most of the time is waiting.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestCluster, waitFor } from '../../test/cluster.js';
import { expectedObjects, objectsOf } from '../../test/fleet-objects.js';
import { MortalOperator } from '../../test/mortal-operator.js';
import { bundleOperator } from '../../test/operator-process.js';
import { PodHistory } from '../../test/pod-history.js';
import { apiVersion } from '../api/v1alpha1/labels.js';
import { pods } from '../kube/resource.js';
import { readServer } from '../planning/servers.js';
import { dnsFleets } from './resources.js';

interface Lane {
  readonly cluster: TestCluster;
  readonly operator: MortalOperator;
}

const laneCount = 3;
let bundle: Awaited<ReturnType<typeof bundleOperator>>;
let lanes: readonly Lane[];

beforeAll(async () => {
  bundle = await bundleOperator();
  const started: Lane[] = [];
  for (let at = 0; at < laneCount; at += 1) {
    const cluster = await TestCluster.start(`crash-${at}`);
    started.push({ cluster, operator: await MortalOperator.start(cluster, bundle.program) });
  }
  lanes = started;
}, 120_000);
afterAll(async () => {
  await Promise.all(lanes.map(({ operator }) => operator.stop()));
  for (const { cluster } of lanes) await cluster.stop();
  bundle.remove();
}, 60_000);

async function applyFleet({ cluster }: Lane, name: string, spec: Readonly<Record<string, unknown>>): Promise<void> {
  const { namespace, client } = cluster;
  const fleet = {
    apiVersion,
    kind: 'DnsFleet',
    metadata: { name, namespace },
    spec: {
      upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }] },
      access: { allow: ['10.0.0.0/8'] },
      rollout: { pauseSeconds: 0 },
      ...spec,
    },
  };
  await client.apply(dnsFleets, fleet, { manager: 'a-person' });
}

const deleteFleet = ({ cluster }: Lane, name: string) =>
  cluster.client.delete(dnsFleets, `${cluster.namespace}/${name}`);

const withPops = (...pops: readonly string[]) => ({
  regions: [{ name: 'eu', pops: pops.map((name) => ({ name, minServers: 1, maxServers: 2 })) }],
});

/**
 * Runs `act` with a kill at the first write, then at the second, and so on until one run ends without a kill. Returns
 * how many writes there were.
 */
async function killAtEachWrite(act: (lane: Lane, k: number) => Promise<void>): Promise<number> {
  let next = 1;
  let withoutKill = 60;
  await Promise.all(
    lanes.map(async (lane) => {
      while (next < withoutKill) {
        const k = next++;
        const before = lane.operator.kills;
        await act(lane, k);
        lane.operator.killAtWrite(Infinity);
        if (lane.operator.kills === before) withoutKill = Math.min(withoutKill, k);
      }
    }),
  );
  expect(withoutKill).toBeLessThan(60);
  return withoutKill - 1;
}

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
  const writes = await killAtEachWrite(async (lane, k) => {
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
  for (const lane of lanes) await applyFleet(lane, 'change', withPops(...pops));
  await Promise.all(lanes.map((lane) => expectFleet(lane, 'change', pops)));
  const writes = await killAtEachWrite(async (lane, k) => {
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
  await Promise.all(lanes.map((lane) => deleteFleet(lane, 'change')));
}, 300_000);

test('while it retires a PoP', async () => {
  const writes = await killAtEachWrite(async (lane, k) => {
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

test('while it takes servers away', async () => {
  const running = async ({ cluster }: Lane) =>
    (await cluster.client.list(pods, { namespace: cluster.namespace })).flatMap((pod) => readServer(pod) ?? []);
  const scaleTo = async (lane: Lane, count: number) => {
    lane.cluster.kubectl('scale', 'dnspool', 'shrink-one', `--replicas=${count}`);
    await waitFor(
      `${count} servers, none of them marked`,
      () => running(lane),
      (now) => now.length === count && now.every(({ isReady, isStopping, mark }) => isReady && !isStopping && !mark),
    );
  };
  const region = { name: 'eu', pops: [{ name: 'one', minServers: 1, maxServers: 4 }] };
  for (const lane of lanes) await applyFleet(lane, 'shrink', { regions: [region], autoscaling: { mode: 'External' } });
  await Promise.all(lanes.map((lane) => expectFleet(lane, 'shrink', ['one'])));
  const writes = await killAtEachWrite(async (lane, k) => {
    await scaleTo(lane, 4);
    const history = await PodHistory.start(lane.cluster);
    lane.operator.killAtWrite(k);
    await scaleTo(lane, 2);
    lane.operator.killAtWrite(Infinity);
    expect(history.stops).toMatchObject([
      { wasMarked: true, alsoStopping: 0 },
      { wasMarked: true, alsoStopping: 0 },
    ]);
    await history.stop();
  });
  // Of each of two servers: its mark, the Deployment, and statuses.
  expect(writes).toBeGreaterThanOrEqual(4);
  await Promise.all(lanes.map((lane) => deleteFleet(lane, 'shrink')));
}, 300_000);

test('while a fleet is deleted, which it has no part in', async () => {
  await Promise.all(
    lanes.map(async (lane) => {
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
