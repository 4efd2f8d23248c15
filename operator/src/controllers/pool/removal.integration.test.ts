/** How servers are taken away, on a real API server with its own ReplicaSet controller. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectThroughProxy, type ProxiedApi } from '../../../test/api-server.js';
import { holdsFor, type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';
import { PodHistory } from '../../../test/pod-history.js';
import { deployments, events, pods } from '../../kube/resource.js';
import { findCondition } from '../../planning/conditions.js';
import { readServer, type Server } from '../../planning/servers.js';

const pool = 'public-eu-1';
const maxServers = 8;
let cluster: TestCluster;
let api: ProxiedApi;
let operator: RunningOperator;
let history: PodHistory;

function applyFleet(spec: Readonly<Record<string, unknown>> = {}): void {
  cluster.applyFleet('public', {
    autoscaling: { mode: 'External' },
    regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 1, maxServers }] }],
    ...spec,
  });
}

beforeAll(async () => {
  cluster = await TestCluster.start('removal');
  api = await connectThroughProxy();
  operator = cluster.startOperator({ kubeconfig: api.kubeconfig });
  applyFleet();
  await cluster.waitForFleet('public', 'Ready', 'True');
}, 120_000);
beforeEach(async () => {
  history = await PodHistory.start(cluster);
});
afterEach(async () => {
  openGate();
  cluster.kubelet.startsPods = true;
  await history.stop();
});
afterAll(async () => {
  await operator.stop();
  await api.close();
  await cluster.stop();
}, 60_000);

/** Until it is opened, the Deployment cannot be written: what is marked stays so, and is not removed. */
function closeGate(): void {
  api.proxy.choose = ({ method, url }) =>
    method === 'PATCH' && url.includes('/deployments/') ? { type: 'status', status: 409 } : undefined;
}
function openGate(): void {
  api.proxy.choose = () => undefined;
}

const servers = async (): Promise<readonly Server[]> =>
  (await cluster.client.list(pods, { namespace: cluster.namespace })).flatMap((pod) => readServer(pod) ?? []);
const replicas = async () =>
  (await cluster.client.get(deployments, `${cluster.namespace}/${pool}`))?.spec?.replicas ?? -1;
const wish = (count: number) => cluster.kubectl('scale', 'dnspool', pool, `--replicas=${count}`);
const notes = async (reason: string): Promise<readonly string[]> =>
  (await cluster.client.list(events, { namespace: cluster.namespace }))
    .filter((event) => event.reason === reason)
    .map(({ note }) => note ?? '');

/** Exactly `count` servers, all ready, none of them marked, and the Deployment says the same. */
async function waitForExactly(count: number): Promise<readonly Server[]> {
  const { seen } = await waitFor(
    `${count} servers and no more`,
    async () => ({ seen: await servers(), told: await replicas() }),
    ({ seen, told }) =>
      told === count &&
      seen.length === count &&
      seen.every(({ isReady, isStopping, mark, deletionCost }) => isReady && !isStopping && !mark && !deletionCost),
  );
  return seen;
}

const waitForMarked = async (): Promise<Server> => {
  const seen = await waitFor('a marked pod', servers, (now) => now.some(({ mark }) => mark));
  const [marked] = seen.filter(({ mark }) => mark);
  if (!marked) throw new Error('no pod is marked');
  return marked;
};

test('a wish for 3 instead of 8 takes the marked servers one at a time, and the pool stays ready', async () => {
  // Long enough for the operator to hear what the agents say.
  cluster.kubelet.drainMs = 1000;
  wish(8);
  await waitForExactly(8);
  const ready = await waitFor(
    'the pool to be ready',
    async () => findCondition((await cluster.pool(pool))?.status?.conditions, 'Ready'),
    (now) => now?.status === 'True' && now.message.startsWith('8 of 8'),
  );
  wish(3);
  const left = await waitForExactly(3);
  expect(history.stops).toHaveLength(5);
  expect(history.stops.filter(({ wasMarked, alsoStopping }) => !wasMarked || alsoStopping > 0)).toEqual([]);
  expect(left.map(({ name }) => name).filter((name) => history.marked.has(name))).toEqual([]);
  const told = await waitFor(
    'the events',
    () => notes('ServerDraining'),
    (all) => all.length >= 5,
  );
  expect([...told].sort()).toEqual(
    history.stops.map(({ name }, index) => `${name} is taken away: ${8 - index} servers run, 3 are wanted`).sort(),
  );
  await waitFor(
    'the ends of the drains',
    () => notes('ServerDrained'),
    (all) =>
      all.length === 5 && history.stops.every(({ name }) => all.some((note) => note.startsWith(`${name} was quiet`))),
  );
  cluster.kubelet.drainMs = 300;
  const after = await cluster.pool(pool);
  expect(after?.status?.servers?.summary).toBe('3/3');
  expect(findCondition(after?.status?.conditions, 'Ready')?.lastTransitionTime).toBe(ready.lastTransitionTime);
}, 120_000);

test('a server that still gets queries when it must stop is a warning that says how many', async () => {
  cluster.kubelet.drainMs = 1000;
  cluster.kubelet.drain = { phase: 'Unproven', queriesPerSecondLeft: 12.5 };
  wish(2);
  await waitForExactly(2);
  const [note] = await waitFor(
    'the warning',
    () => notes('ServerDrainUnproven'),
    (all) => all.length > 0,
  );
  expect(note).toMatch(`${history.stops[0]?.name ?? ''} still got 12.5 queries per second`);
  cluster.kubelet.drainMs = 300;
  cluster.kubelet.drain = { phase: 'Quiet' };
}, 60_000);

