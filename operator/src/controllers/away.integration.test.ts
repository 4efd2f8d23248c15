/**
 * The API server is away: cut off behind a proxy, silent, restarted or stopped, each time for longer than a leader may go
 * without renewing its lease. No server is lost, nobody restarts the operator, and what was changed meanwhile is done.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestCluster, waitFor } from '../../test/cluster.js';
import { FaultProxy } from '../../test/fault-proxy/fault-proxy.js';
import { expectedObjects, objectsOf } from '../../test/fleet-objects.js';
import { bundleOperator, OperatorProcess } from '../../test/operator-process.js';
import { startControlPlane } from '../../../e2e/cluster/control-plane.js';
import { pods, services } from '../kube/resource.js';

/** Above the renew deadline of 10 s. */
const awayMs = 13_000;
const pops = { 'eu-1': 2, 'us-1': 1 };
let bundle: Awaited<ReturnType<typeof bundleOperator>>;

beforeAll(async () => {
  bundle = await bundleOperator();
}, 60_000);
afterAll(() => bundle.remove());

/** An operator that stands for election, and a fleet that is ready. */
async function startFleet(cluster: TestCluster, kubeconfig: string): Promise<OperatorProcess> {
  const { namespace, agentPort } = cluster;
  const flags = { 'leader-election': 'Enabled', 'leader-election-namespace': namespace };
  const operator = new OperatorProcess({ program: bundle.program, kubeconfig, namespace, agentPort, flags });
  cluster.applyFleet('public', { rollout: { pauseSeconds: 0 } });
  await cluster.waitForFleet('public', 'Ready', 'True');
  return operator;
}

const uidsOf = async ({ client, namespace }: TestCluster): Promise<readonly string[]> =>
  (await client.list(pods, { namespace })).map(({ metadata }) => metadata.uid).sort();

const editUpstream = (cluster: TestCluster, address: string): void =>
  cluster.applyFleet('public', {
    rollout: { pauseSeconds: 0 },
    upstreams: { mode: 'Forward', servers: [{ address }] },
  });

async function expectInForce(cluster: TestCluster, address: string): Promise<void> {
  await cluster.waitForFleet('public', 'Ready', 'True');
  await waitFor(
    `upstream ${address} on every server`,
    () => [...cluster.kubelet.agents.values()].map(({ text }) => /"address": "([^"]+)"/.exec(text ?? '')?.[1]),
    (all) => all.length === 3 && all.every((seen) => seen === address),
  );
  const wanted = expectedObjects('public', pops);
  await waitFor(
    'exactly the objects of the fleet',
    () => objectsOf(cluster, 'public'),
    (seen) => seen.join() === wanted.join(),
  );
}

async function cutOff(how: 'refuse' | 'blackhole'): Promise<void> {
  const cluster = await TestCluster.start('away');
  const proxy = await FaultProxy.start({ kubeconfig: cluster.kubeconfig });
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-away-'));
  const operator = await startFleet(cluster, proxy.writeKubeconfig(join(directory, 'kubeconfig')));
  try {
    const before = await uidsOf(cluster);
    await proxy.goAway(how);
    // What people and others do meanwhile.
    editUpstream(cluster, '192.0.2.99');
    await cluster.client.delete(services, `${cluster.namespace}/public-eu-1`);
    await sleep(awayMs);
    expect(await uidsOf(cluster)).toEqual(before);
    await proxy.comeBack();
    await expectInForce(cluster, '192.0.2.99');
    expect(await uidsOf(cluster)).toEqual(before);
    expect(operator.isAlive).toBe(true);
    expect(operator.log).toContain('Lost the lease');
  } finally {
    await operator.kill();
    await proxy.close();
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

test('behind a connection that is refused, and behind one that is silent', async () => {
  await Promise.all([cutOff('refuse'), cutOff('blackhole')]);
}, 150_000);

test('because it is restarted, and because it is stopped', async () => {
  const controlPlane = await startControlPlane({ controllerManager: true });
  const cluster = await TestCluster.start('restart', controlPlane.kubeconfigPath);
  const operator = await startFleet(cluster, controlPlane.kubeconfigPath);
  try {
    const before = await uidsOf(cluster);
    await controlPlane.stopApiServer('SIGKILL');
    await controlPlane.startApiServer();
    editUpstream(cluster, '192.0.2.98');
    await expectInForce(cluster, '192.0.2.98');
    await controlPlane.stopApiServer();
    await sleep(awayMs);
    await controlPlane.startApiServer();
    editUpstream(cluster, '192.0.2.99');
    await expectInForce(cluster, '192.0.2.99');
    expect(await uidsOf(cluster)).toEqual(before);
    expect(operator.isAlive).toBe(true);
  } finally {
    await operator.kill();
    await cluster.stop();
    await controlPlane.stop();
  }
}, 240_000);
