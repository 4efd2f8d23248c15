/**
 * What many clients behind one address, and many queries at once, meet at a real engine: a server of a fleet is asked
 * by other caches and by addresses that many machines share.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../../e2e/traffic/upstream.js';
import { addressOf } from '../../../../../e2e/traffic/names.js';
import { configFor } from '../../../test/configs.js';
import { ask, firstAnswer, portOf, rcodeOf, upstreamOn } from '../../../test/dns.js';
import { clock, Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let upstream: Upstream;
let pod: Pod;
beforeAll(async () => {
  programs = await testPrograms();
  upstream = await upstreamOn('a', 1500);
  pod = await Pod.start({ programs, config: configFor(portOf(upstream)) });
  await pod.ready();
  await until('the agent has read the engine', async () => (await pod.client.load()).counters !== undefined);
});
afterAll(async () => {
  await pod.stop();
  await upstream.close();
  await programs.remove();
});

const push = (revision: number, extraConfig: string) =>
  pod.client.push(JSON.stringify(configFor(portOf(upstream), { revision, extraConfig })));

/** The response codes of `count` questions for new names that an upstream lets wait, all asked at once. */
const together = (label: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, index) =>
      rcodeOf(await ask({ name: `${label}${index}.slow.example`, port: pod.dnsPort, timeoutMs: 10_000 })),
    ),
  );
const right = (codes: readonly string[]) => codes.filter((code) => code === 'NOERROR').length;

describe('a burst of queries', () => {
  it('waits at the socket while the engine does not get to run', async () => {
    const names = Array.from({ length: 450 }, (_, index) => `burst${index}.example`);
    // All are cached, so that only the socket's buffer can lose one.
    for (const name of names) await ask({ name, port: pod.dnsPort });
    pod.engine?.kill('SIGSTOP');
    const answers = names.map((name) => firstAnswer({ name, port: pod.dnsPort }).catch(() => 'lost'));
    await clock.sleep(300);
    pod.engine?.kill('SIGCONT');
    expect(await Promise.all(answers)).toEqual(names.map(addressOf));
  });
});

describe('queries of one address that wait for upstreams', () => {
  it('are limited for a network of which extraConfig says so, and only while it does', async () => {
    // Unbound exempts loopback, where this test asks from, until a line names it.
    expect(await push(2, 'wait-limit-netblock: 127.0.0.0/8 20')).toEqual({ accepted: true, messages: [] });
    const limited = await together('limited', 60);
    expect(right(limited)).toBeGreaterThan(0);
    expect(right(limited)).toBeLessThan(40);
    expect(await pod.stat('total.num.queries_wait_limit')).toBe(60 - right(limited));
    expect(await push(3, '')).toEqual({ accepted: true, messages: [] });
    expect(right(await together('free', 60))).toBe(60);
  });
});
