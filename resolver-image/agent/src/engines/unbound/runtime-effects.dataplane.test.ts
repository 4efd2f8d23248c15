/**
 * Options of `extraConfig` that are turned on and off again in a running engine, each shown by what it does. The engine
 * keeps its settings in places of several kinds (read at each use, copied when a module starts, global); there is at
 * least one of each kind here.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import dnsPacket from 'dns-packet';
import { startUpstream, type Upstream } from '../../../../../e2e/traffic/upstream.js';
import { configFor, forwardTo } from '../../../test/configs.js';
import { ask, firstAnswer, portOf, rcodeOf, ttlOf, upstreamOn } from '../../../test/dns.js';
import { clock, freePort, Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let upstream: Upstream;
/** A server of the zone auth.example: the engine limits the rate of what it asks such a server, not a forwarder. */
let authority: Upstream;
let pod: Pod;
let revision = 1;
beforeAll(async () => {
  programs = await testPrograms();
  upstream = await upstreamOn('a', 1000);
  const zones = [{ origin: 'auth.example', address: '127.0.0.1' }];
  const zonePort = await freePort();
  authority = await startUpstream({ listen: [], zones, zonePort, tag: 'auth', slowPercent: 0, slowMs: 0 }, clock);
  pod = await Pod.start({ programs, config: configFor(portOf(upstream)) });
  await pod.ready();
  await push('');
});
afterAll(async () => {
  await pod.stop();
  await Promise.all([upstream.close(), authority.close()]);
  await programs.remove();
});

const push = async (extraConfig: string) => {
  revision += 1;
  const servers = [{ address: '127.0.0.1', port: portOf(authority) }];
  const upstreams = forwardTo(portOf(upstream), { zones: [{ name: 'auth.example', mode: 'Stub', servers }] });
  const text = JSON.stringify(configFor(portOf(upstream), { revision, upstreams, extraConfig }));
  expect(await pod.client.push(text)).toEqual({ accepted: true, messages: [] });
};
let asked = 0;
/** A name that nobody has asked yet, below `zone`. */
const fresh = (zone = 'example') => `n${(asked += 1)}.${zone}`;
const question = (name: string) => ({ name, port: pod.dnsPort });

/** Whether a line of the engine's log names a query just asked: it is written within a second or not at all. */
async function isLogged(name: string, what: RegExp): Promise<boolean> {
  await ask(question(name));
  const find = () => pod.log.split('\n').some((line) => line.includes(name) && what.test(line));
  return until('the line is there', () => Promise.resolve(find()), 1000).catch(() => false);
}

async function truncated(): Promise<boolean> {
  const answer = await ask({ ...question(fresh('large.example')), type: 'TXT', edns: 8192 });
  return ((answer.flags ?? 0) & dnsPacket.TRUNCATED_RESPONSE) !== 0;
}

/** How often the engine asks the upstream over TCP for one query. */
async function tcpQueries(name: string, type: 'A' | 'TXT' = 'A'): Promise<number> {
  const before = upstream.stats().tcp;
  await firstAnswer({ ...question(name), type });
  return upstream.stats().tcp - before;
}

const answerWithin = (name: string, timeoutMs: number) =>
  ask({ ...question(name), timeoutMs }).then(rcodeOf, () => 'lost');

/** The seconds for which an NXDOMAIN stays in the cache. In a zone of its own: the zone's SOA is cached only once. */
async function negativeTtl(): Promise<number> {
  const name = `x.${fresh().replace('.', '.nx.')}`;
  await ask(question(name));
  const { authorities = [] } = await ask(question(name));
  const [soa] = authorities;
  return soa !== undefined && 'ttl' in soa ? (soa.ttl ?? -1) : -1;
}

/** Whether the time to live of a cached answer is less after a second. */
async function agesInASecond(): Promise<boolean> {
  const name = fresh('ttl-900.example');
  expect(await ttlOf(question(name))).toBe(900);
  await clock.sleep(1100);
  return (await ttlOf(question(name))) < 900;
}

/** Of `count` queries at once, whether all get an answer. How many do not depends on where a second ends. */
async function answered(count: number, zone: string): Promise<'all' | 'some'> {
  const names = Array.from({ length: count }, () => fresh(zone));
  const outcomes = await Promise.all(names.map((name) => answerWithin(name, 2500)));
  return outcomes.every((outcome) => outcome === 'NOERROR') ? 'all' : 'some';
}

/** How long the engine waits for an upstream before it asks again, in milliseconds. */
async function patience(): Promise<number> {
  await firstAnswer(question(fresh()));
  const line = (await pod.control('dump_infra')).split('\n').find((text) => text.includes(`@${portOf(upstream)} . `));
  return Number(/ rto (\d+)/.exec(line ?? '')?.[1]);
}

interface Effect {
  readonly observe: () => Promise<unknown>;
  /** What is observed without the setting, and with it. */
  readonly off: unknown;
  readonly on: unknown;
}

const logs = (zone: string, what: RegExp): Effect => ({
  observe: () => isLogged(fresh(zone), what),
  off: false,
  on: true,
});

/** By the text of the setting. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  'deny-any: no': {
    observe: async () => rcodeOf(await ask({ ...question(fresh()), type: 'ANY' })),
    off: 'NOTIMP',
    on: 'NOERROR',
  },
  'max-udp-size: 8192': { observe: truncated, off: true, on: false },
  'edns-buffer-size: 4096': { observe: () => tcpQueries(fresh('large.example'), 'TXT'), off: 1, on: 0 },
  'tcp-upstream: yes': { observe: () => tcpQueries(fresh()), off: 0, on: 1 },
  'private-address: 198.18.0.0/15': {
    observe: () => firstAnswer(question(fresh())),
    off: expect.stringMatching(/^198\./),
    on: 'NOERROR',
  },
  'do-not-query-address: 127.0.0.0/8': { observe: () => answerWithin(fresh(), 3000), off: 'NOERROR', on: 'SERVFAIL' },
  'infra-cache-min-rtt: 1700': { observe: patience, off: 800, on: 1700 },
  'cache-max-negative-ttl: 3': { observe: negativeTtl, off: 30, on: 3 },
  'cache-min-negative-ttl: 600': { observe: negativeTtl, off: 30, on: 600 },
  'serve-original-ttl: yes': { observe: agesInASecond, off: true, on: false },
  'discard-timeout: 300': { observe: () => answerWithin(fresh('slow.example'), 2500), off: 'NOERROR', on: 'lost' },
  'num-queries-per-thread: 64': { observe: () => answered(100, 'slow.example'), off: 'all', on: 'some' },
  'ip-ratelimit: 5\nip-ratelimit-factor: 0': { observe: () => answered(20, 'example'), off: 'all', on: 'some' },
  'ratelimit: 5\nratelimit-factor: 0': { observe: () => answered(20, 'auth.example'), off: 'all', on: 'some' },
  'log-queries: yes': logs('example', /info: 127\.0\.0\.1 /),
  'log-replies: yes': logs('example', / NOERROR /),
  'log-servfail: yes': logs('servfail.example', /SERVFAIL/),
};

describe('an option of extraConfig acts as soon as it is in force, and no longer than that', () => {
  it.each(Object.entries(EFFECTS))('%j', async (setting, { observe, off, on }) => {
    expect(await observe()).toEqual(off);
    await push(setting);
    expect(await observe()).toEqual(on);
    await push('');
    expect(await observe()).toEqual(off);
  });
});
