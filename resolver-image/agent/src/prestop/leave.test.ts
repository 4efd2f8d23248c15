import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import type { DrainOrder } from '../supervisor/drain.js';
import { diverted } from './divert.js';
import { type EngineReading, leave } from './leave.js';
import { drainSettings, FALLBACK } from './settings.js';

const settings = { lameDuckSeconds: 0, quietPeriodSeconds: 5, timeoutSeconds: 30 };

/** What the engine says; without a word about TCP, nothing came over it. */
type Reading =
  Extract<EngineReading, string> | { readonly queries: number; readonly overTcp?: number; readonly open: number };

type Changes = Partial<typeof settings> & { readonly answersSupervisor?: boolean; readonly jumpMs?: number };

/** Runs `leave` on a clock of its own against `engine`, a function of the seconds since the start. */
async function run(engine: (seconds: number) => Reading, changes: Changes = {}) {
  const { answersSupervisor = false, jumpMs = 0, ...drain } = changes;
  const clock = new FakeClock();
  const startMs = clock.monotonic();
  const orders: (DrainOrder & { readonly atSeconds: number })[] = [];
  const seconds = () => (clock.monotonic() - startMs) / 1000;
  const readEngine = async () => {
    const reading = engine(seconds());
    if (reading === 'Silent') await clock.sleep(1000);
    return typeof reading === 'string' ? reading : { overTcp: 0, ...reading };
  };
  const tell = (order: DrainOrder) => {
    if (order.phase !== orders.at(-1)?.phase) orders.push({ ...order, atSeconds: seconds() });
    return Promise.resolve();
  };
  const divertedSeconds: number[] = [];
  const divert = () => Promise.resolve(void divertedSeconds.push(seconds()));
  let done = false;
  const isDone = () => done;
  const foundSilent = () => Promise.resolve(!answersSupervisor);
  const options = { settings: { ...settings, ...drain }, clock, readEngine, tell, divert, foundSilent };
  const result = leave({ ...options, alreadyQuiet: false });
  void result.then(() => (done = true));
  await clock.advance(1000);
  clock.set(jumpMs);
  while (!isDone()) await clock.advance(50);
  return { ...(await result), orders, divertedSeconds };
}

