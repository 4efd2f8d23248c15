/**
 * Whether an apply is needed, judged against what a real API server makes of our own manifests: its defaults, its
 * spelling of quantities, its managedFields. An object that was just applied must never need another apply.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectTo, makeNamespace, testKubeconfig, type TestClient } from '../../test/api-server.js';
import { installCrds } from '../../test/kubectl.js';
import { fleetPools, testFleet, testImage } from '../../test/objects.js';
import { buildConfigMap } from '../builders/config-map.js';
import { buildDeployment } from '../builders/deployment.js';
import { buildPodDisruptionBudget } from '../builders/pod-disruption-budget.js';
import { buildPool, listPops } from '../builders/pool.js';
import { buildTokenSecret } from '../builders/secret.js';
import { buildServiceAccount } from '../builders/service-account.js';
import { buildFleetService, buildPoolService, wantedFront } from '../builders/service.js';
import { dnsPools } from '../controllers/resources.js';
import { applyIfChanged, isAsIntended } from './apply.js';
import { NotOurs } from './errors.js';
import { keyOf, objectKey, type Intent, type KubeObject } from './object.js';
import {
  configMaps,
  deployments,
  podDisruptionBudgets,
  secrets,
  serviceAccounts,
  services,
  type Resource,
} from './resource.js';
import { applyStatusIfChanged, setCondition } from './status.js';

const manager = 'test-manager';
let api: TestClient;
let namespace: string;

/** Owners that exist: the garbage collector deletes what refers to one that does not. */
let owner: Owner;
let other: Owner;

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
}

beforeAll(async () => {
  await installCrds(testKubeconfig());
  api = connectTo(testKubeconfig());
  namespace = await makeNamespace(api.client);
  [owner, other] = [await makeOwner('owner'), await makeOwner('other')];
}, 60_000);
afterAll(() => api.connection.close());

async function makeOwner(name: string): Promise<Owner> {
  const { metadata } = await api.client.create(configMaps, { metadata: { name, namespace } }, { manager: 'somebody' });
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: metadata.uid, controller: true };
}

