/** The reflector against a real API server, through the fault proxy. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  connectThroughProxy,
  connectTo,
  makeNamespace,
  testKubeconfig,
  type ProxiedApi,
  type TestClient,
} from '../../test/api-server.js';
import { eventually } from '../../test/eventually.js';
import { randomFaults, scriptedFaults, type Fault, type FaultRule } from '../../test/fault-proxy/faults.js';
import { seededRandom } from '../../test/random.js';
import { SequenceChecker } from '../../test/sequence-checker.js';
import { systemClock, systemRandom } from '../runtime/clock.js';
import { silentLogger } from '../runtime/logger.js';
import { noMetrics, type KubeMetrics } from '../runtime/metrics.js';
import { keyOf, objectKey } from './object.js';
import { Reflector, waitForSync, type ReflectorOptions } from './reflector.js';
import { configMaps, type ConfigMap } from './resource.js';

let direct: TestClient;
let namespace: string;
let proxied: ProxiedApi | undefined;
let stop: AbortController | undefined;
const manager = 'test';

beforeAll(() => {
  direct = connectTo(testKubeconfig());
});
afterEach(async () => {
  stop?.abort();
  await proxied?.close();
});
afterAll(() => direct.connection.close());

/** Starts a reflector on a fresh namespace, behind a proxy of its own. */
async function reflect(options: Partial<ReflectorOptions<ConfigMap>> = {}) {
  namespace = await makeNamespace(direct.client);
  const api = await connectThroughProxy();
  proxied = api;
  const reflector = new Reflector<ConfigMap>({
    client: api.client,
    resource: configMaps,
    selection: { namespace, labelSelector: 'kept=yes' },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    backoff: { baseMs: 20, capMs: 200 },
    ...options,
  });
  const checker = new SequenceChecker(reflector.store);
  const controller = new AbortController();
  stop = controller;
  const running = reflector.run(controller.signal);
  return { ...api, reflector, store: reflector.store, checker, running, stop: controller };
}

function put(name: string, value: string): Promise<ConfigMap> {
  const intent = { metadata: { name, namespace, labels: { kept: 'yes' } }, data: { value } };
  return direct.client.apply(configMaps, intent, { manager });
}
const remove = (name: string) => direct.client.delete(configMaps, objectKey(namespace, name));

const versionsOf = (objects: readonly ConfigMap[]) =>
  new Map(objects.map((object) => [keyOf(object), object.metadata.resourceVersion]));

/** The store holds what the API server has, and listeners were told as much. */
async function expectEqual({ store, checker }: Awaited<ReturnType<typeof reflect>>, timeoutMs = 10_000): Promise<void> {
  await eventually(async () => {
    const live = versionsOf(await direct.client.list(configMaps, { namespace, labelSelector: 'kept=yes' }));
    expect(versionsOf(store.list())).toEqual(live);
    expect(checker.versions()).toEqual(live);
  }, timeoutMs);
  expect(checker.violations).toEqual([]);
}

test('holds what the selection selects, and follows it', async () => {
  const run = await reflect();
  expect(await waitForSync([run.store], { clock: systemClock, signal: run.stop.signal, timeoutMs: 10_000 })).toBe(true);
  await put('a', '1');
  await direct.client.create(configMaps, { metadata: { name: 'other', namespace } }, { manager });
  await expectEqual(run);
  const key = objectKey(namespace, 'a');
  await direct.client.patch(configMaps, { key, patch: { metadata: { labels: { kept: 'no' } } } }, { manager });
  await eventually(() => expect(run.store.size).toBe(0));
  run.stop.abort();
  await run.running;
}, 20_000);

const onWatch = (fault: Fault): FaultRule => ({ watch: true, nth: 1, fault });

