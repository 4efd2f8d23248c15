/**
 * The preStop hook of a real pod: it returns when the engine's own counters prove that nobody asks and nobody waits, and
 * in bounded time whatever is dead. Its bounds come from the configuration in force, which may change at run time.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../e2e/traffic/upstream.js';
import { AgentSwitch } from '../../test/agent-switch.js';
import { configFor } from '../../test/configs.js';
import { ask, portOf, upstreamOn } from '../../test/dns.js';
import { startRecursion } from '../../test/in-flight.js';
import { clock, Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';
import type { DrainSettings } from '../contract/resolver-config.js';
import { clientQueries } from '../engines/unbound/stats.js';

jest.setTimeout(60_000);

/** For starting a program and for readings that come a quarter of a second apart, on a busy machine. */
const SLACK_MS = 2500;

let programs: Awaited<ReturnType<typeof testPrograms>>;
let agent: AgentSwitch;
let upstream: Upstream;
beforeAll(async () => {
  programs = await testPrograms();
  agent = await AgentSwitch.create(programs);
  upstream = await upstreamOn('a');
});
afterAll(async () => {
  await upstream.close();
  agent.remove();
  await programs.remove();
});

let pod: Pod;
afterEach(async () => {
  await pod.stop();
  await agent.mend();
});

/** Starts a pod and has it drain as `settings` say, by a change at run time. */
async function startPod(settings: Partial<DrainSettings> = {}): Promise<void> {
  pod = await Pod.start({ programs, agentProgram: agent.path, config: configFor(portOf(upstream)) });
  await pod.ready();
  const drain = { lameDuckSeconds: 0, quietPeriodSeconds: 1, timeoutSeconds: 20, ...settings };
  const config = configFor(portOf(upstream), { revision: 2, drain });
  expect(await pod.client.push(JSON.stringify(config))).toEqual({ accepted: true, messages: [] });
}

/** A client that asks ten times a second until the signal aborts; resolves with the time of its last query. */
async function askUntil(signal: AbortSignal): Promise<number> {
  let lastMs = 0;
  for (let index = 0; !signal.aborted; index += 1) {
    lastMs = clock.now();
    await ask({ name: `c${index}.example`, port: pod.dnsPort });
    await clock.sleep(100, signal).catch(() => undefined);
  }
  return lastMs;
}

/** The fields of the last line with `message` in the log of the engine's container. */
async function lineOf(message: string): Promise<unknown> {
  const lines = (await readFile(pod.containerLog, 'utf8')).trim().split('\n');
  return lines
    .map((line): unknown => JSON.parse(line))
    .findLast((line) => (line as { message: string }).message === message);
}

const queries = async () => clientQueries(await pod.stats());
const status = async () => (await pod.readiness()).status;
const readyIs = (wanted: number) => until(`readyz says ${wanted}`, async () => (await status()) === wanted);

describe('preStop of a serving pod', () => {
  it('returns after a whole quiet period without a query, not counting our own probes', async () => {
    await startPod({ quietPeriodSeconds: 2 });
    const stop = new AbortController();
    const asking = askUntil(stop.signal);
    const left = pod.preStop();
    await readyIs(503);
    const probesBefore = await pod.stat('num.query.class.CH');
    await clock.sleep(1500);
    stop.abort();
    const lastMs = await asking;
    const asked = await queries();
    await left;
    const quietMs = clock.now() - lastMs;
    expect(quietMs).toBeGreaterThanOrEqual(2000);
    expect(quietMs).toBeLessThan(2000 + SLACK_MS);
    expect(await queries()).toBe(asked);
    expect(await pod.stat('num.query.class.CH')).toBeGreaterThan(probesBefore + 5);
    expect(await lineOf('leaving')).toMatchObject({ quietPeriodSeconds: 2, phase: 'Serving' });
    expect(await lineOf('left')).toMatchObject({ level: 'info', kind: 'Quiet' });
    expect((await pod.readiness()).text).toBe('the server is being drained (Quiet)\n');
    expect((await pod.client.load()).drain.phase).toBe('Quiet');
    expect(await pod.metrics()).toContain('dnsfleet_resolver_drain_phase{phase="Quiet"} 1\n');
  });

  it('does not return while a recursion is open', async () => {
    await startPod();
    const recursion = await startRecursion(pod, 'x.slow.example');
    const tookMs = await pod.preStop();
    expect(recursion.answered()).toBe(true);
    expect(await recursion.outcome).toBe('right');
    expect(tookMs).toBeGreaterThan(2000);
    expect(tookMs).toBeLessThan(3000 + SLACK_MS);
    expect(await lineOf('left')).toMatchObject({ kind: 'Quiet' });
  });

  it('stays ready as a lame duck for as long as somebody asks, and no longer', async () => {
    await startPod({ lameDuckSeconds: 20 });
    const stop = new AbortController();
    const asking = askUntil(stop.signal);
    const left = pod.preStop();
    await until('it is a lame duck', async () => (await pod.client.load()).drain.phase === 'LameDuck');
    for (let look = 0; look < 15; look += 1) {
      expect(await status()).toBe(200);
      await clock.sleep(100);
    }
    stop.abort();
    const lastMs = await asking;
    await readyIs(503);
    const notReadyMs = clock.now() - lastMs;
    expect(notReadyMs).toBeGreaterThanOrEqual(1000);
    expect(notReadyMs).toBeLessThan(1000 + SLACK_MS);
    await left;
    // Quiet is proven anew when it is not ready any more.
    expect(clock.now() - lastMs).toBeGreaterThanOrEqual(2000);
    expect(await lineOf('left')).toMatchObject({ kind: 'Quiet' });
  });
});