/** A fleet that uses what needs care: quantities, defaults, atomic lists and maps, list maps with defaulted keys. */
const full = {
  engine: { threads: 4, extraConfig: 'prefetch: yes' },
  upstreams: {
    mode: 'Forward',
    servers: [{ address: '192.0.2.53' }, { address: '192.0.2.54', port: 5353 }],
    zones: [{ name: 'corp.example', mode: 'Forward', servers: [{ address: '10.1.0.53' }] }],
  },
  access: { allow: ['10.0.0.0/8', '2001:db8::/32'] },
  server: { resources: { requests: { cpu: '2000m', memory: '2048Mi' }, limits: { memory: '3Gi' } } },
  regions: [
    {
      name: 'eu',
      pops: [
        {
          name: 'eu-1',
          minServers: 2,
          maxServers: 8,
          placement: {
            nodeSelector: { zone: 'a', disk: 'ssd' },
            tolerations: [{ key: 'dns', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
          },
        },
      ],
    },
  ],
};

/** The intent in the namespace of this file, with an owner that is there. */
function place<T extends Intent>(intent: T): T {
  return { ...intent, metadata: { ...intent.metadata, namespace, ownerReferences: [owner] } };
}

const apply = <T extends KubeObject>(resource: Resource<T>, intent: Intent, live?: T) =>
  applyIfChanged({ client: api.client, resource, live, intent, manager });

describe.each([
  ['small', testFleet()],
  ['full', testFleet(full)],
])('what is made of a %s fleet', (size, fleet) => {
  const [pool] = fleetPools(fleet);
  const [placed] = listPops(fleet.spec.regions);
  if (!pool || !placed) throw new Error('the fleet has no pool');
  const rename = (intent: Intent): Intent =>
    place({ ...intent, metadata: { ...intent.metadata, name: `fix-${size}` } });
  test.each<[string, Resource<KubeObject>, Intent]>([
    ['Deployment', deployments, buildDeployment(pool, 3)],
    ['Service of a pool', services, buildPoolService(pool)],
    ['Service of a fleet', services, buildFleetService(fleet, wantedFront(fleet))],
    ['ConfigMap', configMaps, buildConfigMap(pool, { text: '{}', isAccepted: false })],
    ['ServiceAccount', serviceAccounts, buildServiceAccount(pool)],
    ['PodDisruptionBudget', podDisruptionBudgets, buildPodDisruptionBudget(pool)],
    ['Secret', secrets, buildTokenSecret(pool, 'token')],
    ['DnsPool', dnsPools, buildPool(fleet, placed, testImage)],
  ])('is applied once: %s', async (kind, resource, built) => {
    const named = rename(built);
    const suffix = kind.toLowerCase().replaceAll(' ', '-');
    const intent = { ...named, metadata: { ...named.metadata, name: `${named.metadata?.name}-${suffix}` } };
    const first = await apply(resource, intent);
    expect(first.outcome).toBe('created');
    expect(isAsIntended(first.object, intent, manager)).toBe(true);
    expect(await apply(resource, intent, await api.client.get(resource, keyOf(intent)))).toMatchObject({
      outcome: 'unchanged',
    });
  });
});

describe('an apply is needed', () => {
  const [pool] = fleetPools(testFleet(full));
  if (!pool) throw new Error('the fleet has no pool');
  let at = 0;

  /** A Deployment that was just applied, and what a changed intent would be. */
  async function applied() {
    const built = buildDeployment(pool ?? failing(), 3);
    const intent = place({ ...built, metadata: { ...built.metadata, name: `need-${at++}` } });
    const { object } = await apply(deployments, intent);
    return { intent, object, text: JSON.stringify(intent) };
  }

  test.each<[string, (text: string) => string]>([
    ['a value changes', (text) => text.replace('"replicas":3', '"replicas":4')],
    ['a quantity changes', (text) => text.replace('2048Mi', '2049Mi')],
    ['a label goes', (text) => text.replace('"app.kubernetes.io/component":"resolver",', '')],
    ['a key of an atomic map goes', (text) => text.replace(',"disk":"ssd"', '')],
    ['a field of an item of an atomic list goes', (text) => text.replace(/,"tolerationSeconds":5/, '')],
    ['an item of a list map goes', (text) => text.replace(/\{"name":"dns-udp"[^}]*\},/, '')],
    ['a field is added', (text) => text.replace('"replicas":3', '"replicas":3,"minReadySeconds":1')],
  ])('when %s, and then no more', async (_, change) => {
    const { object, text } = await applied();
    const changed = change(text);
    expect(changed).not.toBe(text);
    const intent = JSON.parse(changed) as Intent;
    expect(isAsIntended(object, intent, manager)).toBe(false);
    const after = await apply(deployments, intent, object);
    expect(after.outcome).toBe('updated');
    expect(isAsIntended(after.object, intent, manager)).toBe(true);
  });

  test('not when a quantity is only spelled differently', async () => {
    const { object, text } = await applied();
    const intent = JSON.parse(text.replace('2048Mi', '2Gi').replace('2000m', '2')) as Intent;
    expect(isAsIntended(object, intent, manager)).toBe(true);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['changed a field of ours', { spec: { replicas: 7 } }],
    ['added to an atomic map of ours', { spec: { template: { spec: { nodeSelector: { more: 'yes' } } } } }],
    ['took a label of ours away', { metadata: { labels: { 'app.kubernetes.io/component': null } } }],
  ])('when somebody else %s', async (_, patch) => {
    const { intent, object } = await applied();
    const drifted = await api.client.patch(deployments, { key: keyOf(object), patch }, { manager: 'somebody' });
    expect(isAsIntended(drifted, intent, manager)).toBe(false);
    const after = await apply(deployments, intent, drifted);
    expect(after.outcome).toBe('updated');
    expect(isAsIntended(after.object, intent, manager)).toBe(true);
  });

  test('not when somebody else adds a field of their own', async () => {
    const { intent, object } = await applied();
    const patch = { metadata: { annotations: { note: 'mine' } }, spec: { minReadySeconds: 3 } };
    const theirs = await api.client.patch(deployments, { key: keyOf(object), patch }, { manager: 'somebody' });
    expect(isAsIntended(theirs, intent, manager)).toBe(true);
  });
});

describe('an object of somebody else', () => {
  const intent = (name: string) => place({ metadata: { name }, data: { ours: 'yes' } });
  const run = (name: string) =>
    applyIfChanged({ client: api.client, resource: configMaps, live: undefined, intent: intent(name), manager, owner });

  test('is not touched, whether it has no owner or another', async () => {
    const free = { metadata: { name: 'free', namespace }, data: { theirs: 'yes' } };
    await api.client.create(configMaps, free, { manager: 'somebody' });
    await expect(run('free')).rejects.toThrow(NotOurs);
    await expect(run('free')).rejects.toThrow(`ConfigMap ${namespace}/free exists and has no owner: not touching it`);
    const owned = { metadata: { name: 'owned', namespace, ownerReferences: [other] } };
    await api.client.create(configMaps, owned, { manager: 'somebody' });
    await expect(run('owned')).rejects.toThrow('belongs to ConfigMap other');
    expect((await api.client.get(configMaps, objectKey(namespace, 'free')))?.data).toEqual({ theirs: 'yes' });
  });

  test('is told from one of ours that the store has not seen yet', async () => {
    expect((await run('unseen')).outcome).toBe('created');
    expect((await run('unseen')).outcome).toBe('unchanged');
  });

  test('that took the name of one of ours since is not touched', async () => {
    const { object } = await run('replaced');
    await api.client.delete(configMaps, objectKey(namespace, 'replaced'));
    const theirs = { metadata: { name: 'replaced', namespace }, data: { theirs: 'yes' } };
    await api.client.create(configMaps, theirs, { manager: 'somebody' });
    const changed = { ...intent('replaced'), data: { ours: 'changed' } };
    const options = { client: api.client, resource: configMaps, live: object, intent: changed, manager, owner };
    await expect(applyIfChanged(options)).rejects.toMatchObject({ code: 'Conflict' });
  });
});

test('a status is written once, and a field that left it goes', async () => {
  const fleet = testFleet();
  const [placed] = listPops(fleet.spec.regions);
  if (!placed) throw new Error('the fleet has no pool');
  const built = buildPool(fleet, placed, testImage);
  const { object } = await apply(dnsPools, place({ ...built, metadata: { ...built.metadata, name: 'status' } }));
  const observed = { type: 'Ready', status: 'True', reason: 'ServersReady', message: 'all is well' } as const;
  const conditions = setCondition(undefined, { ...observed, observedGeneration: 1 }, Date.UTC(2026, 10, 24));
  const write = (live: typeof object, status: Readonly<Record<string, unknown>>) =>
    applyStatusIfChanged({ client: api.client, resource: dnsPools, live, status, manager });
  const full = { observedGeneration: 1, replicas: 3, selector: 'a=b', conditions };
  const first = await write(object, full);
  expect(first.outcome).toBe('updated');
  expect((await write(first.object, full)).outcome).toBe('unchanged');
  const second = await write(first.object, { observedGeneration: 1, conditions: [] });
  expect(second.outcome).toBe('updated');
  expect(second.object.status).toEqual({ observedGeneration: 1 });
  expect((await write(second.object, { observedGeneration: 1, conditions: [] })).outcome).toBe('unchanged');
});

function failing(): never {
  throw new Error('unreachable');
}
