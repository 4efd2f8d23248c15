/**
 * What clients notice while a fleet is changed, loses a server or a node: nothing. Each action is done at the same time
 * to a plain Deployment of Unbound, for comparison. 5 % of the names take 3 s upstream, so that something is always in
 * flight; lost is what was not answered over UDP within 5 s, or over TCP after one retry on a new connection.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadResult } from '../traffic/load.js';
import { openSharedCluster } from './helpers/cluster.js';
import { contest, type Contestant } from './helpers/contest.js';
import { eventually, must } from './helpers/eventually.js';
import { fleetReady, serversGone, serversOf, serversReady } from './helpers/fleets.js';
import type { Kubectl } from './helpers/kubectl.js';
import { fleetManifest, forwardTo, healthServiceManifest, plainManifests, plainSelector } from './helpers/manifests.js';
import type { Pod } from './helpers/objects.js';
import { installOperator } from './helpers/operator.js';
import { dig, serviceSettled, startUpstream, type RunningUpstream } from './helpers/traffic.js';

const cluster = openSharedCluster();
const servers = 2;
const drained = 'node-2';

interface Exposure {
  readonly title: string;
  readonly namespace: string;
  readonly service: (nodePort: number) => object;
  readonly isExternal: boolean;
}

const exposures: readonly Exposure[] = [
  { title: 'ClusterIP', namespace: 'cluster-ip', service: () => ({ type: 'ClusterIP' }), isExternal: false },
  {
    title: 'NodePort with externalTrafficPolicy Local',
    namespace: 'node-port',
    service: (nodePort) => ({ type: 'NodePort', externalTrafficPolicy: 'Local', nodePort }),
    isExternal: true,
  },
];

const upstreams: RunningUpstream[] = [];

beforeAll(async () => {
  await installOperator(cluster);
  for (const [tag, port] of [
    ['before', 5311],
    ['after', 5312],
  ] as const) {
    const address = `${cluster.node(1).address.ipv4}:${port}`;
    upstreams.push(await startUpstream(cluster, ['--listen', address, '--tag', tag]));
  }
}, 300_000);

afterAll(async () => {
  await cluster.kubectl('default').run(['uncordon', drained]);
  for (const upstream of upstreams) await upstream.stop();
});

describe.each(exposures)('$title', ({ title, namespace, service, isExternal }) => {
  let kubectl: Kubectl;
  let targets: { readonly ours: Contestant['targets']; readonly plain: Contestant['targets'] };
  let state = { upstream: 0, threads: 1 };

  const fleet = (): object =>
    fleetManifest({
      name: 'ours',
      regions: { here: { here: servers } },
      upstreams: forwardTo(upstreamNow()),
      threads: state.threads,
      service: service(30053),
    });
  const plain = (): readonly object[] => {
    const { nodePort, ...rest } = service(30054) as { readonly nodePort?: number };
    const options = { name: 'plain', replicas: servers, upstream: upstreamNow(), threads: state.threads };
    return plainManifests({ ...options, service: rest, ...(nodePort !== undefined && { nodePort }) });
  };
  const upstreamNow = () => {
    const upstream = upstreams[state.upstream];
    if (!upstream) throw new Error(`there is no upstream ${state.upstream}`);
    return upstream.endpoint;
  };

  /** Where clients ask: the cluster IP, or every node behind a load balancer that knows which of them has servers. */
  const targetsOf = async (name: string, selector: object): Promise<Contestant['targets']> => {
    const { spec } = await kubectl.service(name);
    if (!isExternal) return [{ endpoint: { address: spec.clusterIP, port: 53 } }];
    await kubectl.apply(healthServiceManifest(`${name}-health`, selector));
    const health = (await kubectl.service(`${name}-health`)).spec.healthCheckNodePort;
    const nodePort = spec.ports[0]?.nodePort;
    if (health === undefined || nodePort === undefined) throw new Error(`Service ${name} has no node port`);
    return (await kubectl.nodes()).map(({ address }) => ({
      endpoint: { address, port: nodePort },
      healthUrl: `http://${address}:${health}/healthz`,
    }));
  };

  const settled = async (targets: Contestant['targets']): Promise<Contestant['targets']> => {
    await Promise.all(targets.map(({ endpoint }) => serviceSettled(cluster, endpoint)));
    return targets;
  };

  const restartPlain = async (): Promise<void> => {
    await kubectl.apply(...plain());
    await kubectl.run(['rollout', 'restart', 'deployment/plain']);
    await kubectl.run(['rollout', 'status', 'deployment/plain', '--timeout=240s']);
  };

  const compare = (action: string, ours: () => Promise<void>, ofPlain: () => Promise<void>): Promise<LoadResult> =>
    contest(cluster, {
      title: `${title}: ${action}`,
      ours: { targets: targets.ours, act: ours },
      plain: { targets: targets.plain, act: ofPlain },
    }).then((results) => results.ours);

  beforeAll(async () => {
    kubectl = await cluster.createNamespace(namespace);
    await kubectl.apply(fleet(), ...plain());
    await fleetReady(kubectl, 'ours', 90_000);
    await kubectl.run(['rollout', 'status', 'deployment/plain', '--timeout=120s']);
    targets = {
      ours: await settled(await targetsOf('ours', { 'dnsfleet.dev/fleet': 'ours' })),
      plain: await settled(await targetsOf('plain', { app: 'plain' })),
    };
  }, 300_000);

  afterAll(async () => {
    await kubectl.run(['uncordon', drained]);
    await kubectl.run(['delete', 'namespace', namespace, '--wait=false']);
  });

  test('a change of upstream loses nothing and restarts nothing', async () => {
    const before = await kubectl.pods(serversOf('ours'));
    state = { ...state, upstream: 1 };
    const result = await compare(
      'change the upstream',
      async () => {
        await kubectl.apply(fleet());
        await fleetReady(kubectl, 'ours', 60_000);
        await answeredByAll('after');
      },
      restartPlain,
    );
    expectNothingLost(result);
    expect(identities(await kubectl.pods(serversOf('ours')))).toEqual(identities(before));
  }, 300_000);

  test('a rolling change of threads loses nothing', async () => {
    const before = await kubectl.pods(serversOf('ours'));
    state = { ...state, threads: 2 };
    const result = await compare(
      'change the threads',
      async () => {
        await kubectl.apply(fleet());
        await serversGone(kubectl, before, 400_000);
        await fleetReady(kubectl, 'ours', 60_000);
      },
      restartPlain,
    );
    expectNothingLost(result);
  }, 600_000);

  test('deleting a server loses nothing', async () => {
    const deleteOne = async (selector: string): Promise<void> => {
      const [victim] = await kubectl.pods(selector);
      if (!victim) throw new Error(`no pod matches ${selector}`);
      await kubectl.run(['delete', 'pod', victim.metadata.name, '--wait', '--timeout=280s']);
    };
    const result = await compare(
      'delete a server',
      async () => {
        await deleteOne(serversOf('ours'));
        await serversReady(kubectl, 'ours', { count: servers, timeoutMs: 60_000 });
      },
      () => deleteOne(plainSelector('plain')),
    );
    expectNothingLost(result);
  }, 400_000);

  test('draining a node loses nothing', async () => {
    const onNode = async (selector: string): Promise<number> =>
      (await kubectl.pods(selector)).filter((pod) => pod.spec.nodeName === drained).length;
    await spreadOut(serversOf('ours'), onNode);
    await spreadOut(plainSelector('plain'), onNode);
    const drain = kubectl.run.bind(kubectl, [
      ...['drain', drained, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=280s'],
    ]);
    // One node, hence one drain; both contestants wait until they are off it.
    let draining: Promise<string> | undefined;
    const leave = async (selector: string): Promise<void> => {
      await (draining ??= drain());
      must((await onNode(selector)) === 0, `${selector}: still on ${drained}`);
    };
    const result = await compare(
      'drain a node',
      async () => {
        await leave(serversOf('ours'));
        await serversReady(kubectl, 'ours', { count: servers, timeoutMs: 60_000 });
      },
      () => leave(plainSelector('plain')),
    );
    await kubectl.run(['uncordon', drained]);
    expectNothingLost(result);
  }, 600_000);

  /** Waits until the answers through the Service come from the upstream `tag` twenty times in a row. */
  async function answeredByAll(tag: string): Promise<void> {
    const [target] = targets.ours;
    if (!target) throw new Error('the fleet has no address');
    await eventually(
      async () => {
        for (let question = 0; question < 20; question += 1) {
          const { answers } = await dig(cluster, target.endpoint, ['whoami.load.example', 'TXT']);
          must(answers[0]?.includes(`"${tag}"`) === true, `answered by ${answers[0] ?? 'nobody'}`);
        }
      },
      { describe: `answers from the upstream '${tag}'`, timeoutMs: 30_000 },
    );
  }

  /** A node without a server of ours would make its drain an empty gesture. */
  async function spreadOut(selector: string, onNode: (selector: string) => Promise<number>): Promise<void> {
    await eventually(
      async () => {
        if ((await onNode(selector)) > 0) return;
        const [surplus] = await kubectl.pods(selector);
        if (surplus) await kubectl.run(['delete', 'pod', surplus.metadata.name, '--wait', '--timeout=280s']);
        must((await onNode(selector)) > 0, `${selector}: none on ${drained}`);
      },
      { describe: `a pod of ${selector} on ${drained}`, timeoutMs: 240_000, intervalMs: 3000 },
    );
  }
});

function expectNothingLost(result: LoadResult): void {
  expect(result.objections).toEqual([]);
  expect(result.losses).toEqual([]);
  expect(result.total).toMatchObject({ lost: 0, wrong: 0, answered: result.total.sent });
  // Of 1,000 queries/s, 5 % take 3 s upstream: about 150 are in flight at any moment, also at that of the action.
  expect(result.byKind.slow.sent / result.total.sent).toBeGreaterThan(0.04);
  expect(result.latencyMs.slow.p50).toBeGreaterThan(2900);
}

function identities(pods: readonly Pod[]): readonly string[] {
  return pods
    .map((pod) => {
      const containers = [...pod.status.containerStatuses, ...pod.status.initContainerStatuses];
      return `${pod.metadata.uid} restarts ${containers.map((each) => each.restartCount).join(',')}`;
    })
    .sort();
}