describe('preStop of a pod whose clients stay', () => {
  it('truncates what it answers over UDP, and is ready until the last recursion is answered', async () => {
    await startPod({ lameDuckSeconds: 1, quietPeriodSeconds: 2 });
    const stop = new AbortController();
    const asking = askUntil(stop.signal);
    const left = pod.preStop();
    const isDiverted = async () => (await ask({ name: 'c0.example', port: pod.dnsPort })).flag_tc;
    await clock.sleep(500);
    const recursion = startRecursion(pod, 'x.slow.example', { tcp: true });
    await until('clients are diverted', isDiverted);
    expect(await status()).toBe(200);
    const overTcp = await ask({ name: 'c0.example', port: pod.dnsPort, tcp: true });
    expect({ truncated: overTcp.flag_tc, answers: overTcp.answers?.length }).toEqual({ truncated: false, answers: 1 });
    expect(await (await recursion).outcome).toBe('right');
    await readyIs(503);
    expect(await isDiverted()).toBe(true);
    stop.abort();
    await asking;
    await left;
    expect(await lineOf('left')).toMatchObject({ kind: 'Quiet' });
  });

  it('diverts them again after a change of the configuration', async () => {
    await startPod({ lameDuckSeconds: 1, timeoutSeconds: 8 });
    const stop = new AbortController();
    const asking = askUntil(stop.signal);
    const left = pod.preStop();
    const isDiverted = async () => (await ask({ name: 'c0.example', port: pod.dnsPort })).flag_tc;
    await until('clients are diverted', isDiverted);
    const changed = configFor(portOf(upstream), { revision: 3, extraConfig: 'prefetch: no' });
    expect(await pod.client.push(JSON.stringify(changed))).toMatchObject({ accepted: true });
    await until('clients are diverted again', isDiverted);
    stop.abort();
    await asking;
    await left;
  });
});

describe('preStop in bounded time', () => {
  it('returns at the deadline when clients never stop, and says how many are left', async () => {
    await startPod({ timeoutSeconds: 3 });
    const stop = new AbortController();
    const asking = askUntil(stop.signal);
    const tookMs = await pod.preStop();
    stop.abort();
    await asking;
    expect(tookMs).toBeGreaterThanOrEqual(3000);
    expect(tookMs).toBeLessThan(3000 + SLACK_MS);
    expect(await lineOf('left at the deadline, not proven quiet')).toMatchObject({ level: 'warn' });
    const { drain } = await pod.client.load();
    expect(drain.phase).toBe('Unproven');
    expect(drain.queriesPerSecondLeft).toBeGreaterThan(1);
    expect(drain.queriesPerSecondLeft).toBeLessThan(20);
  });

  it('returns at the deadline when a recursion stays open, and says so', async () => {
    await startPod({ timeoutSeconds: 2 });
    const recursion = await startRecursion(pod, 'y.slow.example');
    expect(await pod.preStop()).toBeLessThan(2000 + SLACK_MS);
    expect(await lineOf('left at the deadline, not proven quiet')).toMatchObject({ open: 1, queriesPerSecond: 0 });
    expect(await recursion.outcome).toBe('right');
  });

  it('needs no agent', async () => {
    await startPod();
    await agent.break();
    await pod.killAgent();
    await until('it has crashed at its start', () => Promise.resolve(pod.log.includes('"why":"exit code 3"')));
    const recursion = await startRecursion(pod, 'z.slow.example');
    expect(await pod.preStop()).toBeLessThan(3000 + SLACK_MS);
    expect(await recursion.outcome).toBe('right');
    expect(await lineOf('left')).toMatchObject({ kind: 'Quiet' });
    expect((await pod.readiness()).text).toBe('the server is being drained (Quiet)\n');
  });

  it('needs no supervisor either', async () => {
    await startPod();
    pod.supervisor?.kill('SIGKILL');
    const recursion = await startRecursion(pod, 'w.slow.example');
    expect(await pod.preStop()).toBeLessThan(3000 + SLACK_MS);
    expect(recursion.answered()).toBe(true);
    expect(await lineOf('left')).toMatchObject({ kind: 'Quiet' });
  });

  it('has nothing to wait for when the engine is dead', async () => {
    await startPod({ quietPeriodSeconds: 10 });
    pod.engine?.kill('SIGKILL');
    expect(await pod.preStop()).toBeLessThan(SLACK_MS);
    expect(await lineOf('left')).toMatchObject({ kind: 'EngineGone' });
  });

  it('gives up on a frozen engine', async () => {
    await startPod({ quietPeriodSeconds: 10 });
    pod.engine?.kill('SIGSTOP');
    expect(await pod.preStop()).toBeLessThan(2500 + SLACK_MS);
    expect(await lineOf('left')).toMatchObject({ kind: 'EngineGone' });
  });
});
