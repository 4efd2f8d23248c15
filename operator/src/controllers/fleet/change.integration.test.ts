/** How changes of a fleet reach its pools on a real API server: one PoP after the other, and not at all if they are bad. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refusedNetwork } from '../../../test/fake-agent.js';
import { resolverImage, type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';
import { specHashAnnotation } from '../../builders/pool.js';
import { templateVersion } from '../../builders/template-version.js';
import { deployments, pods, services } from '../../kube/resource.js';
import { findCondition } from '../../planning/conditions.js';

let cluster: TestCluster;
let operator: RunningOperator;

beforeAll(async () => {
  cluster = await TestCluster.start('change');
  operator = cluster.startOperator();
  cluster.applyFleet('public');
  await cluster.waitForFleet('public', 'Ready', 'True');
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

const upstreams = (address: string) => ({ upstreams: { mode: 'Forward', servers: [{ address }] } });
const podNames = async () =>
  (await cluster.client.list(pods, { namespace: cluster.namespace })).map(({ metadata }) => metadata.name).sort();
/** Of several agents, one may belong to a pod that has just gone. */
const textsInForce = () => [...new Set([...cluster.kubelet.agents.values()].map(({ text }) => text))];
const upstreamsInForce = () =>
  [...cluster.kubelet.agents.values()].map(({ text }) => /"address": "([^"]+)"/.exec(text ?? '')?.[1]);

/** Every number of servers that a Deployment has from now on; a poll would miss those that pass quickly. */
async function watchReplicas(deployment: string): Promise<{ end(): Promise<readonly number[]> }> {
  const { client, namespace } = cluster;
  const selection = { namespace, fieldSelector: `metadata.name=${deployment}` };
  const { resourceVersion } = await client.listPage(deployments, selection);
  const stop = new AbortController();
  const counts: number[] = [];
  const watching = (async () => {
    const options = { ...selection, resourceVersion, timeoutSeconds: 120, signal: stop.signal };
    for await (const line of client.watch(deployments, options)) {
      if (line.type !== 'ADDED' && line.type !== 'MODIFIED') continue;
      const { replicas } = deployments.parse(line.object).spec ?? {};
      if (replicas !== undefined && counts.at(-1) !== replicas) counts.push(replicas);
    }
  })();
  return {
    end: async () => {
      stop.abort();
      await watching.catch(() => undefined);
      return counts;
    },
  };
}

const frontOfService = async () => {
  const service = await cluster.client.get(services, `${cluster.namespace}/public`);
  return { type: service?.spec?.type, ports: service?.spec?.ports?.map(({ port }) => port) };
};