test.each<[string, readonly FaultRule[]]>([
  ['a first list that fails', [{ watch: false, times: 3, fault: { type: 'status', status: 500 } }]],
  ['a first list that is throttled', [{ watch: false, fault: { type: 'status', status: 429, retryAfterSeconds: 1 } }]],
  ['a first list of which half arrives', [{ watch: false, fault: { type: 'half' } }]],
  ['a watch that is refused as expired', [onWatch({ type: 'status', status: 410 })]],
  ['a watch that is refused as conflicting', [onWatch({ type: 'status', status: 409 })]],
  ['a watch that expires on the way', [onWatch({ type: 'watch-error', code: 410, afterLines: 2 })]],
  ['a watch with an error in it', [onWatch({ type: 'watch-error', code: 500, afterLines: 2 })]],
  ['a reset on the way', [onWatch({ type: 'reset', afterLines: 2 })]],
  ['half of a line', [onWatch({ type: 'half', afterLines: 2 })]],
  ['a line that is no JSON', [onWatch({ type: 'garbage', afterLines: 2 })]],
  ['events that come twice', [onWatch({ type: 'repeat-events', later: 0 })]],
  ['events that come again later', [onWatch({ type: 'repeat-events', later: 3 })]],
  ['a watch that comes in small pieces', [onWatch({ type: 'trickle', bytes: 10, ms: 1 })]],
  ['a slow answer', [{ times: 4, fault: { type: 'delay', ms: 200 } }]],
])(
  'outlives %s',
  async (_, rules) => {
    const run = await reflect();
    run.proxy.choose = scriptedFaults(rules);
    run.proxy.breakConnections();
    for (const value of ['1', '2', '3']) {
      for (const name of ['a', 'b', 'c']) await put(name, value);
      await remove('b');
    }
    await expectEqual(run);
    expect(run.proxy.faults).toBeGreaterThan(0);
  },
  20_000,
);

test('finds lost events with its next list', async () => {
  const run = await reflect({ resyncMs: 500 });
  await waitForSync([run.store], { clock: systemClock, signal: run.stop.signal, timeoutMs: 10_000 });
  run.proxy.choose = () => ({ type: 'lose-events', afterLines: 0, count: 1000 });
  run.proxy.breakConnections();
  await put('a', '1');
  await put('b', '1');
  await remove('a');
  await expectEqual(run);
}, 20_000);

test('opens a silent watch again', async () => {
  const restarts: string[] = [];
  const metrics: KubeMetrics = { ...noMetrics, watchRestarted: (_, reason) => restarts.push(reason) };
  const run = await reflect({ inactivityMs: 300, metrics });
  await waitForSync([run.store], { clock: systemClock, signal: run.stop.signal, timeoutMs: 10_000 });
  await eventually(() => expect(restarts).toContain('inactive'));
  await put('a', '1');
  await expectEqual(run);
}, 20_000);

test.each(['refuse', 'blackhole'] as const)(
  'outlives an API server that is away (%s)',
  async (how) => {
    const run = await reflect({ inactivityMs: 1000 });
    await put('a', '1');
    await expectEqual(run);
    await run.proxy.goAway(how);
    await put('b', '1');
    await remove('a');
    await sleep(1500);
    expect(run.store.size).toBe(1);
    await run.proxy.comeBack();
    await put('c', '1');
    await expectEqual(run);
  },
  20_000,
);

test('equals a fresh list after 500 writes under random faults, and told nothing impossible', async () => {
  const seed = randomBytes(4).readUInt32LE();
  const random = seededRandom(seed);
  const run = await reflect({ resyncMs: 5000, inactivityMs: 2000, backoff: { baseMs: 10, capMs: 100 } });
  run.proxy.choose = randomFaults(random, 0.6);
  for (let writes = 0; writes < 500; writes++) {
    const name = `cm-${Math.floor(random() * 12)}`;
    if (random() < 0.3) await remove(name);
    else await put(name, String(writes));
    if (random() < 0.02) run.proxy.breakConnections();
    if (random() < 0.01) {
      await run.proxy.goAway('refuse');
      await sleep(300);
      await run.proxy.comeBack();
    }
    await sleep(5 + Math.floor(random() * 20));
  }
  run.proxy.choose = () => undefined;
  const { requests, faults } = run.proxy;
  console.log(`seed ${seed}: ${run.checker.count} events, ${requests} requests, ${faults} faults`);
  expect(faults).toBeGreaterThan(0);
  await expectEqual(run, 15_000);
}, 60_000);
