/**
 * The whole operator behind a proxy that misbehaves: whatever the API server does to it, it goes on, carries out what
 * people want, and doubles nothing.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { connectThroughProxy, type ProxiedApi } from '../../test/api-server.js';
import { type RunningOperator, TestCluster, waitFor } from '../../test/cluster.js';
import { randomFaults, scriptedFaults, type Fault, type FaultRule } from '../../test/fault-proxy/faults.js';
import { expectedObjects, objectsOf } from '../../test/fleet-objects.js';
import { seededRandom } from '../../test/random.js';
import { pods, services } from '../kube/resource.js';

let cluster: TestCluster;
let api: ProxiedApi;
let operator: RunningOperator;
/** The upstream of the last edit; each edit takes another. */
let edits = 0;

beforeAll(async () => {
  cluster = await TestCluster.start('faults');
  api = await connectThroughProxy();
  // What was lost without a trace is found by the next list. Delays after failures add up from test to test.
  const following = { resyncMs: 3000, backoff: { baseMs: 20, capMs: 200 } };
  operator = cluster.startOperator({ kubeconfig: api.kubeconfig, following });
  edit();
  await expectConverged();
}, 120_000);
afterEach(() => {
  api.proxy.choose = () => undefined;
});
afterAll(async () => {
  await operator.stop();
  await api.close();
  await cluster.stop();
}, 60_000);

const region = (pops: Readonly<Record<string, number>>) => ({
  name: 'eu',
  pops: Object.entries(pops).map(([name, minServers]) => ({ name, minServers, maxServers: 4 })),
});
const both = { 'eu-1': 2, 'eu-2': 1 };

/** A person's edit that reaches every server and replaces none. */
function edit(pops: Readonly<Record<string, number>> = both): void {
  edits += 1;
  cluster.applyFleet('public', {
    rollout: { pauseSeconds: 0 },
    upstreams: { mode: 'Forward', servers: [{ address: `192.0.2.${edits}` }] },
    regions: [region(pops)],
  });
}

/** The fleet says that it is ready, each server runs the last edit, and there is exactly what should be there. */
async function expectConverged(pops: Readonly<Record<string, number>> = both): Promise<void> {
  await cluster.waitForFleet('public', 'Ready', 'True');
  const servers = Object.values(pops).reduce((total, count) => total + count, 0);
  await waitFor(
    'the last edit on every server',
    () => [...cluster.kubelet.agents.values()].map(({ text }) => /"address": "([^"]+)"/.exec(text ?? '')?.[1]),
    (all) => all.length === servers && all.every((address) => address === `192.0.2.${edits}`),
  );
  const wanted = expectedObjects('public', pops);
  await waitFor(
    'exactly the objects of the fleet',
    () => objectsOf(cluster, 'public'),
    (seen) => seen.join() === wanted.join(),
  );
  expect(operator.isRunning).toBe(true);
}

const everyWatch = (fault: Fault): FaultRule => ({ watch: true, times: 40, fault });

test.each<[string, FaultRule]>([
  ['conflicts', { method: 'PATCH', times: 6, fault: { type: 'status', status: 409 } }],
  ['throttling', { watch: false, times: 6, fault: { type: 'status', status: 429, retryAfterSeconds: 1 } }],
  ['internal errors', { watch: false, times: 10, fault: { type: 'status', status: 500 } }],
  [
    'writes that are done and reported as failed',
    { method: 'PATCH', times: 6, fault: { type: 'status-after', status: 500 } },
  ],
  ['refused connections', { watch: false, times: 10, fault: { type: 'reset' } }],
  ['half-written answers', { watch: false, times: 10, fault: { type: 'half' } }],
  ['slow answers', { watch: false, times: 20, fault: { type: 'delay', ms: 300 } }],
  ['answers in small pieces', { times: 20, fault: { type: 'trickle', bytes: 500, ms: 1 } }],
  ['watches that have expired', everyWatch({ type: 'status', status: 410 })],
  ['watches that expire on the way', everyWatch({ type: 'watch-error', code: 410, afterLines: 1 })],
  ['watches that are reset', everyWatch({ type: 'reset', afterLines: 1 })],
  ['watches that end within a line', everyWatch({ type: 'half', afterLines: 1 })],
  ['events that come twice', everyWatch({ type: 'repeat-events', later: 0 })],
  ['events that come again later', everyWatch({ type: 'repeat-events', later: 2 })],
  ['events that are lost', everyWatch({ type: 'lose-events', afterLines: 0, count: 3 })],
])(
  'an edit goes out in spite of %s',
  async (_, rule) => {
    const before = await podUids();
    const { faults } = api.proxy;
    api.proxy.choose = scriptedFaults([rule]);
    if (rule.watch === true) api.proxy.breakConnections();
    edit();
    await expectConverged();
    expect(api.proxy.faults).toBeGreaterThan(faults);
    expect(await podUids()).toEqual(before);
  },
  90_000,
);

test('a random mixture of faults costs nothing but time', async () => {
  const seed = randomBytes(4).readUInt32LE();
  const random = seededRandom(seed);
  const { faults } = api.proxy;
  api.proxy.choose = randomFaults(random, 0.3);
  console.log(`seed ${seed}`);
  const { client, namespace } = cluster;
  const acts: readonly (() => unknown)[] = [
    () => edit(),
    () => edit({ 'eu-1': 2 }),
    () => edit({ ...both, 'eu-3': 1 }),
    () => client.delete(services, `${namespace}/public-eu-1`),
    () => cluster.kubectl('delete', 'pod', '--selector', 'dnsfleet.dev/pool=public-eu-1', '--wait=false'),
    () => cluster.kubectl('scale', 'deploy', 'public-eu-1', '--replicas=1'),
    () => api.proxy.breakConnections(),
  ];
  for (let at = 0; at < 12; at += 1) {
    await acts[Math.floor(random() * acts.length)]?.();
    await sleep(Math.floor(random() * 1500));
  }
  edit();
  await expectConverged();
  expect(api.proxy.faults).toBeGreaterThan(faults);
}, 120_000);

async function podUids(): Promise<readonly string[]> {
  const all = await cluster.client.list(pods, { namespace: cluster.namespace });
  return all.map(({ metadata }) => metadata.uid).sort();
}
