/**
 * helm upgrade, rollback and uninstall with a fleet at work: the servers are not touched by any of them.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSharedCluster } from './helpers/cluster.js';
import { eventually, must } from './helpers/eventually.js';
import { fleetReady, serversOf, serversReady } from './helpers/fleets.js';
import type { Kubectl } from './helpers/kubectl.js';
import { fleetManifest, forwardTo } from './helpers/manifests.js';
import type { Pod } from './helpers/objects.js';
import { installOperator, operatorNamespace, operatorSelector, release } from './helpers/operator.js';
import { serviceSettled, startLoad, startUpstream, type RunningLoad, type RunningUpstream } from './helpers/traffic.js';

const cluster = openSharedCluster();
const operator = cluster.kubectl(operatorNamespace);

let kubectl: Kubectl;
let upstream: RunningUpstream;
let servers: readonly Pod[];
let load: RunningLoad;

beforeAll(async () => {
  await installOperator(cluster);
  upstream = await startUpstream(cluster, ['--listen', `${cluster.node(1).address.ipv4}:5331`, '--tag', 'upgrade']);
  kubectl = await cluster.createNamespace('upgrade');
  await kubectl.apply(
    fleetManifest({ name: 'kept', regions: { here: { here: 2 } }, upstreams: forwardTo(upstream.endpoint) }),
  );
  await fleetReady(kubectl, 'kept', 90_000);
  servers = await serversReady(kubectl, 'kept', { count: 2, timeoutMs: 30_000 });
  const { spec } = await kubectl.service('kept');
  const endpoint = { address: spec.clusterIP, port: 53 };
  await serviceSettled(cluster, endpoint);
  load = await startLoad(cluster, { targets: [{ endpoint }], queriesPerSecond: 200, maxSeconds: 900 });
}, 300_000);

afterAll(async () => {
  await load.finish();
  await upstream.stop();
});

const identities = (pods: readonly Pod[]): readonly string[] =>
  pods
    .map((pod) => {
      const containers = [...pod.status.containerStatuses, ...pod.status.initContainerStatuses];
      return `${pod.metadata.uid} restarts ${containers.map((each) => each.restartCount).join(',')}`;
    })
    .sort();

/** The same servers as at the start, none restarted. */
async function expectSameServers(): Promise<void> {
  expect(identities(await kubectl.pods(serversOf('kept')))).toEqual(identities(servers));
}

/** The operator's pods are of the Deployment's newest template and ready. */
const operatorPods = async (): Promise<readonly string[]> => {
  await operator.run(['rollout', 'status', 'deployment', '-l', operatorSelector, '--timeout=120s']);
  return (await operator.pods(operatorSelector)).map((pod) => pod.metadata.uid).sort();
};

describe('a release of the chart', () => {
  test('passes helm test', async () => {
    expect(await cluster.helm(['test', release, '--namespace', operatorNamespace, '--timeout', '2m'])).toMatch(
      /Phase:\s+Succeeded/,
    );
  }, 150_000);

  test('is upgraded: the operator is replaced, no server is', async () => {
    const before = await operatorPods();
    await installOperator(cluster, ['podAnnotations.upgraded=yes']);
    expect(await operatorPods()).not.toEqual(before);
    await fleetReady(kubectl, 'kept', 60_000);
    await expectSameServers();
  }, 300_000);

  test('is rolled back: the operator is replaced, no server is', async () => {
    const before = await operatorPods();
    await cluster.helm(['rollback', release, '--namespace', operatorNamespace, '--wait', '--timeout', '3m']);
    expect(await operatorPods()).not.toEqual(before);
    await fleetReady(kubectl, 'kept', 60_000);
    await expectSameServers();
  }, 300_000);

  test('is uninstalled: the operator goes, and servers, fleets and CRDs stay', async () => {
    await cluster.helm(['uninstall', release, '--namespace', operatorNamespace, '--wait', '--timeout', '3m']);
    await eventually(
      async () => {
        const left = await operator.pods(operatorSelector);
        must(left.length === 0, `${left.length} pods of the operator are left`);
      },
      { describe: 'the operator to go', timeoutMs: 60_000 },
    );
    const crds = await kubectl.run(['get', 'crd', '-o', 'name']);
    expect(crds).toContain('dnsfleets.dnsfleet.dev');
    expect(crds).toContain('dnspools.dnsfleet.dev');
    expect((await kubectl.fleet('kept')).metadata.deletionTimestamp).toBeUndefined();
    await expectSameServers();
  }, 300_000);

  test('is installed again: it takes over what it finds', async () => {
    await installOperator(cluster);
    await fleetReady(kubectl, 'kept', 90_000);
    await expectSameServers();
  }, 300_000);

  test('lost no query in all of this', async () => {
    const result = await load.finish();
    expect(result.objections).toEqual([]);
    expect(result.losses).toEqual([]);
    expect(result.total).toMatchObject({ lost: 0, wrong: 0 });
  }, 30_000);
});
