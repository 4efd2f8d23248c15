/** The client against a real API server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  connectThroughProxy,
  connectTo,
  makeNamespace,
  testKubeconfig,
  type TestClient,
} from '../../test/api-server.js';
import { installCrds } from '../../test/kubectl.js';
import { testPool } from '../../test/objects.js';
import { dnsPools } from '../controllers/resources.js';
import { objectKey } from './object.js';
import { configMaps, leases } from './resource.js';
import { formatMicroTime } from './times.js';
import type { WatchLine } from './client.js';

let api: TestClient;
let namespace: string;
const manager = 'test';

beforeAll(async () => {
  await installCrds(testKubeconfig());
  api = connectTo(testKubeconfig());
  namespace = await makeNamespace(api.client);
}, 60_000);
afterAll(() => api.connection.close());

const configMap = (name: string, data: Readonly<Record<string, string>>, labels = {}) => ({
  metadata: { name, namespace, labels },
  data,
});
const keyIn = (name: string) => objectKey(namespace, name);

/** A pool in a namespace that no operator looks after: what nobody else writes keeps its version. */
const pool = (name: string) => {
  const built = testPool();
  return { spec: { ...built.spec, replicas: 1 }, metadata: { name, namespace } };
};

describe('objects', () => {
  test('are created, read, changed and deleted', async () => {
    const { client } = api;
    const created = await client.create(configMaps, configMap('life', { a: '1' }), { manager });
    expect(created.data).toEqual({ a: '1' });
    expect(Object.isFrozen(created.data)).toBe(true);
    const change = { key: keyIn('life'), patch: { data: { b: '2' } } };
    expect((await client.patch(configMaps, change, { manager })).data).toEqual({ a: '1', b: '2' });
    expect((await client.get(configMaps, keyIn('life')))?.data).toEqual({ a: '1', b: '2' });
    expect(await client.delete(configMaps, keyIn('life'))).toBe(true);
    expect(await client.get(configMaps, keyIn('life'))).toBeUndefined();
    expect(await client.delete(configMaps, keyIn('life'))).toBe(false);
  });

  test('are refused with a code that says what to do', async () => {
    const { client } = api;
    const created = await client.create(configMaps, configMap('twice', {}), { manager });
    await expect(client.create(configMaps, configMap('twice', {}), { manager })).rejects.toMatchObject({
      code: 'AlreadyExists',
      message: expect.stringContaining(`creating configmaps ${namespace}/twice: `),
    });
    await expect(client.create(configMaps, configMap('Not_A_Name', {}), { manager })).rejects.toMatchObject({
      code: 'Invalid',
      status: 422,
    });
    const stale = { key: keyIn('twice'), patch: { metadata: { resourceVersion: '1' }, data: { a: '1' } } };
    await expect(client.patch(configMaps, stale, { manager })).rejects.toMatchObject({ code: 'Conflict' });
    await expect(client.patch(configMaps, { key: keyIn('none'), patch: {} }, { manager })).rejects.toMatchObject({
      code: 'NotFound',
    });
    await expect(client.delete(configMaps, keyIn('twice'), { uid: 'another' })).rejects.toMatchObject({
      code: 'Conflict',
    });
    const preconditions = { uid: created.metadata.uid, resourceVersion: created.metadata.resourceVersion };
    expect(await client.delete(configMaps, keyIn('twice'), preconditions)).toBe(true);
  });

  test('are applied, and a field that leaves the intent leaves the object', async () => {
    const { client } = api;
    await client.apply(configMaps, configMap('applied', { a: '1', b: '2' }), { manager });
    const after = await client.apply(configMaps, configMap('applied', { a: '1' }), { manager });
    expect(after.data).toEqual({ a: '1' });
    const wrongUid = { manager, uid: '00000000-0000-0000-0000-000000000000' };
    await expect(client.apply(configMaps, configMap('applied', {}), wrongUid)).rejects.toMatchObject({
      code: 'Conflict',
    });
    await expect(client.apply(configMaps, configMap('absent', {}), wrongUid)).rejects.toMatchObject({
      code: 'Conflict',
    });
  });

  test('are listed page by page', async () => {
    const { client } = api;
    const labels = { set: 'pages' };
    for (let at = 0; at < 7; at++) await client.create(configMaps, configMap(`page-${at}`, {}, labels), { manager });
    const selection = { namespace, labelSelector: 'set=pages' };
    const first = await client.listPage(configMaps, { ...selection, limit: 3 });
    expect(first.items).toHaveLength(3);
    expect(first.continueToken).toBeDefined();
    const { continueToken } = first;
    const second = await client.listPage(configMaps, { ...selection, limit: 3, continueToken });
    expect(second.items).toHaveLength(3);
    expect(await client.list(configMaps, selection)).toHaveLength(7);
    expect(await client.list(configMaps, { namespace, fieldSelector: 'metadata.name=page-3' })).toHaveLength(1);
  });

  test('are scaled through /scale, with a version as precondition', async () => {
    const { client } = api;
    const key = keyIn('scaled');
    await client.create(dnsPools, pool('scaled'), { manager });
    const counted = { metadata: { name: 'scaled', namespace }, status: { replicas: 3, selector: 'app=scaled' } };
    await client.applyStatus(dnsPools, counted, { manager });
    const scale = await client.getScale(dnsPools, key);
    expect(scale).toMatchObject({ replicas: 1, statusReplicas: 3, selector: 'app=scaled' });
    const { resourceVersion } = scale ?? {};
    const scaled = await client.setScale(dnsPools, { key, replicas: 2 }, { manager, resourceVersion });
    expect(scaled).toMatchObject({ replicas: 2, statusReplicas: 3 });
    await expect(client.setScale(dnsPools, { key, replicas: 4 }, { manager, resourceVersion })).rejects.toMatchObject({
      code: 'Conflict',
    });
    expect(await client.setScale(dnsPools, { key, replicas: 4 }, { manager })).toMatchObject({ replicas: 4 });
    expect(await client.getScale(dnsPools, keyIn('none'))).toBeUndefined();
    await expect(client.setScale(dnsPools, { key: keyIn('none'), replicas: 1 }, { manager })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });

  test('take times with six digits, and give them back as text', async () => {
    const { client } = api;
    const renewTime = formatMicroTime(Date.UTC(2026, 10, 24, 1, 2, 3, 45));
    const lease = { metadata: { name: 'times', namespace }, spec: { holderIdentity: 'me', renewTime } };
    const created = await client.create(leases, lease, { manager });
    expect(created.spec?.renewTime).toBe('2026-11-24T01:02:03.045000Z');
  });
});

test('a watch tells what happens, from a version on', async () => {
  const { client } = api;
  const selection = { namespace, labelSelector: 'set=watched' };
  const { resourceVersion } = await client.listPage(configMaps, selection);
  const end = new AbortController();
  const lines: WatchLine[] = [];
  const watching = (async () => {
    for await (const line of client.watch(configMaps, {
      ...selection,
      resourceVersion,
      timeoutSeconds: 30,
      signal: end.signal,
    })) {
      lines.push(line);
      if (line.type === 'DELETED') end.abort();
    }
  })();
  const ended = expect(watching).rejects.toMatchObject({ code: 'Aborted' });
  await client.create(configMaps, configMap('watched', { a: '1' }, { set: 'watched' }), { manager });
  await client.delete(configMaps, keyIn('watched'));
  await ended;
  expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
}, 20_000);

test('a call that nobody answers ends at its deadline or with its signal', async () => {
  const silent = await connectThroughProxy({ choose: () => ({ type: 'silence' }) });
  const { client } = silent;
  await expect(client.get(configMaps, keyIn('x'), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'Timeout' });
  const stop = new AbortController();
  const ended = expect(client.get(configMaps, keyIn('x'), { signal: stop.signal })).rejects.toMatchObject({
    code: 'Aborted',
  });
  stop.abort();
  await ended;
  await expect(client.get(configMaps, keyIn('x'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'Aborted',
  });
  await silent.close();
});

test('calls share connections', async () => {
  const { client, connection } = connectTo(testKubeconfig());
  const { dispatcher } = await connection.setup('call');
  let connections = 0;
  dispatcher.on('connect', () => (connections += 1));
  for (let at = 0; at < 20; at++) await client.get(configMaps, keyIn('x'));
  // One, or two when a request comes before the former has quite let go of its connection.
  expect(connections).toBeLessThanOrEqual(2);
  await Promise.all(Array.from({ length: 50 }, () => client.get(configMaps, keyIn('x'))));
  expect(connections).toBeLessThanOrEqual(10);
  await connection.close();
});
