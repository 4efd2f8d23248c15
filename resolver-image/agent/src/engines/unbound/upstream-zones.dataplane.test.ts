/** Zones with upstream servers of their own, in mode Recursive: the rest of the names belongs to a root of the test. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../../e2e/traffic/upstream.js';
import { addressOf } from '../../../../../e2e/traffic/names.js';
import { configFor } from '../../../test/configs.js';
import { ask, firstAnswer, portOf, rcodeOf, upstreamOn } from '../../../test/dns.js';
import { Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';
import type { LocalZone, ResolverConfig } from '../../contract/resolver-config.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let upstream: Upstream;
let pod: Pod;
let revision = 1;
beforeAll(async () => {
  programs = await testPrograms();
  upstream = await upstreamOn('forwarder', 3000);
  pod = await Pod.start({ programs, config: withZones([]) });
  await pod.ready();
  await until('the agent has read the engine', async () => (await pod.client.load()).counters !== undefined);
});
afterAll(async () => {
  await pod.stop();
  await upstream.close();
  await programs.remove();
});

/** Nobody listens where the root is said to be, so every answer is from a zone's own server or the engine itself. */
function withZones(names: readonly string[], localZones: readonly LocalZone[] = []): ResolverConfig {
  const servers = [{ address: '127.0.0.1', port: portOf(upstream) }];
  return configFor(1, {
    revision,
    upstreams: {
      mode: 'Recursive',
      servers: [],
      rootHints: [{ name: 'ns.root-servers', addresses: ['127.255.255.254'] }],
      zones: names.map((name) => ({ name, mode: 'Forward', servers })),
      localZones: [...localZones],
    },
  });
}

async function push(names: readonly string[], localZones: readonly LocalZone[] = []): Promise<void> {
  revision += 1;
  expect(await pod.client.push(JSON.stringify(withZones(names, localZones)))).toEqual({ accepted: true, messages: [] });
}

const rcode = async (name: string) => rcodeOf(await ask({ name, type: 'TXT', port: pod.dnsPort }));
/** Which server answered a name below `zone`: `forwarder`, or the response code of the engine's own answer. */
let asked = 0;
const whoAnswers = (zone: string) =>
  firstAnswer({ name: `n${(asked += 1)}.whoami.${zone}`, type: 'TXT', port: pod.dnsPort });

describe('a zone that is forwarded by a recursive server', () => {
  it('is waited for, however fast its server answered before', async () => {
    await push(['example']);
    for (let index = 0; index < 30; index += 1) {
      const name = `fast${index}.example`;
      expect(await firstAnswer({ name, port: pod.dnsPort })).toBe(addressOf(name));
    }
    const slow = Array.from({ length: 20 }, (_, index) => `late${index}.slow.example`);
    const answers = await Promise.all(slow.map((name) => firstAnswer({ name, port: pod.dnsPort, timeoutMs: 10_000 })));
    expect(answers).toEqual(slow.map(addressOf));
  });
});

describe('names that Unbound answers by itself', () => {
  it.each([
    ['in-addr.arpa', ['1.10.in-addr.arpa', '1.168.192.in-addr.arpa', '1.16.172.in-addr.arpa', '1.64.100.in-addr.arpa']],
    ['172.in-addr.arpa', ['1.16.172.in-addr.arpa', '1.31.172.in-addr.arpa']],
    ['ip6.arpa', ['1.d.f.ip6.arpa', '1.8.e.f.ip6.arpa']],
    ['168.192.in-addr.arpa', ['1.168.192.in-addr.arpa']],
    ['1.168.192.in-addr.arpa', ['7.1.168.192.in-addr.arpa']],
    ['arpa', ['1.d.f.ip6.arpa', '1.10.in-addr.arpa', 'nas.home.arpa']],
    ['test', ['www.test']],
  ])('are asked of the server of %s', async (zone, names) => {
    await push([]);
    for (const name of names) expect([name, await whoAnswers(name)]).toEqual([name, 'NXDOMAIN']);
    await push([zone]);
    for (const name of names) expect([name, await whoAnswers(name)]).toEqual([name, 'forwarder']);
    await push([]);
    for (const name of names) expect([name, await whoAnswers(name)]).toEqual([name, 'NXDOMAIN']);
  });

  it('stay its own beside a zone that does not contain them', async () => {
    await push(['16.172.in-addr.arpa']);
    expect(await whoAnswers('17.172.in-addr.arpa')).toBe('NXDOMAIN');
    expect(await whoAnswers('10.in-addr.arpa')).toBe('NXDOMAIN');
  });

  it('stay its own for loopback, which no other server knows', async () => {
    await push(['in-addr.arpa', 'ip6.arpa']);
    expect(await whoAnswers('1.0.0.127.in-addr.arpa')).toBe('NXDOMAIN');
    const loopback = `1.${'0.'.repeat(31)}ip6.arpa`;
    expect(await whoAnswers(loopback)).toBe('NXDOMAIN');
  });

  it('are answered by a local zone of the fleet that lies around them', async () => {
    await push(['in-addr.arpa'], [{ name: '168.192.in-addr.arpa', type: 'Refuse', records: [] }]);
    expect(await rcode('1.168.192.in-addr.arpa')).toBe('REFUSED');
    await push(['in-addr.arpa'], [{ name: '192.in-addr.arpa', type: 'Refuse', records: [] }]);
    expect(await rcode('1.168.192.in-addr.arpa')).toBe('REFUSED');
    expect(await whoAnswers('1.10.in-addr.arpa')).toBe('forwarder');
  });
});
