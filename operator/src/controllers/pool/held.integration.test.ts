/** A pool whose edit is refused, on a real API server: drift is still put right, and the accepted text is never lost. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestCluster, waitFor } from '../../../test/cluster.js';
import { refusedNetwork } from '../../../test/fake-agent.js';
import { RunningFleet } from '../../../test/running-fleet.js';
import { configMaps, deployments } from '../../kube/resource.js';
import { findCondition } from '../../planning/conditions.js';

let fleet: RunningFleet;
let cluster: TestCluster;
const pool = 'public-eu-1';
let text: string;
const published = async () =>
  (await cluster.client.get(configMaps, `${cluster.namespace}/${pool}`))?.data?.['config.json'];
const serversOf = () => new Map([...cluster.kubelet.agents].filter(([name]) => name.startsWith(pool)));
const accepted = async (name: string) => findCondition((await cluster.pool(name))?.status?.conditions, 'Accepted');

beforeAll(async () => {
  fleet = await RunningFleet.start('held');
  ({ cluster } = fleet);
  text = (await published()) ?? '';
  cluster.applyFleet('public', {
    engine: { extraConfig: `private-address: ${refusedNetwork}`, threads: 2 },
    listeners: { dns: { port: 5353 } },
  });
  await waitFor(
    'the refusal',
    () => accepted(pool),
    (condition) => condition?.reason === 'ConfigurationRefused',
  );
}, 120_000);
afterAll(() => fleet.stop(), 60_000);

describe('while an edit is refused', () => {
  test.each([
    ['svc', '{"spec":{"selector":{"dnsfleet.dev/pool":"other"}}}'],
    ['pdb', '{"spec":{"maxUnavailable":3}}'],
    ['deploy', '{"spec":{"template":{"spec":{"dnsPolicy":"ClusterFirst"}}}}'],
    ['cm', '{"data":{"config.json":"{}"}}'],
  ])(
    'a %s that somebody edits is put right',
    async (kind, patch) => {
      const columns = '{.spec.template.spec}{.spec.selector}{.spec.ports}{.data}{.spec.maxUnavailable}';
      const read = () => cluster.kubectl('get', kind, pool, '--output', `jsonpath=${columns}`);
      const before = read();
      cluster.kubectl('patch', kind, pool, '--type=merge', '--patch', patch);
      await waitFor('the former state', read, (now) => now === before);
    },
    90_000,
  );

  test('what somebody publishes by hand is told to no server', async () => {
    const strange = text.replace('192.0.2.53', '192.0.2.99').replace(/"revision": [0-9]+/, '"revision": 50');
    const patch = JSON.stringify({ data: { 'config.json': strange } });
    cluster.kubectl('patch', 'cm', pool, '--type=merge', '--patch', patch);
    await waitFor('the accepted text', published, (now) => now === text);
    expect(new Set([...serversOf().values()].map((agent) => agent.text))).toEqual(new Set([text]));
  }, 90_000);

  test('a ConfigMap that is deleted comes back with the accepted text, on which new servers start', async () => {
    cluster.kubectl('delete', 'cm', pool);
    await waitFor('the accepted text', published, (now) => now === text);
    const former = new Set(serversOf().keys());
    cluster.kubectl('delete', 'pod', '--selector', `dnsfleet.dev/pool=${pool}`, '--wait=false');
    await waitFor(
      'new servers',
      serversOf,
      (now) => now.size === 2 && ![...now.keys()].some((name) => former.has(name)),
    );
    expect(new Set([...serversOf().values()].map((agent) => agent.text))).toEqual(new Set([text]));
    expect((await accepted(pool))?.reason).toBe('ConfigurationRefused');
  }, 90_000);
});

test('a foreign Secret is said, and stops neither scaling nor the repair of drift', async () => {
  await fleet.change();
  await fleet.operator.stop();
  cluster.kubectl('delete', 'secret', pool);
  cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: pool }, stringData: { token: 'other' } });
  cluster.applyFleet('public', { cache: { size: '64Mi' } });
  await fleet.restartOperator();
  const conflict = await waitFor(
    'the conflict',
    () => accepted(pool),
    (condition) => condition?.reason === 'NameConflict',
  );
  expect(conflict.message).toContain('Secret');
  cluster.kubectl('scale', 'dnspool', pool, '--replicas=3');
  await waitFor(
    'three replicas',
    () => cluster.client.get(deployments, `${cluster.namespace}/${pool}`),
    (now) => now?.spec?.replicas === 3,
  );
  cluster.kubectl('delete', 'pdb', pool);
  const name = () => cluster.kubectl('get', 'pdb', pool, '--ignore-not-found', '--output', 'name');
  await waitFor('the PodDisruptionBudget', name, (now) => now !== '');
  cluster.kubectl('delete', 'secret', pool);
  await cluster.waitForFleet('public', 'Accepted', 'True');
}, 150_000);
