/** What a pool does between changes, on a real API server: drift is put right, scaling is heard, names are respected. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestCluster, waitFor, waitForRest, writesToObjects } from '../../../test/cluster.js';
import type { PoolView } from '../../../test/pool-view.js';
import { RunningFleet } from '../../../test/running-fleet.js';
import { secrets } from '../../kube/resource.js';
import { findCondition } from '../../planning/conditions.js';

let fleet: RunningFleet;
let cluster: TestCluster;
let view: PoolView;
const pool = 'public-eu-1';

beforeAll(async () => {
  fleet = await RunningFleet.start('upkeep');
  ({ cluster, pool: view } = fleet);
}, 120_000);
afterAll(() => fleet.stop(), 60_000);

describe('drift is put right', () => {
  test.each([
    ['deploy', '{"spec":{"template":{"spec":{"dnsPolicy":"ClusterFirst"}}}}'],
    ['svc', '{"spec":{"selector":{"dnsfleet.dev/pool":"other"}}}'],
    ['cm', '{"data":{"config.json":"{}"}}'],
    ['pdb', '{"spec":{"maxUnavailable":3}}'],
    ['sa', '{"automountServiceAccountToken":true}'],
  ])(
    'in a %s that somebody edited',
    async (kind, patch) => {
      const read = () =>
        cluster.kubectl(
          'get',
          kind,
          pool,
          '--output',
          'jsonpath={.spec.template.spec.dnsPolicy}{.spec.selector}{.data}{.spec.maxUnavailable}{.automountServiceAccountToken}',
        );
      const before = read();
      cluster.kubectl('patch', kind, pool, '--type=merge', '--patch', patch);
      await waitFor('the former state', read, (now) => now === before);
      await cluster.waitForFleet('public', 'Ready', 'True');
    },
    90_000,
  );

  test.each(['deploy', 'svc', 'cm', 'pdb', 'sa'])(
    'where the %s was deleted',
    async (kind) => {
      const uid = () =>
        cluster.kubectl('get', kind, pool, '--ignore-not-found', '--output', 'jsonpath={.metadata.uid}');
      const before = uid();
      cluster.kubectl('delete', kind, pool, '--wait=false');
      await waitFor('another one', uid, (now) => now !== '' && now !== before);
      await cluster.waitForFleet('public', 'Ready', 'True');
    },
    90_000,
  );

  test('where somebody took our label off', async () => {
    cluster.kubectl('label', 'service', pool, 'app.kubernetes.io/managed-by-');
    const label = () =>
      cluster.kubectl(
        'get',
        'service',
        pool,
        '--output',
        'jsonpath={.metadata.labels.app\\.kubernetes\\.io/managed-by}',
      );
    await waitFor('the label', label, (value) => value === 'dnsfleet');
  }, 90_000);

  test('in the Service of the fleet', async () => {
    cluster.kubectl(
      'patch',
      'svc',
      'public',
      '--type=merge',
      '--patch',
      '{"spec":{"selector":{"dnsfleet.dev/fleet":"other"}}}',
    );
    const selector = () =>
      cluster.kubectl('get', 'svc', 'public', '--output', 'jsonpath={.spec.selector.dnsfleet\\.dev/fleet}');
    await waitFor('the selector', selector, (value) => value === 'public');
  }, 90_000);

  test('but what others own is theirs', async () => {
    await waitForRest(cluster, fleet.operator);
    cluster.kubectl('label', 'deploy', pool, 'example.com/note=mine');
    cluster.kubectl('label', 'svc', 'public', 'example.com/team=net');
    const writes = writesToObjects(fleet.operator).length;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(cluster.kubectl('get', 'deploy', pool, '--output', 'jsonpath={.metadata.labels.example\\.com/note}')).toBe(
      'mine',
    );
    expect(writesToObjects(fleet.operator).slice(writes)).toEqual([]);
  }, 90_000);
});

describe('scaling', () => {
  const waitForReplicas = (count: number) =>
    waitFor(
      `${count} replicas`,
      () => view.replicas(),
      (now) => now === count,
    );

  test('follows /scale within the limits', async () => {
    view.wish(3);
    const seen = await view.waitForServers(3);
    expect(await view.replicas()).toBe(3);
    expect(seen.status).toMatchObject({
      replicas: 3,
      selector: `app.kubernetes.io/name=dns-resolver,dnsfleet.dev/pool=${pool}`,
    });
  }, 90_000);

  test.each([
    [1, 2, 'TooFewReplicas'],
    [9, 4, 'TooManyReplicas'],
    [2, 2, 'WithinLimits'],
  ])(
    'to %i servers ends with %i: %s',
    async (...row) => {
      const [wish, result, reason] = row;
      view.wish(wish);
      await view.waitForReason('ScalingLimited', reason);
      await waitForReplicas(result);
      expect((await view.get())?.spec.replicas).toBe(wish);
    },
    90_000,
  );

  test('by a person outlives a change of the fleet', async () => {
    view.wish(4);
    await view.waitForServers(4);
    await fleet.change({ cache: { size: '64Mi' } });
    expect((await view.get())?.spec.replicas).toBe(4);
    expect(await view.replicas()).toBe(4);
  }, 90_000);

  test('on the Deployment itself is drift', async () => {
    cluster.kubectl('scale', 'deploy', pool, '--replicas=1');
    await waitForReplicas(4);
  }, 90_000);
});

describe('names', () => {
  test('that somebody else has are not taken', async () => {
    cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'second-eu-1' }, data: { mine: 'yes' } });
    cluster.applyFleet('second');
    const fleet = await cluster.waitForFleet('second', 'Accepted', 'False');
    expect(findCondition(fleet.status?.conditions, 'Accepted')).toMatchObject({
      reason: 'NameConflict',
      message: expect.stringContaining('ConfigMap'),
    });
    expect(cluster.kubectl('get', 'cm', 'second-eu-1', '--output', 'jsonpath={.data}')).toBe('{"mine":"yes"}');
    cluster.kubectl('delete', 'cm', 'second-eu-1');
    await cluster.waitForFleet('second', 'Ready', 'True');
  }, 120_000);

  test('of a Secret neither', async () => {
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'third-us-1' },
      stringData: { token: 'stolen' },
    });
    cluster.applyFleet('third');
    const fleet = await cluster.waitForFleet('third', 'Accepted', 'False');
    expect(findCondition(fleet.status?.conditions, 'Accepted')?.message).toContain('Secret');
    cluster.kubectl('delete', 'dnsfleet', 'third');
  }, 90_000);
});

describe('a Secret', () => {
  test('that was deleted is made anew when a pod needs it', async () => {
    const key = `${cluster.namespace}/${pool}`;
    const before = (await cluster.client.get(secrets, key))?.metadata.uid;
    cluster.kubectl('delete', 'secret', pool);
    cluster.kubectl('delete', 'pod', '--selector', `dnsfleet.dev/pool=${pool}`, '--wait=false');
    await waitFor(
      'another Secret',
      () => cluster.client.get(secrets, key),
      (now) => now !== undefined && now.metadata.uid !== before,
    );
    await view.waitForServers(4);
  }, 120_000);
});