describe('a change', () => {
  test('of the configuration is pushed to every server and replaces none', async () => {
    const before = await podNames();
    const writes = operator.writes.length;
    cluster.applyFleet('public', upstreams('192.0.2.54'));
    await cluster.waitForFleet('public', 'Ready', 'True');
    expect(upstreamsInForce()).toEqual(['192.0.2.54', '192.0.2.54', '192.0.2.54']);
    expect([...cluster.kubelet.agents.values()].map(({ pushes }) => pushes)).toEqual([1, 1, 1]);
    expect(await podNames()).toEqual(before);
    // For each of two PoPs: the step, the pool, its ConfigMap and a few statuses; and the events of all that.
    const own = operator.writes.slice(writes).filter(({ resource }) => resource !== 'events');
    expect(own.length).toBeLessThanOrEqual(24);
  }, 90_000);

  test('goes to the first PoP, and to the second once the first has held', async () => {
    const seen: string[] = [];
    cluster.applyFleet('public', { ...upstreams('192.0.2.55'), rollout: { pauseSeconds: 3 } });
    await waitFor(
      'both pools to change',
      async () => {
        const texts = await Promise.all(
          ['public-eu-1', 'public-us-1'].map(
            async (name) => (await cluster.pool(name))?.spec.upstreams.servers?.[0]?.address,
          ),
        );
        const state = texts.map((address) => (address === '192.0.2.55' ? 'new' : 'old')).join(' ');
        if (seen.at(-1) !== state) seen.push(state);
        return state;
      },
      (state) => state === 'new new',
    );
    expect(seen.filter((state) => state !== 'old old')).toEqual(['new old', 'new new']);
    const fleet = await cluster.waitForFleet('public', 'Ready', 'True');
    expect(fleet.status?.rollout).toBeUndefined();
  }, 90_000);

  test('of the pod template replaces the servers, and only then goes on', async () => {
    const before = await podNames();
    cluster.applyFleet('public', { ...upstreams('192.0.2.55'), engine: { threads: 2 } });
    await cluster.waitForFleet('public', 'Ready', 'True');
    // Ready means that every server is a new one; the last of the old ones may still drain.
    await waitFor('the old servers to be gone', podNames, (names) => !names.some((name) => before.includes(name)));
    expect(await podNames()).toHaveLength(3);
  }, 90_000);

  test('that the engine refuses is held at the first PoP and disturbs nobody', async () => {
    const texts = textsInForce();
    expect(texts).toHaveLength(1);
    const before = await podNames();
    const front = await frontOfService();
    const bad = { threads: 2, extraConfig: `private-address: ${refusedNetwork}` };
    cluster.applyFleet('public', {
      ...upstreams('192.0.2.55'),
      engine: bad,
      listeners: { dns: { port: 5353 } },
      service: { type: 'NodePort' },
    });
    const fleet = await cluster.waitForFleet('public', 'Accepted', 'False');
    expect(findCondition(fleet.status?.conditions, 'Accepted')).toMatchObject({
      reason: 'ConfigurationRefused',
      message: expect.stringContaining(`error: the engine does not like ${refusedNetwork}`),
    });
    const blocked = await waitFor(
      'the rollout to be blocked',
      () => cluster.fleet('public'),
      (seen) => findCondition(seen?.status?.conditions, 'RollingOut')?.reason === 'RolloutBlocked',
    );
    expect(findCondition(blocked.status?.conditions, 'Stalled')?.status).toBe('True');
    expect((await cluster.pool('public-us-1'))?.spec.engine.extraConfig).toBe('');
    expect(textsInForce()).toEqual(texts);
    expect(await podNames()).toEqual(before);
    expect(await frontOfService()).toEqual(front);

    // A pod that dies meanwhile comes back with what was accepted last.
    cluster.kubectl('delete', 'pod', before[0] ?? '', '--wait=false');
    await waitFor('a new pod', podNames, (names) => names.length === 3 && !names.includes(before[0] ?? ''));
    await waitFor(
      'its agent',
      () => [...cluster.kubelet.agents.values()].map(({ text }) => text),
      (now) => now.length === 3 && now.every((text) => texts.includes(text)),
    );
  }, 120_000);

  test('while one is refused does not keep the pool from being scaled', async () => {
    cluster.kubectl('scale', 'dnspool', 'public-eu-1', '--replicas=3');
    await waitFor(
      'three servers',
      () => cluster.client.get(deployments, `${cluster.namespace}/public-eu-1`),
      (deployment) => deployment?.spec?.replicas === 3,
    );
    cluster.kubectl('scale', 'dnspool', 'public-eu-1', '--replicas=2');
    await waitFor(
      'two servers',
      () => cluster.client.get(deployments, `${cluster.namespace}/public-eu-1`),
      (deployment) => deployment?.spec?.replicas === 2,
    );
  }, 90_000);

  test('that mends the refused one goes out', async () => {
    cluster.applyFleet('public', { ...upstreams('192.0.2.56'), engine: { threads: 2 } });
    await cluster.waitForFleet('public', 'Ready', 'True');
    await waitFor(
      'all agents',
      upstreamsInForce,
      (all) => all.length === 3 && all.every((address) => address === '192.0.2.56'),
    );
  }, 120_000);

  test('of the default image goes out PoP by PoP when the operator is upgraded', async () => {
    await operator.stop();
    operator = cluster.startOperator({ image: `${resolverImage}-2` });
    await waitFor(
      'the new image everywhere',
      async () => Promise.all(['public-eu-1', 'public-us-1'].map((name) => cluster.pool(name))),
      (all) => all.every((pool) => pool?.spec.image === `${resolverImage}-2`),
    );
    await cluster.waitForFleet('public', 'Ready', 'True');
  }, 120_000);

  test('of what the operator makes of an unchanged pool goes out PoP by PoP when the operator is upgraded', async () => {
    await operator.stop();
    const names = ['public-eu-1', 'public-us-1'];
    const former = {
      spec: { templateVersion: templateVersion + 1 },
      metadata: { annotations: { [specHashAnnotation]: 'x' } },
    };
    for (const name of names) {
      cluster.kubectl('patch', 'dnspool', name, '--type=merge', '--patch', JSON.stringify(former));
      cluster.kubectl(
        'patch',
        'deploy',
        name,
        '--patch',
        '{"spec":{"template":{"spec":{"dnsPolicy":"ClusterFirst"}}}}',
      );
    }
    operator = cluster.startOperator({ image: `${resolverImage}-2` });
    const seen: string[] = [];
    const look = async (name: string) => {
      const deployment = await cluster.client.get(deployments, `${cluster.namespace}/${name}`);
      const isFormer = deployment?.spec?.template.spec?.dnsPolicy === 'ClusterFirst';
      const pool = await cluster.pool(name);
      return `${isFormer ? 'former' : 'present'} ${pool?.spec.templateVersion === templateVersion ? 'due' : 'waiting'}`;
    };
    await waitFor(
      'the present template everywhere',
      async () => {
        const state = (await Promise.all(names.map(look))).join(', ');
        if (seen.at(-1) !== state) seen.push(state);
        return state;
      },
      (state) => state === 'present due, present due',
    );
    expect(seen.filter((state) => state.includes('present waiting'))).toEqual([]);
    expect(seen).toContain('present due, former waiting');
    await cluster.waitForFleet('public', 'Ready', 'True');
  }, 120_000);

  test('to an image that never becomes ready is stopped at the first PoP, with its servers still there', async () => {
    const bad = `${resolverImage}-broken`;
    cluster.kubelet.brokenImages.add(bad);
    await operator.stop();
    operator = cluster.startOperator({ image: bad });
    await waitFor(
      'the first PoP to change',
      () => cluster.pool('public-eu-1'),
      (pool) => pool?.spec.image === bad,
    );
    await waitFor(
      'the rollout to be watched',
      () => cluster.fleet('public'),
      (seen) =>
        findCondition(seen?.status?.conditions, 'RollingOut')?.message.includes('PoP eu-1 is not ready') === true,
    );
    expect((await cluster.pool('public-us-1'))?.spec.image).toBe(`${resolverImage}-2`);
    const pool = await cluster.pool('public-eu-1');
    expect(pool?.status?.servers).toMatchObject({ desired: 2, ready: 2 });
    await operator.stop();
    operator = cluster.startOperator({ image: `${resolverImage}-2` });
    await cluster.waitForFleet('public', 'Ready', 'True');
  }, 120_000);
});

describe('a PoP', () => {
  test('that leaves the spec gives up its servers one at a time, and then its pool', async () => {
    const watched = await watchReplicas('public-eu-1');
    cluster.applyFleet('public', {
      ...upstreams('192.0.2.56'),
      engine: { threads: 2 },
      regions: [{ name: 'us', pops: [{ name: 'us-1', minServers: 1, maxServers: 4 }] }],
    });
    await waitFor(
      'the pool to be gone',
      async () => ({ pool: await cluster.pool('public-eu-1') }),
      ({ pool }) => pool === undefined,
    );
    const counts = await watched.end();
    expect(counts.filter((count) => count < 2)).toEqual([1, 0]);
    // The fleet reports it a moment after the pool is gone.
    await waitFor(
      'the fleet to have one PoP',
      () => cluster.fleet('public'),
      (fleet) => fleet?.status?.pops?.map(({ name }) => name).join() === 'us-1',
    );
    await cluster.waitForFleet('public', 'Ready', 'True');
  }, 120_000);
});
