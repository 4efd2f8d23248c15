/** Zones with upstream servers of their own, in mode Recursive: the rest of the names belongs to a root of the test. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../../e2e/traffic/upstream.js';
import { addressOf } from '../../../../../e2e/traffic/names.js';
import { configFor } from '../../../test/configs.js';
import { firstAnswer, portOf, upstreamOn } from '../../../test/dns.js';
import { Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';
import type { ResolverConfig } from '../../contract/resolver-config.js';

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
function withZones(names: readonly string[]): ResolverConfig {
  const servers = [{ address: '127.0.0.1', port: portOf(upstream) }];
  return configFor(1, {
    revision,
    upstreams: {
      mode: 'Recursive',
      servers: [],
      rootHints: [{ name: 'ns.root-servers', addresses: ['127.255.255.254'] }],
      zones: names.map((name) => ({ name, mode: 'Forward', servers })),
      localZones: [],
    },
  });
}

async function push(names: readonly string[]): Promise<void> {
  revision += 1;
  expect(await pod.client.push(JSON.stringify(withZones(names)))).toEqual({ accepted: true, messages: [] });
}

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
