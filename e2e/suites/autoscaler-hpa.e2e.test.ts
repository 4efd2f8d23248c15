/**
 * Pools that somebody else scales: a HorizontalPodAutoscaler on the processor time of the engines, by metrics-server, and
 * one on the queries per second, by the operator's metrics. Their servers are drained like ours. Then a pool that has two
 * scalers, and no fight.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { RunningMetrics } from '../metrics/start-metrics.js';
import { autoscalerManifest, autoscalerSchema, engineCpu, queryRate } from './helpers/autoscalers.js';
import { openSharedCluster } from './helpers/cluster.js';
import { eventually, must } from './helpers/eventually.js';
import { fleetReady } from './helpers/fleets.js';
import type { Kubectl } from './helpers/kubectl.js';
import { fleetManifest, forwardTo } from './helpers/manifests.js';
import { expectNothingLost } from './helpers/nothing-lost.js';
import { describeConditions, resourceSchema } from './helpers/objects.js';
import { installOperator } from './helpers/operator.js';
import { watchLapses, type ReadinessLapses } from './helpers/readiness-lapses.js';
import { serviceSettled, startLoad, startUpstream, type RunningLoad, type RunningUpstream } from './helpers/traffic.js';

const cluster = openSharedCluster();
const byCpu = 'scaled-cpu';
const byRate = 'scaled-rate';
const floor = 2;
/** Queries per second to each of the two pools. */
const little = 50;
const much = 1000;
/** Measured: an engine takes 10m at rest, most of it for its probes, and 35m at 800 queries/s, of a request of 100m. */
const cpuPercent = 18;
const ratePerServer = 400;
const fightMs = 60_000;

const poolSchema = z.intersection(
  resourceSchema,
  z.object({
    spec: z.object({ replicas: z.number() }),
    status: z.object({
      servers: z.object({ summary: z.string() }),
      load: z.object({ queriesPerSecond: z.number() }).optional(),
    }),
  }),
);
type Pool = z.infer<typeof poolSchema>;

let kubectl: Kubectl;
let upstream: RunningUpstream;
let metrics: RunningMetrics | undefined;
let servers: ReadinessLapses | undefined;
let load: RunningLoad | undefined;

const conditionOf = ({ status }: Pool, type: string) => status.conditions.find((each) => each.type === type);

/** Waits until the pool is as `accept` says; the message of a failure has what the autoscaler says of itself. */
const poolBecomes = (
  name: string,
  { what, accept, timeoutMs }: { what: string; accept: (pool: Pool) => boolean; timeoutMs: number },
): Promise<Pool> =>
  eventually(
    async () => {
      const pool = await kubectl.get(poolSchema, 'dnspool', name);
      if (!accept(pool)) {
        const { status } = await kubectl.get(autoscalerSchema, 'hpa', name);
        must(false, `${tell(pool)}: ${describeConditions(pool)}; ${JSON.stringify(status)}`);
      }
      return pool;
    },
    { describe: `${name}: ${what}`, timeoutMs },
  );
const serves = (count: number) => (pool: Pool) => pool.status.servers.summary === `${count}/${count}`;
const isSorted = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => number >= (numbers[index - 1] ?? number));
/** A pool in one line, for the message of a failure. */
const tell = ({ spec, status: { servers, load } }: Pool): string =>
  `${spec.replicas} wanted, ${servers.summary} serve ${load?.queriesPerSecond ?? '?'} queries/s`;
const eventsOf = (pool: string) => kubectl.run(['events', '--for', `dnspool/${pool}`]);

/** On a machine that has no time for an engine it may be taken for dead; whether that was it stands beside the loss. */
async function nothingIsLost(clients: RunningLoad): Promise<void> {
  const result = await clients.finish();
  if (result.losses.length > 0) console.log(['Servers that lapsed:', ...(servers?.lapses ?? [])].join('\n'));
  expectNothingLost(result);
}

const fleet = (autoscaling: object) =>
  fleetManifest({
    name: 'scaled',
    regions: { here: { cpu: floor, rate: floor } },
    upstreams: forwardTo(upstream.endpoint),
    capacityQps: 400,
    redundancy: 1,
    autoscaling,
  });

async function begin(queriesPerSecond: number): Promise<RunningLoad> {
  const endpoints = await Promise.all(
    [byCpu, byRate].map(async (pool) => ({ address: (await kubectl.service(pool)).spec.clusterIP, port: 53 })),
  );
  for (const endpoint of endpoints) await serviceSettled(cluster, endpoint);
  const targets = endpoints.map((endpoint) => ({ endpoint }));
  load = await startLoad(cluster, { targets, queriesPerSecond: 2 * queriesPerSecond, maxSeconds: 600 });
  return load;
}

