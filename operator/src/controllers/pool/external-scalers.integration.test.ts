/** Pools that a real HorizontalPodAutoscaler scales, with wishes that no pool can have, on a real API server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';
import { findCondition } from '../../planning/conditions.js';

const name = 'public-eu-1';
const maxServers = 4;
let cluster: TestCluster;
let operator: RunningOperator;

const autoscalerSchema = z.object({
  spec: z.object({ scaleTargetRef: z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() }) }),
});
const autoscaler = () => autoscalerSchema.parse(JSON.parse(cluster.kubectl('get', 'hpa', name, '-o', 'json')));
const wanted = async () => (await cluster.pool(name))?.spec.replicas;
const limit = async () => findCondition((await cluster.pool(name))?.status?.conditions, 'ScalingLimited');

/** An autoscaler brings its target between its bounds without a look at any metric. */
const ask = (servers: number): void => {
  const spec = { minReplicas: servers, maxReplicas: servers };
  cluster.kubectl('patch', 'hpa', name, '--type=merge', `--patch=${JSON.stringify({ spec })}`);
};

beforeAll(async () => {
  cluster = await TestCluster.start('scalers');
  operator = cluster.startOperator();
  cluster.applyFleet('public', {
    autoscaling: { mode: 'External' },
    regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 2, maxServers }] }],
  });
  await cluster.waitForFleet('public', 'Ready', 'True');
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

test('`kubectl autoscale` makes an autoscaler that scales the pool', async () => {
  cluster.kubectl('autoscale', 'dnspool', name, '--min=3', '--max=4', '--cpu=50%');
  expect(autoscaler().spec.scaleTargetRef).toEqual({ apiVersion: 'dnsfleet.dev/v1alpha1', kind: 'DnsPool', name });
  await waitFor(
    '3 servers',
    () => cluster.pool(name),
    (pool) => pool?.spec.replicas === 3 && pool.status?.servers?.summary === '3/3',
  );
  expect(await limit()).toMatchObject({ status: 'False', reason: 'WithinLimits' });
}, 90_000);

test('of 10,000 servers it gets as many as the pool may have, and the pool says so', async () => {
  ask(10_000);
  const condition = await waitFor('the limit', limit, (now) => now?.status === 'True');
  expect(condition).toMatchObject({
    reason: 'TooManyReplicas',
    message: '10000 servers are wanted, and `maxServers` allows 4',
  });
  expect(await wanted()).toBe(10_000);
  const full = `${maxServers}/${maxServers}`;
  await waitFor(
    full,
    () => cluster.pool(name),
    (pool) => pool?.status?.servers?.summary === full,
  );
}, 90_000);

test('no server at all is refused', async () => {
  expect(() => ask(0)).toThrow(/spec\.minReplicas: Invalid value: 0/);
  // Who may ask for none all the same (KEDA by default) is refused by the pool.
  expect(() => cluster.kubectl('scale', 'dnspool', name, '--replicas=0')).toThrow(
    /spec\.replicas: Invalid value: 0: .*should be greater than or equal to 1/,
  );
  expect(await wanted()).toBe(10_000);
}, 30_000);
