/** An engine that is killed, frozen or taken for another: not ready within 0.6 s, ready again when it is back. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import dnsPacket from 'dns-packet';
import type { Upstream } from '../../../../e2e/traffic/upstream.js';
import { configFor } from '../../test/configs.js';
import { firstAnswer, portOf, upstreamOn } from '../../test/dns.js';
import { clock, Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';

jest.setTimeout(60_000);

/** What the design promises. */
const NOTICED_WITHIN_MS = 600;
/** Faults fall at any moment between two probes; so many of them meet most. */
const ROUNDS = 6;

let programs: Awaited<ReturnType<typeof testPrograms>>;
let upstream: Upstream;
let pod: Pod;
beforeAll(async () => {
  programs = await testPrograms();
  upstream = await upstreamOn('a');
  pod = await Pod.start({ programs, config: configFor(portOf(upstream)) });
  await pod.ready();
});
afterAll(async () => {
  await pod.stop();
  await upstream.close();
  await programs.remove();
});

afterEach(() => {
  pod.engine?.kill('SIGCONT');
});

/**
 * Does something to the engine; returns the milliseconds until `/readyz` says 503. Taken off is the time for which
 * supervisor and test were ready to run and had to wait for a processor, as the kernel counts it (a few milliseconds on
 * an idle machine): the promise is about what the supervisor does and not about its neighbours.
 */
async function noticedAfterMs(fault: () => void): Promise<number> {
  const waitedMs = () => queuedMs(pod.supervisor?.pid) + queuedMs(process.pid);
  const [startedMs, waitedBeforeMs] = [clock.now(), waitedMs()];
  fault();
  let tookMs = 0;
  for (let status = 200; status !== 503 && tookMs < 5000;) {
    await clock.sleep(5);
    ({ status } = await pod.readiness());
    tookMs = clock.now() - startedMs;
  }
  return tookMs - (waitedMs() - waitedBeforeMs);
}

/** Milliseconds for which the main thread of a process has waited for a processor since its start. */
const queuedMs = (pid: number | undefined): number =>
  Number(readFileSync(`/proc/${pid ?? 'self'}/schedstat`, 'utf8').split(' ')[1]) / 1e6;

/** Ready, and serving. */
async function back(): Promise<void> {
  await pod.ready(5000);
  expect(await firstAnswer({ name: 'x.example', port: pod.dnsPort })).toMatch(/^198\.1[89]\./);
}

/** Lets some of the time between two probes go by. */
const offset = (round: number) => clock.sleep((200 / ROUNDS) * round);

describe('an engine that is gone', () => {
  it('is noticed within 0.6 s each time it is killed, and is ready again when it was started again', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await offset(round);
      expect(await noticedAfterMs(() => pod.engine?.kill('SIGKILL'))).toBeLessThanOrEqual(NOTICED_WITHIN_MS);
      expect((await pod.readiness()).text).toBe('the engine did not answer 2 probes in a row\n');
      pod.startEngine();
      await back();
    }
  });

  it('is noticed within 0.6 s each time it is frozen, and is ready again when it thaws', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await offset(round);
      expect(await noticedAfterMs(() => pod.engine?.kill('SIGSTOP'))).toBeLessThanOrEqual(NOTICED_WITHIN_MS);
      pod.engine?.kill('SIGCONT');
      await back();
    }
  });

  it('fails its liveness probe while it is frozen and no other', async () => {
    expect(await pod.engineAlive()).toBe(0);
    pod.engine?.kill('SIGSTOP');
    const startedMs = clock.now();
    expect(await pod.engineAlive()).not.toBe(0);
    expect(clock.now() - startedMs).toBeLessThan(5000);
    pod.engine?.kill('SIGCONT');
    await back();
    expect(await pod.engineAlive()).toBe(0);
  });

  it('is said to be gone by load and metrics, which go on', async () => {
    const before = await pod.client.load();
    pod.engine?.kill('SIGSTOP');
    const gone = await until('the load says so', async () => {
      const load = await pod.client.load();
      return load.engine.answering ? undefined : load;
    });
    expect(gone.sequence).toBeGreaterThan(before.sequence);
    expect(gone.counters?.queries).toBe(before.counters?.queries);
    const text = await pod.metrics();
    expect(text).toContain('dnsfleet_resolver_engine_up 0\n');
    const noticed = Number(/^dnsfleet_resolver_engine_failure_notice_seconds (.*)$/m.exec(text)?.[1]);
    expect(noticed).toBeGreaterThan(0.15);
    expect(noticed).toBeLessThanOrEqual(NOTICED_WITHIN_MS / 1000);
    pod.engine?.kill('SIGCONT');
    await back();
  });

  it('is not taken for another server that answers on its port', async () => {
    pod.engine?.kill('SIGKILL');
    await until('it is gone', async () => (await pod.readiness()).status === 503);
    const stranger = createSocket('udp4', (message, from) => {
      const { id, questions = [] } = dnsPacket.decode(message);
      const answers = questions.map((question) => ({ ...question, type: 'TXT' as const, ttl: 0, data: ['somebody'] }));
      const answer = dnsPacket.encode({ type: 'response', ...(id !== undefined && { id }), questions, answers });
      stranger.send(answer, from.port, from.address);
    });
    stranger.bind(pod.dnsPort, '127.0.0.1');
    await until('the stranger is noticed', async () => (await pod.readiness()).text.includes('another server'), 2000);
    expect((await pod.readiness()).status).toBe(503);
    await new Promise<void>((resolve) => stranger.close(() => resolve()));
    pod.startEngine();
    await back();
  });
});