beforeAll(async () => {
  await installOperator(cluster);
  const starting = cluster.startMetrics();
  upstream = await startUpstream(cluster, ['--listen', `${cluster.node(1).address.ipv4}:5342`, '--tag', 'hpa']);
  kubectl = await cluster.createNamespace('hpa');
  await kubectl.apply(fleet({ mode: 'External' }));
  metrics = await starting;
  await fleetReady(kubectl, 'scaled', 90_000);
  servers = await watchLapses(cluster, 'hpa');
  await kubectl.apply(
    autoscalerManifest(byCpu, { minReplicas: floor, maxReplicas: 3, metric: engineCpu(cpuPercent) }),
    autoscalerManifest(byRate, { minReplicas: 1, maxReplicas: 3, metric: queryRate(byRate, ratePerServer) }),
  );
}, 300_000);

// A test that fails must not leave its clients to the next.
afterEach(async () => {
  await load?.finish();
});
afterAll(async () => {
  await servers?.stop();
  await metrics?.stop();
  await upstream.stop();
  await kubectl.run(['delete', 'namespace', 'hpa', '--wait=false']);
}, 60_000);

test('autoscalers on CPU and on an external metric grow pools and shrink them, drained, and nothing is lost', async () => {
  const clients = await begin(much);
  for (const pool of [byRate, byCpu]) {
    await poolBecomes(pool, { what: '3 servers', accept: serves(3), timeoutMs: 150_000 });
  }
  clients.changeRate(2 * little);
  // Its autoscaler would have one server, and the floor holds two: the number stays, and so do the servers.
  const held = await poolBecomes(byRate, {
    what: 'a wish below the floor',
    accept: (pool) =>
      pool.spec.replicas === 1 && serves(floor)(pool) && conditionOf(pool, 'ScalingLimited')?.status === 'True',
    timeoutMs: 150_000,
  });
  expect(conditionOf(held, 'ScalingLimited')).toMatchObject({
    reason: 'TooFewReplicas',
    message: '1 servers are wanted, and `minServers` holds 2',
  });
  const shrunk = await poolBecomes(byCpu, { what: '2 servers', accept: serves(floor), timeoutMs: 150_000 });
  expect(shrunk.spec.replicas).toBe(floor);
  for (const pool of [held, shrunk]) {
    expect(conditionOf(pool, 'ScalingActive')).toMatchObject({ status: 'False', reason: 'ScaledExternally' });
  }
  for (const pool of [byCpu, byRate]) {
    await eventually(async () => expect(await eventsOf(pool)).toMatch(/ServerDrained .* was quiet after/), {
      describe: `${pool} to drain a server`,
      timeoutMs: 90_000,
    });
  }
  await nothingIsLost(clients);
}, 540_000);

test('a pool with two scalers says so, and its number of servers does not move back and forth', async () => {
  const history: Pool[] = [];
  const watch = await cluster.watch({ namespace: 'hpa', kind: `dnspool/${byRate}` }, (json) =>
    history.push(poolSchema.parse(JSON.parse(json))),
  );
  try {
    // A change is held back from the second PoP if the first one loses its load meanwhile.
    const clients = await begin(little);
    await kubectl.apply(fleet({ mode: 'Builtin', cooldownSeconds: 60 }));
    const accept = (pool: Pool) => conditionOf(pool, 'ScalingActive')?.reason === 'TwoScalers';
    await poolBecomes(byRate, { what: 'two scalers', accept, timeoutMs: 60_000 });
    // By load alone we would have five servers, the autoscaler has three.
    clients.changeRate(2 * much);
    await poolBecomes(byRate, { what: '3 servers', accept: serves(3), timeoutMs: 90_000 });
    await sleep(fightMs);
    const wishes = history.map(({ spec }) => spec.replicas);
    // One after the other, each upwards: one, perhaps two, then three.
    expect({ history: history.map(tell), isCalm: isSorted(wishes) }).toMatchObject({ isCalm: true });
    expect([wishes.at(0), wishes.at(-1)]).toEqual([1, 3]);
    await kubectl.run(['delete', 'hpa', byRate]);
    const alone = async (): Promise<void> => {
      const pool = await kubectl.get(poolSchema, 'dnspool', byRate);
      must(pool.spec.replicas > 3, `${tell(pool)}: ${describeConditions(pool)}`);
    };
    await eventually(alone, { describe: 'the pool to follow its load once it is alone', timeoutMs: 60_000 });
    await nothingIsLost(clients);
  } finally {
    await watch.terminate();
  }
}, 300_000);
