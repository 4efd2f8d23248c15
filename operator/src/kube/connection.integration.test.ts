/** Credentials and certificates that change under a running process, against a real API server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { connectTo, makeNamespace, testKubeconfig, type TestClient } from '../../test/api-server.js';
import { eventually } from '../../test/eventually.js';
import { FakeClock } from '../../test/fake-clock.js';
import { systemClock } from '../runtime/clock.js';
import { loadConnection, type KubeConnection } from './connection.js';
import { HttpKubeClient } from './http-client.js';
import { configMaps } from './resource.js';

const kubeconfigSchema = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) })),
  users: z.array(z.object({ user: z.object({ token: z.string() }) })),
});

let direct: TestClient;
let namespace: string;
let directory: string;
let clock: FakeClock;
let connection: KubeConnection | undefined;

beforeAll(async () => {
  direct = connectTo(testKubeconfig());
  namespace = await makeNamespace(direct.client);
});
afterAll(() => direct.connection.close());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dnsfleet-connection-'));
  clock = new FakeClock();
});
afterEach(async () => {
  jest.useRealTimers();
  await connection?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Server, CA (PEM) and token of the shared control plane. */
function readAccess() {
  const { clusters, users } = kubeconfigSchema.parse(parse(readFileSync(testKubeconfig(), 'utf8')));
  const cluster = clusters[0]?.cluster;
  if (!cluster) throw new Error('the kubeconfig has no cluster');
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8');
  return { server: cluster.server, ca, token: users[0]?.user.token ?? '' };
}

/** A client whose CA and token are in files, as those of a pod are. Its credentials grow old by `clock`. */
function connectByFiles({ ca, token }: { readonly ca: string; readonly token: string }) {
  const [caFile, tokenFile] = [join(directory, 'ca.crt'), join(directory, 'token')];
  writeFileSync(caFile, ca);
  writeFileSync(tokenFile, token);
  const kubeconfig = join(directory, 'kubeconfig');
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: readAccess().server, 'certificate-authority': caFile } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'here' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  connection = loadConnection({ clock, kubeconfig });
  const client = new HttpKubeClient({ connection, clock: systemClock, userAgent: 'dnsfleet-test/0' });
  return { client, connection, caFile, tokenFile, kubeconfig, ask: () => client.list(configMaps, { namespace }) };
}

test('a certificate authority that was replaced is trusted ten seconds later', async () => {
  const { ca, token } = readAccess();
  const { ask, caFile } = connectByFiles({ ca: rootCertificates[0] ?? '', token });
  await expect(ask()).rejects.toMatchObject({ code: 'Unavailable' });
  writeFileSync(caFile, ca);
  await clock.advance(9999);
  await expect(ask()).rejects.toMatchObject({ code: 'Unavailable' });
  await clock.advance(1);
  expect(await ask()).toBeInstanceOf(Array);
});

test('a token that was replaced is used within 70 seconds', async () => {
  const { ca, token } = readAccess();
  // Tokens of files are read again after a minute of the wall clock, as in client-go.
  jest.useFakeTimers({ now: Date.now(), doNotFake: [...notDate] });
  const { ask, tokenFile } = connectByFiles({ ca, token: 'expired' });
  await expect(ask()).rejects.toMatchObject({ code: 'Forbidden', status: 401 });
  writeFileSync(tokenFile, `${token}\n`);
  jest.setSystemTime(Date.now() + 61_000);
  await clock.advance(10_000);
  expect(await ask()).toBeInstanceOf(Array);
});

test('a watch that is open when certificates change goes on', async () => {
  const { ca, token } = readAccess();
  const { client, connection: connected, caFile, ask } = connectByFiles({ ca, token });
  const { resourceVersion } = await client.listPage(configMaps, { namespace });
  const end = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    const options = { namespace, resourceVersion, timeoutSeconds: 60, signal: end.signal };
    for await (const line of client.watch(configMaps, options)) seen.push(line.type);
  })();
  const ended = expect(watching).rejects.toMatchObject({ code: 'Aborted' });
  const before = await connected.setup('watch');
  writeFileSync(caFile, `${ca}\n${rootCertificates[0] ?? ''}`);
  await clock.advance(10_000);
  await ask();
  expect((await connected.setup('watch')).dispatcher).not.toBe(before.dispatcher);
  const object = { metadata: { name: 'seen-by-the-watch', namespace } };
  await direct.client.create(configMaps, object, { manager: 'test' });
  await eventually(() => expect(seen).toContain('ADDED'));
  end.abort();
  await ended;
});

test('nothing is opened anew where nothing changed', async () => {
  const { connection: connected } = connectByFiles(readAccess());
  const before = await connected.setup('call');
  await clock.advance(3_600_000);
  expect((await connected.setup('call')).dispatcher).toBe(before.dispatcher);
  expect((await connected.setup('watch')).dispatcher).not.toBe(before.dispatcher);
  expect(connected.namespace).toBe('here');
});

test('a kubeconfig without the context that is asked for is refused', () => {
  const { kubeconfig } = connectByFiles(readAccess());
  expect(() => loadConnection({ clock, kubeconfig, context: 'other' })).toThrow("has no cluster for context 'other'");
});

const notDate = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;
