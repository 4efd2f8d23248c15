/**
 * Each row of FIELD_APPLICATION that says `run time`, shown on a real engine by what a client sees before and after the
 * change, in the same process. With every change a query waits for an upstream and has to get its answer, and at the
 * end all cached answers have to be there that the table says are kept. The rows of `drain` are shown by the tests of
 * preStop, which reads them.
 */
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startUpstream, type Upstream } from '../../../../../e2e/traffic/upstream.js';
import { systemRandom } from '../../../../../operator/src/runtime/clock.js';
import { longLived, missesOf } from '../../../test/cache.js';
import { configFor, forwardTo } from '../../../test/configs.js';
import { ask, firstAnswer, portOf, rcodeOf, ttlOf, upstreamOn } from '../../../test/dns.js';
import { startRecursion } from '../../../test/in-flight.js';
import { clock, freePort, Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';
import type { ResolverConfig } from '../../contract/resolver-config.js';
import { type ConfigField, FIELD_APPLICATION } from './fields.js';

jest.setTimeout(60_000);

/** Longer than any change takes, and short of the patience of every client. */
const SLOW_MS = 2500;

/** In the zone that all upstreams of this file have, and in one that is given upstreams of its own. */
const KEPT = [...longLived('real', 40), ...longLived('corp.real', 10)];

let programs: Awaited<ReturnType<typeof testPrograms>>;
/** Two resolvers to forward to, and two roots: the first knows the zone `real`, the second the zone `other`. */
let a: Upstream;
let b: Upstream;
let roots: readonly Upstream[] = [];
let pod: Pod;
let revision = 1;
let waiting: Promise<string>[] = [];

/** Addresses of this run: all of 127.0.0.0/8 is loopback, and root servers are asked on port 53 whatever a test likes. */
const net = `127.${64 + Math.floor(systemRandom() * 128)}.${Math.floor(systemRandom() * 256)}`;
const rootHints = (host: number) => [{ name: 'ns.root-servers', addresses: [`${net}.${host}`] }];
const rootOf = (tag: string, host: number, origin: string) => {
  const zones = [
    { origin: '', address: `${net}.${host}` },
    { origin, address: `${net}.${host + 1}` },
  ];
  return startUpstream({ listen: [], zones, zonePort: 53, tag, slowPercent: 0, slowMs: SLOW_MS }, clock);
};

beforeAll(async () => {
  programs = await testPrograms();
  [a, b] = await Promise.all([upstreamOn('a', SLOW_MS), upstreamOn('b', SLOW_MS)]);
  roots = await Promise.all([rootOf('first root', 1, 'real'), rootOf('second root', 11, 'other')]);
  pod = await Pod.start({ programs, config: configFor(portOf(a)) });
  await pod.ready();
  await until('the agent has read the engine', async () => (await pod.client.load()).counters !== undefined);
});
afterAll(async () => {
  await pod.stop();
  await Promise.all([a, b, ...roots].map((upstream) => upstream.close()));
  await programs.remove();
});

const text = (name: string) => firstAnswer({ name, type: 'TXT', port: pod.dnsPort });
const address = (name: string) => firstAnswer({ name, port: pod.dnsPort });
const ttl = (name: string) => ttlOf({ name, port: pod.dnsPort });

/** Puts a configuration into force while a query waits for an upstream. */
async function push(changes: Partial<ResolverConfig>): Promise<void> {
  revision += 1;
  const recursion = await startRecursion(pod, `r${revision}.slow.real`);
  const config = configFor(portOf(a), { ...changes, revision });
  expect(await pod.client.push(JSON.stringify(config))).toEqual({ accepted: true, messages: [] });
  expect(recursion.answered()).toBe(false);
  waiting.push(recursion.outcome);
}

const recursive = (hints: ReturnType<typeof rootHints>): Partial<ResolverConfig> => ({
  upstreams: { mode: 'Recursive', servers: [], rootHints: hints, zones: [], localZones: [] },
  // Without this the engine gives up on a server that answered within a millisecond before it has waited for SLOW_MS.
  extraConfig: 'infra-cache-min-rtt: 800',
});
const cacheWith = (changes: Partial<ResolverConfig['cache']>): Partial<ResolverConfig> => ({
  cache: { ...configFor(1).cache, ...changes },
});

/** An IPv4 address of this machine that is not loopback's, which may always ask. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

/** What a client sees of a change of one field. */
const PROOFS: Readonly<Record<Exclude<ConfigField, `drain.${string}`>, () => Promise<void>>> = {
  revision: async () => {
    await push({});
    expect((await pod.client.config()).inForce?.revision).toBe(revision);
  },
  'access.allow': async () => {
    const fromOutside = async () =>
      rcodeOf(await ask({ name: 'kept-0.ttl-3600.real', port: pod.dnsPort, ...(outside && { from: outside }) }));
    expect(await fromOutside()).toBe('REFUSED');
    await push({ access: { allow: [`${outside}/32`] } });
    expect(await fromOutside()).toBe('NOERROR');
    await push({ access: { allow: ['198.51.100.0/24'] } });
    expect(await fromOutside()).toBe('REFUSED');
  },
  'upstreams.mode': async () => {
    expect(await text('w1.whoami.real')).toBe('a');
    await push(recursive(rootHints(1)));
    expect(await text('w2.whoami.real')).toBe('first root');
    await push({});
    expect(await text('w3.whoami.real')).toBe('a');
  },
  'upstreams.servers': async () => {
    expect(await text('w4.whoami.real')).toBe('a');
    await push({ upstreams: forwardTo(portOf(b)) });
    expect(await text('w5.whoami.real')).toBe('b');
    await push({});
    expect(await text('w6.whoami.real')).toBe('a');
  },
  'upstreams.rootHints': async () => {
    await push(recursive(rootHints(1)));
    expect(await text('w7.whoami.real')).toBe('first root');
    expect(await text('w8.whoami.other')).toBe('NXDOMAIN');
    await push(recursive(rootHints(11)));
    expect(await text('w9.whoami.other')).toBe('NXDOMAIN');
    await pod.control('flush_type . NS');
    await pod.control('flush_negative');
    expect(await text('w10.whoami.other')).toBe('second root');
    // What is known below the root is known still.
    expect(await text('w11.whoami.real')).toBe('first root');
    await push({});
  },
  'upstreams.zones': async () => {
    const servers = [{ address: '127.0.0.1', port: portOf(b) }];
    const zone = (name: string) => ({
      upstreams: forwardTo(portOf(a), { zones: [{ name, mode: 'Forward', servers }] }),
    });
    await push(zone('corp.real'));
    expect([await text('w12.whoami.corp.real'), await text('w13.whoami.real')]).toEqual(['b', 'a']);
    // Unbound answers these by itself unless told otherwise.
    await push(zone('10.in-addr.arpa'));
    expect(await text('whoami.2.1.10.in-addr.arpa')).toBe('b');
    await push({});
    expect(await text('whoami.3.1.10.in-addr.arpa')).toBe('NXDOMAIN');
    expect(await text('w14.whoami.corp.real')).toBe('a');
  },
  'upstreams.localZones': async () => {
    const localZones: ResolverConfig['upstreams']['localZones'] = [
      {
        name: 'here.example',
        type: 'Static',
        records: ['www.here.example. 60 IN A 192.0.2.80', `t.here.example. TXT "it's"`],
      },
      { name: 'no.example', type: 'Refuse', records: [] },
      { name: 'gone.example', type: 'AlwaysNxdomain', records: [] },
      { name: 'all.example', type: 'Redirect', records: ['all.example. A 192.0.2.81'] },
      { name: 'part.example', type: 'Transparent', records: ['www.part.example. A 192.0.2.82'] },
    ];
    expect(await address('www.here.example')).toMatch(/^198\.1[89]\./);
    await push({ upstreams: forwardTo(portOf(a), { localZones }) });
    expect(await address('www.here.example')).toBe('192.0.2.80');
    expect(await text('t.here.example')).toBe("it's");
    expect(await address('other.here.example')).toBe('NXDOMAIN');
    expect(await address('x.no.example')).toBe('REFUSED');
    expect(await address('x.gone.example')).toBe('NXDOMAIN');
    expect(await address('deep.x.all.example')).toBe('192.0.2.81');
    expect(await address('www.part.example')).toBe('192.0.2.82');
    expect(await address('other.part.example')).toMatch(/^198\.1[89]\./);
    await push({});
    expect(await address('www.here.example')).toMatch(/^198\.1[89]\./);
  },
  'cache.sizeBytes': async () => {
    await push(cacheWith({ sizeBytes: 128 << 20 }));
    expect(await pod.control('get_option rrset-cache-size')).toBe('80530637\n');
    for (let index = 0; index < 4000; index += 1) await address(`n${index}.fill.example`);
    expect(await missesOf(pod, KEPT)).toBe(0);
    const full = await pod.stat('msg.cache.count');
    expect(full).toBeGreaterThanOrEqual(4000);
    await push(cacheWith({ sizeBytes: 1 << 20 }));
    const left = await pod.stat('msg.cache.count');
    expect(left).toBeGreaterThan(1000);
    expect(left).toBeLessThan(2000);
    expect(await missesOf(pod, ['n3999.fill.example'])).toBe(0);
    expect(await missesOf(pod, ['n0.fill.example'])).toBe(1);
    await push({});
  },
  'cache.minTtlSeconds': async () => {
    expect(await ttl('before.ttl-5.real')).toBe(5);
    await push(cacheWith({ minTtlSeconds: 600 }));
    expect(await ttl('during.ttl-5.real')).toBe(600);
    await push({});
    expect(await ttl('after.ttl-5.real')).toBe(5);
  },
  'cache.maxTtlSeconds': async () => {
    expect(await ttl('before.ttl-900.real')).toBe(900);
    await push(cacheWith({ maxTtlSeconds: 60 }));
    expect(await ttl('during.ttl-900.real')).toBe(60);
    await push({});
    expect(await ttl('after.ttl-900.real')).toBe(900);
  },
  'cache.serveStale': async () => {
    const servers = [{ address: '127.0.0.1', port: await freePort() }];
    const gone = forwardTo(portOf(a), { zones: [{ name: 'stale.real', mode: 'Forward', servers }] });
    const stale = cacheWith({ serveStale: { maxStaleSeconds: 3600, answerTtlSeconds: 1 } });
    const answer = (name: string) => ask({ name, port: pod.dnsPort, timeoutMs: 500 }).then(rcodeOf, () => 'lost');
    expect(await ttl('before.ttl-2.stale.real')).toBe(2);
    await push(stale);
    for (const name of ['x', 'y']) expect(await ttl(`${name}.ttl-2.stale.real`)).toBe(2);
    await clock.sleep(3100);
    await push({ ...stale, upstreams: gone });
    expect(await ttl('x.ttl-2.stale.real')).toBe(1);
    expect(['lost', 'SERVFAIL']).toContain(await answer('before.ttl-2.stale.real'));
    await push({ upstreams: gone });
    expect(['lost', 'SERVFAIL']).toContain(await answer('y.ttl-2.stale.real'));
    await push({});
    expect(await ttl('z.ttl-2.stale.real')).toBe(2);
  },
  extraConfig: async () => {
    expect(await address('before.private.real')).toMatch(/^198\.1[89]\./);
    await push({ extraConfig: 'private-address: 198.18.0.0/15' });
    expect(await address('during.private.real')).toBe('NOERROR');
    await push({});
    expect(await address('after.private.real')).toMatch(/^198\.1[89]\./);
  },
};

describe('fields applied at run time', () => {
  // A machine of loopback alone has no client whom the list could refuse.
  const possible = (field: string) => (field === 'access.allow' && outside === undefined ? it.skip : it);

  for (const [field, prove] of Object.entries(PROOFS)) {
    const application = FIELD_APPLICATION[field as ConfigField];
    const cache = application.applied === 'run time' ? application.cache : 'lost';
    possible(field)(`${field}: no query in flight is lost; cached answers are ${cache}`, async () => {
      waiting = [];
      await push({});
      await missesOf(pod, KEPT);
      const before = await pod.client.load();
      await prove();
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(['right']));
      if (cache === 'kept') expect(await missesOf(pod, KEPT)).toBe(0);
      expect((await pod.client.load()).engine.startId).toBe(before.engine.startId);
    });
  }

  it('each have a proof, here or in the tests of preStop', () => {
    const atRunTime = Object.entries(FIELD_APPLICATION).filter(([, { applied }]) => applied === 'run time');
    const fields = atRunTime.map(([field]) => field).filter((field) => !field.startsWith('drain.'));
    expect(Object.keys(PROOFS).sort()).toEqual(fields.sort());
  });
});