describe('leave', () => {
  it('ends after the quiet period when nobody asks', async () => {
    const { kind, tookMs, orders } = await run(() => ({ queries: 1000, open: 0 }));
    expect(kind).toBe('Quiet');
    expect(tookMs).toBeGreaterThanOrEqual(5000);
    expect(tookMs).toBeLessThan(5500);
    expect(orders.map(({ phase }) => phase)).toEqual(['NotReady', 'Quiet']);
  });

  it('stays ready as a lame duck while queries come, and counts quiet only from the end of that', async () => {
    const engine = (seconds: number) => ({ queries: Math.floor(Math.min(seconds, 10) * 100), open: 0 });
    const { kind, orders } = await run(engine, { lameDuckSeconds: 10 });
    expect(kind).toBe('Quiet');
    expect(orders.map(({ phase }) => phase)).toEqual(['LameDuck', 'NotReady', 'Quiet']);
    expect(orders[1]?.atSeconds).toBeCloseTo(10, 0);
    expect(orders[2]?.atSeconds).toBeGreaterThanOrEqual(15);
  });

  it('is no lame duck for longer than somebody asks or waits', async () => {
    const engine = (seconds: number) => ({ queries: seconds < 3 ? 1 : 2, open: seconds < 12 ? 1 : 0 });
    const { kind, orders } = await run(engine, { lameDuckSeconds: 25 });
    expect(kind).toBe('Quiet');
    expect(orders.map(({ phase }) => phase)).toEqual(['LameDuck', 'NotReady', 'Quiet']);
    expect(orders[1]?.atSeconds).toBeGreaterThanOrEqual(12);
    expect(orders[1]?.atSeconds).toBeLessThan(13);
    expect(orders[2]?.atSeconds).toBeLessThan(18.5);
  });

  it('diverts clients that do not go by themselves, and is not ready when the last of them has its answer', async () => {
    const engine = (seconds: number) => ({
      queries: Math.floor(Math.min(seconds, 24.5) * 100),
      open: seconds < 23 ? 4 : 0,
    });
    const { kind, orders, divertedSeconds } = await run(engine, { lameDuckSeconds: 20, timeoutSeconds: 120 });
    expect(kind).toBe('Quiet');
    expect(divertedSeconds[0]).toBeCloseTo(20, 0);
    expect(orders.map(({ phase }) => phase)).toEqual(['LameDuck', 'NotReady', 'Quiet']);
    expect(orders[1]?.atSeconds).toBeGreaterThanOrEqual(23);
    expect(orders[1]?.atSeconds).toBeLessThan(24);
    // An engine that is configured anew meanwhile has forgotten it.
    expect(divertedSeconds.at(-1)).toBeGreaterThan(27);
  });

  it('diverts for no longer than an engine answers a recursion', async () => {
    const { kind, orders } = await run((seconds) => ({ queries: Math.floor(seconds * 100), open: 4 }), {
      lameDuckSeconds: 10,
    });
    expect(kind).toBe('Unproven');
    expect(orders[1]?.phase).toBe('NotReady');
    expect(orders[1]?.atSeconds).toBeGreaterThanOrEqual(15);
    expect(orders[1]?.atSeconds).toBeLessThan(15.5);
  });

  it('ends connections that are used for ever, while nobody waits', async () => {
    const engine = (seconds: number) => {
      const [udp, tcp] = [Math.min(seconds, 16), seconds].map((time) => Math.floor(time * 50));
      const isWaitedFor = seconds < 25 || Math.floor(seconds) % 2 === 0;
      return { queries: (udp ?? 0) + (tcp ?? 0), overTcp: tcp ?? 0, open: isWaitedFor ? 1 : 0 };
    };
    const { kind, tookMs } = await run(engine, { lameDuckSeconds: 10, timeoutSeconds: 120 });
    expect(kind).toBe('Quiet');
    expect(tookMs).toBeGreaterThanOrEqual(25_000);
    expect(tookMs).toBeLessThan(26_000);
  });

  it('diverts nobody when nobody is left, nor where there is no lame duck', async () => {
    const gone = await run((seconds) => ({ queries: seconds < 3 ? 1 : 2, open: 0 }), { lameDuckSeconds: 20 });
    const none = await run((seconds) => ({ queries: Math.floor(Math.min(seconds, 8) * 100), open: 0 }));
    expect([gone.divertedSeconds, none.divertedSeconds]).toEqual([[], []]);
  });

  it('waits for the last query, and for the last answer', async () => {
    const { kind, tookMs } = await run((seconds) => ({
      queries: Math.min(seconds, 8) * 100,
      open: seconds < 17 ? 1 : 0,
    }));
    expect(kind).toBe('Quiet');
    expect(tookMs).toBeGreaterThanOrEqual(17_000);
    expect(tookMs).toBeLessThan(17_500);
  });

  it('says at the deadline how many queries were left', async () => {
    const result = await run((seconds) => ({ queries: Math.floor(seconds * 40), open: 3 }));
    expect(result).toMatchObject({ kind: 'Unproven', open: 3 });
    expect(result.tookMs).toBeLessThan(31_000);
    const left = result.orders.at(-1)?.queriesPerSecondLeft ?? 0;
    expect(left).toBeGreaterThan(30);
    expect(left).toBeLessThan(50);
  });

  it('does not stay for a dead engine, nor long for a frozen one', async () => {
    expect(await run(() => 'Absent')).toMatchObject({ kind: 'EngineGone', tookMs: 0 });
    const frozen = await run(() => 'Silent');
    expect(frozen.kind).toBe('EngineGone');
    expect(frozen.tookMs).toBeLessThan(2500);
    expect(await run((seconds) => (seconds > 2 && seconds < 2.5 ? 'Silent' : { queries: 0, open: 0 }))).toMatchObject({
      kind: 'Quiet',
    });
  });

  it('stays for a silent engine that the supervisor hears, until it is silent for ten seconds', async () => {
    const frozen = await run(() => 'Silent', { answersSupervisor: true });
    expect(frozen.kind).toBe('EngineGone');
    expect(frozen.tookMs).toBeGreaterThan(10_000);
    expect(frozen.tookMs).toBeLessThan(13_000);
    const busy = (seconds: number) => (seconds < 8 ? 'Silent' : { queries: 7, open: seconds < 12 ? 1 : 0 });
    const { kind, tookMs } = await run(busy, { answersSupervisor: true });
    expect(kind).toBe('Quiet');
    expect(tookMs).toBeGreaterThanOrEqual(12_000);
  });

  it.each([-5000, 30_000])('takes as long when the wall clock is set by %d ms meanwhile', async (jumpMs) => {
    const { kind, tookMs } = await run(() => ({ queries: 1000, open: 0 }), { jumpMs });
    expect(kind).toBe('Quiet');
    expect(tookMs).toBeGreaterThanOrEqual(5000);
    expect(tookMs).toBeLessThan(5500);
  });

  it('returns at once after a drain that was proven before', async () => {
    const clock = new FakeClock();
    const never = () => Promise.reject(new Error('not to be called'));
    const result = await leave({
      settings,
      clock,
      readEngine: never,
      tell: never,
      divert: never,
      foundSilent: never,
      alreadyQuiet: true,
    });
    expect(result.kind).toBe('AlreadyQuiet');
  });

  it('never says Quiet before a whole quiet period, and never stays past the deadline', async () => {
    const arrivals = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (times) => {
        const queries = (seconds: number) => times.filter((time) => time <= seconds).length;
        const { kind, tookMs } = await run((seconds) => ({ queries: queries(seconds), open: 0 }));
        expect(tookMs).toBeLessThanOrEqual(30_300);
        const end = tookMs / 1000;
        if (kind === 'Quiet')
          expect(times.filter((time) => time > 0.3 && time > end - 5 && time < end - 0.3)).toEqual([]);
        else expect(kind).toBe('Unproven');
      }),
      { numRuns: 30 },
    );
  });
});

describe('diverted', () => {
  it('is everything but what the engine answers by itself', () => {
    const listed = 'test. static\ncorp.example. transparent\n10.in-addr.arpa. static\nold.example. typetransparent\n';
    expect(diverted(listed)).toEqual(['.', 'corp.example.', 'old.example.']);
    expect(diverted('')).toEqual(['.']);
  });
});

describe('drainSettings', () => {
  it('come from the last configuration, and have a fallback for each', () => {
    const text = JSON.stringify({ drain: { lameDuckSeconds: 20, quietPeriodSeconds: 30, timeoutSeconds: 300 } });
    expect(drainSettings(text)).toEqual({ lameDuckSeconds: 20, quietPeriodSeconds: 30, timeoutSeconds: 300 });
    for (const broken of [undefined, '', '{', 'null', '{"drain":[]}', '{"drain":{"lameDuckSeconds":"x"}}']) {
      expect(drainSettings(broken)).toEqual(FALLBACK);
    }
  });
});
