/** How servers are taken away, on a real API server with its own ReplicaSet controller. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectThroughProxy, type ProxiedApi } from '../../../test/api-server.js';
import { waitFor } from '../../../test/cluster.js';
import { closeGate, openGate } from '../../../test/gate.js';
import { PodHistory } from '../../../test/pod-history.js';
import { PoolView } from '../../../test/pool-view.js';
import { RunningFleet } from '../../../test/running-fleet.js';
import { findCondition } from '../../planning/conditions.js';

const maxServers = 8;
let api: ProxiedApi;
let fleet: RunningFleet;
let pool: PoolView;
let history: PodHistory;

const pop = (name: string) => ({ name, minServers: 1, maxServers });
const external = { autoscaling: { mode: 'External' }, regions: [{ name: 'eu', pops: [pop('eu-1')] }] };

beforeAll(async () => {
  api = await connectThroughProxy();
  fleet = await RunningFleet.start('removal', external, { kubeconfig: api.kubeconfig });
  ({ pool } = fleet);
  fleet.cluster.kubelet.endsUnheard = false;
}, 120_000);
beforeEach(async () => {
  history = await PodHistory.start(fleet.cluster);
}, 60_000);
afterEach(async () => {
  openGate(api);
  fleet.cluster.kubelet.startsPods = true;
  await history.stop();
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await api.close();
}, 60_000);

test('a wish for 3 instead of 8 takes the marked servers one at a time, and the pool stays ready', async () => {
  pool.wish(8);
  await pool.waitForExactly(8);
  const ready = await waitFor(
    'the pool to be ready',
    () => pool.condition('Ready'),
    (now) => now?.status === 'True' && now.message.startsWith('8 of 8'),
  );
  pool.wish(3);
  const left = await pool.waitForExactly(3);
  expect(history.stops).toHaveLength(5);
  expect(history.stops.filter(({ wasMarked, alsoStopping }) => !wasMarked || alsoStopping > 0)).toEqual([]);
  expect(left.map(({ name }) => name).filter((name) => history.marked.has(name))).toEqual([]);
  const told = await waitFor(
    'the events',
    () => pool.notes('ServerDraining'),
    (all) => all.length >= 5,
  );
  expect([...told].sort()).toEqual(
    history.stops.map(({ name }, index) => `${name} is taken away: ${8 - index} servers run, 3 are wanted`).sort(),
  );
  await waitFor(
    'the ends of the drains',
    () => pool.notes('ServerDrained'),
    (all) =>
      all.length === 5 && history.stops.every(({ name }) => all.some((note) => note.startsWith(`${name} was quiet`))),
  );
  const after = await pool.get();
  expect(after?.status?.servers?.summary).toBe('3/3');
  expect(findCondition(after?.status?.conditions, 'Ready')?.lastTransitionTime).toBe(ready.lastTransitionTime);
}, 120_000);

test('a server that still gets queries when it must stop is a warning that says how many', async () => {
  fleet.cluster.kubelet.drain = { phase: 'Unproven', queriesPerSecondLeft: 12.5 };
  pool.wish(2);
  await pool.waitForExactly(2);
  const [note] = await pool.waitForNote('ServerDrainUnproven', () => true);
  expect(note).toMatch(`${history.stops[0]?.name ?? ''} still got 12.5 queries per second`);
  fleet.cluster.kubelet.drain = { phase: 'Quiet' };
}, 120_000);

test('a wish for more has the marked server stay', async () => {
  pool.wish(3);
  await pool.waitForExactly(3);
  closeGate(api);
  pool.wish(2);
  const { name } = await pool.waitForMarked();
  pool.wish(3);
  await pool.waitForExactly(3);
  expect(history.stops).toEqual([]);
  await pool.waitForNote('ServerDrainUndone', (note) => note.startsWith(name));
}, 120_000);

describe('a server that a person wants replaced', () => {
  test('goes when another one is ready, also at the maximum', async () => {
    pool.wish(maxServers);
    const [first] = await pool.waitForExactly(maxServers);
    const name = first?.name ?? '';
    fleet.cluster.kubectl('annotate', 'pod', name, 'dnsfleet.dev/drain=true');
    await pool.waitUntilGone(name);
    await pool.waitForExactly(maxServers);
    expect(history.stops).toEqual([{ name, wasMarked: true, alsoStopping: 0, othersReady: maxServers }]);
  }, 150_000);

  test('stays when the annotation is taken away while its replacement starts, and that goes again', async () => {
    pool.wish(2);
    const [first] = await pool.waitForExactly(2);
    const name = first?.name ?? '';
    fleet.cluster.kubelet.startsPods = false;
    fleet.cluster.kubectl('annotate', 'pod', name, 'dnsfleet.dev/drain=true');
    await waitFor(
      'the replacement',
      () => pool.servers(),
      (now) => now.length === 3,
    );
    await waitFor(
      'the operator to wait for it',
      () => pool.condition('RollingOut'),
      (now) => now?.message.endsWith(`the server that replaces ${name} is not ready`) === true,
    );
    expect(await pool.replicas()).toBe(3);
    expect((await pool.servers()).filter(({ isStopping, mark }) => isStopping || mark)).toEqual([]);
    expect((await pool.condition('Ready'))?.status).toBe('True');
    fleet.cluster.kubectl('annotate', 'pod', name, 'dnsfleet.dev/drain-');
    const left = await pool.waitForExactly(2);
    expect(left.map((server) => server.name)).toContain(name);
  }, 150_000);
});

test('a Deployment that somebody scales is put right: up at once, down one at a time', async () => {
  pool.wish(2);
  await pool.waitForExactly(2);
  const before = history.stops.length;
  fleet.cluster.kubectl('scale', 'deployment', pool.name, '--replicas=4');
  await pool.waitForExactly(2);
  // Of pods that are just starting the ReplicaSet controller may take another than the marked one; never one that serves.
  expect(
    history.stops.slice(before).filter(({ othersReady, alsoStopping }) => othersReady < 2 || alsoStopping > 0),
  ).toEqual([]);
  fleet.cluster.kubectl('scale', 'deployment', pool.name, '--replicas=1');
  await pool.waitForExactly(2);
}, 150_000);

test('a PoP that leaves gives its servers up in the same way', async () => {
  const second = new PoolView(fleet.cluster, 'public-eu-2');
  await fleet.change({ ...external, regions: [{ name: 'eu', pops: [pop('eu-1'), pop('eu-2')] }] });
  second.wish(3);
  await second.waitForServers(3);
  const before = history.stops.length;
  fleet.cluster.applyFleet('public', external);
  await waitFor(
    'it to leave',
    async () => ({ left: await second.get() }),
    ({ left }) => left === undefined,
  );
  const stops = history.stops.slice(before);
  expect(stops).toHaveLength(3);
  expect(stops.filter(({ wasMarked, alsoStopping }) => !wasMarked || alsoStopping > 0)).toEqual([]);
}, 120_000);