describe('before the Deployment is told', () => {
  beforeEach(async () => {
    wish(3);
    await waitForExactly(3);
    closeGate();
    wish(2);
  });

  test('a wish for more has the marked server stay', async () => {
    const { name } = await waitForMarked();
    wish(3);
    await waitForExactly(3);
    expect(history.stops).toEqual([]);
    await waitFor(
      'the event',
      () => notes('ServerDrainUndone'),
      (all) => all.some((note) => note.startsWith(name)),
    );
  }, 60_000);

  test('another pod that is deleted is replaced, and one server goes for the wish', async () => {
    const { name } = await waitForMarked();
    const other = (await servers()).find((server) => server.name !== name)?.name ?? '';
    cluster.kubectl('delete', 'pod', other, '--wait=false');
    await waitFor('it to be gone', servers, (now) => !now.some((server) => server.name === other));
    openGate();
    await waitForExactly(2);
    expect(history.stops.map(({ name: stopped }) => stopped)).toContain(other);
    expect(history.stops).toHaveLength(2);
  }, 60_000);

  test('the marked pod that is deleted by somebody is replaced, and one server goes for the wish', async () => {
    const { name } = await waitForMarked();
    cluster.kubectl('delete', 'pod', name, '--wait=false');
    await waitFor('it to be gone', servers, (now) => !now.some((server) => server.name === name));
    openGate();
    await waitForExactly(2);
    expect(history.stops).toHaveLength(2);
  }, 60_000);

  test('a rollout that begins has the marked server stay until it is over', async () => {
    await waitForMarked();
    const undone = (await notes('ServerDrainUndone')).length;
    applyFleet({ engine: { threads: 2 } });
    await waitFor(
      'the pool to be told',
      () => cluster.pool(pool),
      (now) => now?.spec.engine.threads === 2,
    );
    openGate();
    await waitForExactly(2);
    await cluster.waitForFleet('public', 'Ready', 'True');
    await waitFor(
      'the event',
      () => notes('ServerDrainUndone'),
      (all) => all.length > undone,
    );
    // Each of the three was replaced, and one of their successors was taken away after that.
    expect(history.stops.at(-1)).toMatchObject({ wasMarked: true, alsoStopping: 0, othersReady: 2 });
    applyFleet();
    await cluster.waitForFleet('public', 'Ready', 'True');
    await waitForExactly(2);
  }, 90_000);
});

describe('a server that a person wants replaced', () => {
  test('goes when another one is ready, also at the maximum', async () => {
    wish(maxServers);
    const [first] = await waitForExactly(maxServers);
    const name = first?.name ?? '';
    cluster.kubectl('annotate', 'pod', name, 'dnsfleet.dev/drain=true');
    await waitFor('it to be gone', servers, (now) => !now.some((server) => server.name === name));
    await waitForExactly(maxServers);
    expect(history.stops).toEqual([{ name, wasMarked: true, alsoStopping: 0, othersReady: maxServers }]);
  }, 90_000);

  test('stays when the annotation is taken away while its replacement starts, and that goes again', async () => {
    wish(2);
    const [first] = await waitForExactly(2);
    const name = first?.name ?? '';
    cluster.kubelet.startsPods = false;
    cluster.kubectl('annotate', 'pod', name, 'dnsfleet.dev/drain=true');
    await waitFor('the replacement', servers, (now) => now.length === 3);
    // It is not ready, so nothing else happens.
    await holdsFor(2000, async () => {
      expect(await replicas()).toBe(3);
      expect((await servers()).filter(({ isStopping, mark }) => isStopping || mark)).toEqual([]);
    });
    expect(findCondition((await cluster.pool(pool))?.status?.conditions, 'Ready')?.status).toBe('True');
    cluster.kubectl('annotate', 'pod', name, 'dnsfleet.dev/drain-');
    const left = await waitForExactly(2);
    expect(left.map((server) => server.name)).toContain(name);
  }, 90_000);
});

test('a Deployment that somebody scales is put right: up at once, down one at a time', async () => {
  wish(2);
  await waitForExactly(2);
  const before = history.stops.length;
  cluster.kubectl('scale', 'deployment', pool, '--replicas=4');
  await waitForExactly(2);
  // Of pods that are just starting the ReplicaSet controller may take another than the marked one; never one that serves.
  expect(
    history.stops.slice(before).filter(({ othersReady, alsoStopping }) => othersReady < 2 || alsoStopping > 0),
  ).toEqual([]);
  cluster.kubectl('scale', 'deployment', pool, '--replicas=1');
  await waitForExactly(2);
}, 90_000);

test('a PoP that leaves gives its servers up in the same way', async () => {
  const pop = (name: string) => ({ name, minServers: 1, maxServers });
  applyFleet({ regions: [{ name: 'eu', pops: [pop('eu-1'), pop('eu-2')] }] });
  await cluster.waitForFleet('public', 'Ready', 'True');
  cluster.kubectl('scale', 'dnspool', 'public-eu-2', '--replicas=3');
  await waitFor(
    'its servers',
    () => cluster.pool('public-eu-2'),
    (now) => now?.status?.servers?.summary === '3/3',
  );
  const before = history.stops.length;
  applyFleet();
  await waitFor(
    'it to leave',
    async () => ({ left: await cluster.pool('public-eu-2') }),
    ({ left }) => left === undefined,
  );
  const stops = history.stops.slice(before);
  expect(stops).toHaveLength(3);
  expect(stops.filter(({ wasMarked, alsoStopping }) => !wasMarked || alsoStopping > 0)).toEqual([]);
}, 120_000);
