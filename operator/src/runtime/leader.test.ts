/** Who leads, by client-go's rules: what is seen by one's own clock alone counts, and nobody leads when in doubt. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock, settle } from '../../test/fake-clock.js';
import { FakeLeases, type LeaseFault } from '../../test/fake-leases.js';
import { memoryLogger } from '../../test/memory-logger.js';
import type { Clock } from './clock.js';
import { LeaderElector, type LeadershipEnding, type LeadershipRun } from './leader.js';
import { silentLogger } from './logger.js';
import { noMetrics } from './metrics.js';

const key = 'dns/operator';

function contend({ clock = new FakeClock(), leases = new FakeLeases(clock), identity = 'a' } = {}) {
  const logger = memoryLogger();
  const seen: boolean[] = [];
  const elector = new LeaderElector({
    client: leases.client(identity),
    key,
    identity,
    clock,
    random: () => 0,
    logger,
    metrics: { ...noMetrics, leading: (isLeader) => seen.push(isLeader) },
  });
  const stop = new AbortController();
  const terms: AbortSignal[] = [];
  /** Stands for election; whoever leads does so until the signal of its term aborts. */
  const stand = (lead: LeadershipRun['lead'] = untilAborted) => {
    const ending = { value: undefined as string | undefined };
    const ended = elector.run({
      signal: stop.signal,
      lead: (signal) => {
        terms.push(signal);
        return lead(signal);
      },
    });
    ended.then(
      (value) => (ending.value = value),
      () => (ending.value = 'rejected'),
    );
    return { ended, ending };
  };
  const isLeading = () => terms.at(-1)?.aborted === false && seen.at(-1) === true;
  return { clock, leases, logger, seen, stop, terms, stand, isLeading };
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('a lease that nobody has', () => {
  test('is taken, renewed every 2 s, and given back at shutdown', async () => {
    const { clock, leases, seen, stop, stand, isLeading } = contend();
    const { ended } = stand();
    await settle();
    expect(isLeading()).toBe(true);
    expect(leases.read(key)).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    const before = leases.read(key)?.['renewTime'];
    await clock.advance(2000);
    expect(leases.read(key)?.['renewTime']).not.toBe(before);
    stop.abort();
    expect(await ended).toBe('released');
    expect(leases.read(key)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(seen).toEqual([false, true, false]);
    expect(clock.pending).toBe(0);
  });

  test('is taken at once after it was given back', async () => {
    const { clock, leases, stand, isLeading } = contend();
    leases.write(key, { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 4 });
    stand();
    await settle();
    expect(isLeading()).toBe(true);
    expect(leases.read(key)).toMatchObject({ holderIdentity: 'a', leaseTransitions: 5 });
    expect(clock.pending).toBeGreaterThan(0);
  });

  test('is not waited for after shutdown', async () => {
    const { leases, stop, stand, terms } = contend();
    leases.write(key, { holderIdentity: 'b', leaseDurationSeconds: 15 });
    const { ended } = stand();
    await settle();
    stop.abort();
    expect(await ended).toBe('released');
    expect(terms).toEqual([]);
    expect(leases.read(key)).toMatchObject({ holderIdentity: 'b' });
  });
});

describe('the lease of somebody else', () => {
  test.each([
    ['long ago', '2020-01-01T00:00:00.000000Z'],
    ['in the future', '2030-01-01T00:00:00.000000Z'],
  ])(
    'has expired when we saw no change of it for its duration, though it says that it was renewed %s',
    async (...row) => {
      const [, renewTime] = row;
      const { clock, leases, stand, isLeading } = contend();
      leases.write(key, { holderIdentity: 'b', leaseDurationSeconds: 15, renewTime });
      stand();
      await clock.advance(14_000);
      leases.write(key, { renewTime: '2030-01-01T00:00:01.000000Z' });
      await clock.advance(15_000);
      expect(isLeading()).toBe(false);
      await clock.advance(3000);
      expect(isLeading()).toBe(true);
    },
  );

  test('lasts for as long as it says', async () => {
    const { clock, leases, stand, isLeading } = contend();
    leases.write(key, { holderIdentity: 'b', leaseDurationSeconds: 40 });
    stand();
    await clock.advance(39_999);
    expect(isLeading()).toBe(false);
    await clock.advance(3000);
    expect(isLeading()).toBe(true);
  });

  test('does not expire while the API server cannot be asked', async () => {
    const { clock, leases, stand, isLeading } = contend();
    leases.write(key, { holderIdentity: 'b', leaseDurationSeconds: 15 });
    stand();
    await clock.advance(1000);
    leases.choose = () => 'refused';
    await clock.advance(60_000);
    leases.write(key, { renewTime: 'renewed meanwhile' });
    leases.choose = () => undefined;
    await clock.advance(14_000);
    expect(isLeading()).toBe(false);
  });
});

describe('a leader', () => {
  test('outlives failures that are shorter than its renew deadline', async () => {
    const { clock, leases, stand, isLeading } = contend();
    stand();
    await clock.advance(5000);
    leases.choose = () => 'refused';
    // The renewals at 6, 8 and 10 s fail; the last that did not was sent at 4 s.
    await clock.advance(6000);
    leases.choose = () => undefined;
    await clock.advance(20_000);
    expect(isLeading()).toBe(true);
  });

  test('outlives renewals whose answers are lost', async () => {
    const { clock, leases, stand, isLeading } = contend();
    stand();
    await clock.advance(1000);
    let calls = 0;
    leases.choose = () => (calls++ % 3 === 0 ? 'answer-lost' : undefined);
    await clock.advance(60_000);
    expect(isLeading()).toBe(true);
  });

  test.each(['refused', 'hang', 'answer-lost'] as const)(
    'stops 10 s after the last renewal that it knows of, when every call meets: %s',
    async (fault) => {
      const { clock, leases, stand, terms, seen } = contend();
      const { ended } = stand();
      await clock.advance(2000);
      leases.choose = () => fault;
      await clock.advance(9999);
      expect(terms[0]?.aborted).toBe(false);
      await clock.advance(1);
      expect(terms[0]?.aborted).toBe(true);
      expect(terms[0]?.reason).toMatchObject({ message: 'a could not renew its lease for 10 s' });
      expect(await ended).toBe('lost');
      expect(seen.at(-1)).toBe(false);
    },
  );

  test('counts from when a renewal was sent, not from when its answer came', async () => {
    const { clock, leases, stand, terms } = contend();
    stand();
    await settle();
    leases.choose = () => 'answer-late';
    // Sent at 2 s, answered at 6 s.
    await clock.advance(6000);
    leases.choose = () => 'refused';
    await clock.advance(5999);
    expect(terms[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(terms[0]?.aborted).toBe(true);
  });

  test('counts from before its claim was sent, however long that took', async () => {
    const { clock, leases, stand, terms } = contend();
    leases.write(key, { holderIdentity: '', leaseDurationSeconds: 1 });
    // Reading takes 4 s and so does claiming.
    leases.choose = () => 'answer-late';
    stand();
    await clock.advance(7999);
    expect(terms).toEqual([]);
    await clock.advance(1);
    leases.choose = () => 'refused';
    await clock.advance(1999);
    expect(terms.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.advance(1);
    expect(terms.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('stops at once when somebody else has the lease', async () => {
    const { clock, leases, stand, terms } = contend();
    const { ended } = stand();
    await clock.advance(1000);
    leases.write(key, { holderIdentity: 'b' });
    await clock.advance(4000);
    expect(terms[0]?.reason).toMatchObject({ message: 'b took the lease' });
    expect(await ended).toBe('lost');
    expect(leases.read(key)).toMatchObject({ holderIdentity: 'b' });
  });

  test('gives the lease back, also when it does not know whether its last renewal arrived', async () => {
    const { clock, leases, stop, stand } = contend();
    const { ended } = stand();
    await settle();
    leases.choose = () => 'answer-lost';
    await clock.advance(2000);
    leases.choose = () => undefined;
    stop.abort();
    expect(await ended).toBe('released');
    expect(leases.read(key)).toMatchObject({ holderIdentity: '' });
  });

  test('keeps the lease at shutdown until its work has ended', async () => {
    const { clock, leases, stop, stand } = contend();
    const { ending } = stand((signal) => untilAborted(signal).then(() => clock.sleep(5000)));
    await settle();
    stop.abort();
    await clock.advance(4999);
    expect(leases.read(key)).toMatchObject({ holderIdentity: 'a' });
    await clock.advance(1);
    expect(ending.value).toBe('released');
    expect(leases.read(key)).toMatchObject({ holderIdentity: '' });
  });

  test('whose work fails gives the lease back and says why', async () => {
    const { leases, stand } = contend();
    const { ended } = stand(() => Promise.reject(new Error('broken')));
    await expect(ended).rejects.toThrow('broken');
    expect(leases.read(key)).toMatchObject({ holderIdentity: '' });
  });
});

describe('after a loss', () => {
  test('nobody says so before the work has ended', async () => {
    const { clock, leases, stand } = contend();
    const { ending } = stand((signal) => untilAborted(signal).then(() => clock.sleep(4000)));
    await settle();
    leases.choose = () => 'refused';
    await clock.advance(13_999);
    expect(ending.value).toBeUndefined();
    await clock.advance(1);
    expect(ending.value).toBe('lost');
  });

  test('work that does not end before others may lead is given up', async () => {
    const { clock, leases, stand } = contend();
    const { ending } = stand(() => new Promise(() => undefined));
    await settle();
    leases.choose = () => 'hang';
    await clock.advance(14_999);
    expect(ending.value).toBeUndefined();
    await clock.advance(1);
    expect(ending.value).toBe('stuck');
  });

  test('what the work throws is no news', async () => {
    const { clock, leases, stand } = contend();
    const { ended } = stand((signal) => untilAborted(signal).then(() => Promise.reject(new Error('aborted'))));
    await settle();
    leases.choose = () => 'refused';
    await clock.advance(10_000);
    expect(await ended).toBe('lost');
  });

  test('one stands again and leads again, when the API server was only away', async () => {
    const { clock, leases, stand, isLeading, stop } = contend();
    const { ended } = stand();
    await settle();
    leases.choose = () => 'refused';
    await clock.advance(120_000);
    expect(await ended).toBe('lost');
    const again = stand();
    await clock.advance(5000);
    expect(isLeading()).toBe(false);
    leases.choose = () => undefined;
    await clock.advance(5000);
    expect(isLeading()).toBe(true);
    stop.abort();
    expect(await again.ended).toBe('released');
    expect(clock.pending).toBe(0);
  });

  test('one waits for the whole lease of whoever took it, and no longer', async () => {
    const { clock, leases, stand, isLeading } = contend();
    const { ended } = stand();
    await clock.advance(1000);
    leases.write(key, { holderIdentity: 'b', leaseDurationSeconds: 15 });
    await clock.advance(4000);
    expect(await ended).toBe('lost');
    stand();
    await clock.advance(14_999);
    expect(isLeading()).toBe(false);
    await clock.advance(3000);
    expect(isLeading()).toBe(true);
  });
});

const fault = fc.constantFrom<LeaseFault | undefined>(
  ...(['refused', 'answer-lost', 'hang', 'slow', 'answer-late'] as const),
  // Half of the calls go well.
  ...Array.from({ length: 5 }, () => undefined),
);
/** For so long each contender meets the next of its faults; one that repeats makes it lose its lease. */
const phaseMs = 4000;

test('whatever the API server does, no two lead at once, and once it is well one of them leads', async () => {
  const contender = fc.record({
    faults: fc.array(
      fc.oneof(
        fault,
        fault.map((one) => ({ one, phases: 5 })),
      ),
      { maxLength: 20 },
    ),
    stopMs: fc.nat(4900),
    clockAheadMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
    startMs: fc.nat(20_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(contender, { minLength: 2, maxLength: 3 }), async (contenders) => {
      const clock = new FakeClock();
      const beginMs = clock.now();
      const leases = new FakeLeases(clock);
      const plans = new Map(contenders.map(({ faults }, at) => [String(at), spread(faults)]));
      leases.choose = (caller) => plans.get(caller)?.[Math.floor((clock.now() - beginMs) / phaseMs)];
      const leading = new Set<string>();
      const stop = new AbortController();
      let most = 0;
      const runs = contenders.map(async ({ stopMs, clockAheadMs, startMs }, at) => {
        const identity = String(at);
        const own = { ...timersOf(clock), now: () => clock.now() + clockAheadMs };
        const client = leases.client(identity);
        const elector = new LeaderElector({
          client,
          key,
          identity,
          clock: own,
          random: () => 0.5,
          logger: silentLogger,
        });
        const lead = async (signal: AbortSignal) => {
          leading.add(identity);
          most = Math.max(most, leading.size);
          await untilAborted(signal);
          await clock.sleep(stopMs);
          leading.delete(identity);
        };
        await clock.sleep(startMs);
        let ending: LeadershipEnding = 'lost';
        while (ending === 'lost') ending = await elector.run({ signal: stop.signal, lead });
      });
      await clock.advance(110 * phaseMs);
      expect(most).toBe(1);
      expect(leading.size).toBe(1);
      stop.abort();
      await clock.advance(10_000);
      await Promise.all(runs);
    }),
    { numRuns: 40 },
  );
}, 60_000);

type Phases = LeaseFault | undefined | { readonly one: LeaseFault | undefined; readonly phases: number };

const spread = (faults: readonly Phases[]): (LeaseFault | undefined)[] =>
  faults.flatMap((each) => (typeof each === 'object' ? Array.from({ length: each.phases }, () => each.one) : [each]));

const timersOf = (clock: FakeClock): Omit<Clock, 'now'> => ({
  monotonic: () => clock.monotonic(),
  sleep: (ms, signal) => clock.sleep(ms, signal),
  setTimer: (ms, fn) => clock.setTimer(ms, fn),
});
