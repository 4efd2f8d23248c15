/**
 * A pool that follows its load on a real cluster: it grows straight to what the clients ask, and gives up servers one at a
 * time, without a client noticing. 5 % of the names take 3 s upstream, so that something is always in flight.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openSharedCluster } from './helpers/cluster.js';
import { eventually, must } from './helpers/eventually.js';
import { fleetReady, serversGone, serversOf, serversReady } from './helpers/fleets.js';
import type { Kubectl } from './helpers/kubectl.js';
import { fleetManifest, forwardTo } from './helpers/manifests.js';
import { expectNothingLost } from './helpers/nothing-lost.js';
import { installOperator, operatorMetrics } from './helpers/operator.js';
import { writeReport } from './helpers/report.js';
import { serviceSettled, startLoad, startUpstream, type RunningLoad, type RunningUpstream } from './helpers/traffic.js';

const cluster = openSharedCluster();
const poolName = 'elastic-here';
/** The least that the API allows. */
const cooldownSeconds = 60;
const maxSeconds = 600;

const poolSchema = z.object({
  spec: z.object({ replicas: z.number() }),
  status: z.object({
    load: z.object({ hitPercent: z.number(), latencyP99Milliseconds: z.number() }).optional(),
    scaling: z.object({ reason: z.string(), lastScale: z.string().optional(), lastScaleTime: z.string().optional() }),
  }),
});

let kubectl: Kubectl;
let upstream: RunningUpstream;
let load: RunningLoad | undefined;

const pool = () => kubectl.get(poolSchema, 'dnspool', poolName);
const begin = async (queriesPerSecond: number): Promise<RunningLoad> => {
  const { spec } = await kubectl.service('elastic');
  const endpoint = { address: spec.clusterIP, port: 53 };
  await serviceSettled(cluster, endpoint);
  load = await startLoad(cluster, { targets: [{ endpoint }], queriesPerSecond, maxSeconds });
  return load;
};
const scaledTo = (replicas: number, timeoutMs: number) =>
  eventually(
    async () => {
      const now = await pool();
      must(now.spec.replicas === replicas, `${now.spec.replicas} are wanted: ${now.status.scaling.reason}`);
      return now;
    },
    { describe: `${replicas} servers to be wanted`, timeoutMs, intervalMs: 100 },
  );

/** What the operator's metrics and the status tell of the engines. @throws Error while it is not known of all of them */
async function measuredNow() {
  const samples = (await operatorMetrics(cluster)).filter(({ labels }) => labels['dnspool'] === poolName);
  const valueOf = (name: string, answers?: string) =>
    samples.find((each) => each.name === `dnsfleet_pool_${name}` && each.labels['answers'] === answers)?.value ?? 0;
  const cores = valueOf('cpu_cores');
  const recursionSeconds = valueOf('latency_p99_seconds', 'recursive');
  must(cores > 0, 'the CPU time of an engine is not known');
  must(valueOf('hit_ratio') > 0 && recursionSeconds > 0, 'hits and recursions are not known');
  must((await pool()).status.load !== undefined, 'the status has no load');
  return { cores, recursionSeconds };
}

beforeAll(async () => {
  await installOperator(cluster);
  upstream = await startUpstream(cluster, ['--listen', `${cluster.node(1).address.ipv4}:5341`, '--tag', 'scaling']);
  kubectl = await cluster.createNamespace('scaling');
  await kubectl.apply(
    fleetManifest({
      name: 'elastic',
      regions: { here: { here: 2 } },
      upstreams: forwardTo(upstream.endpoint),
      capacityQps: 500,
      redundancy: 1,
      autoscaling: { cooldownSeconds },
    }),
  );
  await fleetReady(kubectl, 'elastic', 90_000);
}, 300_000);

// A test that fails must not leave its clients to the next.
afterEach(async () => {
  await load?.finish();
});
afterAll(async () => {
  await upstream.stop();
  await kubectl.run(['delete', 'namespace', 'scaling', '--wait=false']);
});

test('a step of the load brings the servers that it takes at once', async () => {
  const clients = await begin(1000);
  const startMs = performance.now();
  // Three servers carry 1,000 queries/s at 70 % of 500, and one is to spare.
  const { status } = await scaledTo(4, 30_000);
  const decidedSeconds = (performance.now() - startMs) / 1000;
  await serversReady(kubectl, 'elastic', { count: 4, timeoutMs: 90_000 });
  const readySeconds = (performance.now() - startMs) / 1000;
  expectNothingLost(await clients.finish());
  // Straight there, or by way of three when the first second of the step was seen alone.
  expect(status.scaling.lastScale).toMatch(/^Emergency: From [23] to 4 servers/);
  writeReport('scaling', { decidedSeconds, readySeconds });
  console.log(
    `decided ${decidedSeconds.toFixed(1)} s after the step, 4 servers ready after ${readySeconds.toFixed(1)} s`,
  );
}, 180_000);

test('less load takes one server away after the cool-down, drained, and nothing is lost', async () => {
  const before = await kubectl.pods(serversOf('elastic'));
  const lastScaleMs = Date.parse((await pool()).status.scaling.lastScaleTime ?? '');
  const clients = await begin(100);
  const measured = await eventually(measuredNow, {
    describe: 'the operator to know what the engines do',
    timeoutMs: 60_000,
    intervalMs: 1000,
  });
  // Four engines at 100 queries/s, on a node of two cores; 5 % of the names take 3 s, and nothing else as long.
  expect(measured.cores).toBeLessThan(2);
  expect(measured.recursionSeconds).toBeGreaterThan(1);
  const { status } = await scaledTo(3, (cooldownSeconds + 60) * 1000);
  const shrunkMs = Date.parse(status.scaling.lastScaleTime ?? '');
  expect(shrunkMs - lastScaleMs).toBeGreaterThanOrEqual(cooldownSeconds * 1000);
  expect(status.scaling.lastScale).toMatch(/^LowUtilization: From 4 to 3 servers/);
  const left = await serversReady(kubectl, 'elastic', { count: 3, timeoutMs: 120_000 });
  const victims = before.filter(({ metadata }) => !left.some((pod) => pod.metadata.uid === metadata.uid));
  await serversGone(kubectl, victims, 120_000);
  expectNothingLost(await clients.finish());
  const events = await kubectl.run(['events', '--for', `dnspool/${poolName}`]);
  expect(events).toMatch(new RegExp(`ServerDrained .*${victims[0]?.metadata.name} was quiet after`));
}, 300_000);

test('a server that a person wants gone is replaced first, and nothing is lost', async () => {
  const [victim] = await kubectl.pods(serversOf('elastic'));
  if (!victim) throw new Error('there is no server');
  await kubectl.run(['annotate', 'dnspool', poolName, 'dnsfleet.dev/pause-scaling-until=2100-01-01T00:00:00Z']);
  const { spec } = await pool();
  const clients = await begin(300);
  await kubectl.run(['annotate', 'pod', victim.metadata.name, 'dnsfleet.dev/drain=true']);
  await serversGone(kubectl, [victim], 180_000);
  await serversReady(kubectl, 'elastic', { count: spec.replicas, timeoutMs: 60_000 });
  expectNothingLost(await clients.finish());
}, 300_000);
