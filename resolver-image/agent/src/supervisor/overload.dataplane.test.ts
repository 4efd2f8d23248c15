/** An engine that has more to do than it can is not a dead one: taking it out would only load the others more. */
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import dnsPacket from 'dns-packet';
import { configFor } from '../../test/configs.js';
import { clock, Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';

jest.setTimeout(60_000);

const LIMIT = 200;
const QUERIES_PER_SECOND = 2000;

let programs: Awaited<ReturnType<typeof testPrograms>>;
let pod: Pod;
beforeAll(async () => {
  programs = await testPrograms();
  // The engine drops whatever comes from one address in excess: clients' queries and, from the same loopback, probes.
  // To the supervisor it is as if the socket's queue were full, for as long as the test likes and on any machine.
  const extraConfig = `ip-ratelimit: ${LIMIT}\nip-ratelimit-factor: 0`;
  pod = await Pod.start({ programs, config: configFor(9, { extraConfig }), threads: 2 });
  await pod.ready();
});
afterAll(async () => {
  await pod.stop();
  await programs.remove();
});

/** Asks what the engine answers by itself until the signal aborts; reads no answer. */
async function flood(signal: AbortSignal): Promise<void> {
  const query = dnsPacket.encode({ type: 'query', id: 1, questions: [{ name: 'localhost', type: 'A' }] });
  const sockets = Array.from({ length: 8 }, () => createSocket('udp4'));
  const startMs = clock.monotonic();
  let sent = 0;
  while (!signal.aborted) {
    const due = ((clock.monotonic() - startMs) / 1000) * QUERIES_PER_SECOND;
    for (; sent < due; sent += 1) sockets[sent % sockets.length]?.send(query, pod.dnsPort, '127.0.0.1');
    await clock.sleep(2);
  }
  for (const socket of sockets) socket.close();
}

describe('an engine that drops most queries, and our probes among them', () => {
  it('stays ready, and is not ready any more when it is frozen meanwhile', async () => {
    const end = new AbortController();
    const flooded = flood(end.signal);
    const seen = new Set<string>();
    const untilMs = clock.monotonic() + 6000;
    while (clock.monotonic() < untilMs) {
      const { status, text } = await pod.readiness();
      seen.add(`${status} ${text}`);
      await clock.sleep(20);
    }
    expect([...seen]).toEqual(['200 ok\n']);
    // Otherwise the probes were answered, and the test showed nothing.
    expect(pod.log).toContain('it is overloaded; still ready');

    pod.engine?.kill('SIGSTOP');
    await until('the freeze is noticed', async () => (await pod.readiness()).status === 503, 5000);
    pod.engine?.kill('SIGCONT');
    end.abort();
    await flooded;
    await pod.ready();
  });
});
