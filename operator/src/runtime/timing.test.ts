/** The arithmetic of waiting: back-off, token bucket, deadlines. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../test/fake-clock.js';
import { Backoff, exponentialMs } from './backoff.js';
import { DeadlineExceeded, withDeadline } from './deadline.js';
import { TokenBucket } from './token-bucket.js';

describe('back-off', () => {
  const limits = { baseMs: 800, capMs: 30_000, resetMs: 120_000 };

  test('doubles up to its cap', () => {
    const backoff = new Backoff({ ...limits, clock: new FakeClock(), random: () => 0 });
    expect(Array.from({ length: 8 }, () => backoff.nextMs())).toEqual([
      800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  test('starts over after a time without failures', async () => {
    const clock = new FakeClock();
    const backoff = new Backoff({ ...limits, clock, random: () => 0 });
    backoff.nextMs();
    // Nothing can fail during the wait itself, so the time counts from its end.
    await clock.advance(backoff.nextMs() + 120_000);
    const waitMs = backoff.nextMs();
    expect(waitMs).toBe(3200);
    await clock.advance(waitMs + 120_001);
    expect(backoff.nextMs()).toBe(800);
  });

  test.each([-3_600_000, 3_600_000])('takes no notice of a wall clock that was set by %d ms', async (jumpMs) => {
    const clock = new FakeClock();
    const backoff = new Backoff({ ...limits, clock, random: () => 0 });
    backoff.nextMs();
    clock.set(jumpMs);
    const waitMs = backoff.nextMs();
    expect(waitMs).toBe(1600);
    await clock.advance(waitMs + 120_001);
    expect(backoff.nextMs()).toBe(800);
  });

  test('stays within its limits, and never comes sooner than was asked for', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(60),
        (failures, random, after) => {
          const backoff = new Backoff({ ...limits, clock: new FakeClock(), random: () => random });
          for (let at = 0; at < failures; at++) backoff.nextMs();
          const ms = backoff.nextMs(after);
          expect(ms).toBeGreaterThanOrEqual(Math.max(800, after * 1000));
          expect(ms).toBeLessThanOrEqual(Math.max(30_000, after * 1200));
        },
      ),
    );
    expect(exponentialMs(10_000, { baseMs: 5, capMs: 300_000 })).toBe(300_000);
  });
});

describe('a token bucket', () => {
  test('gives the burst at once and then its rate', () => {
    const bucket = new TokenBucket({ clock: new FakeClock(), perSecond: 10, burst: 3 });
    expect(Array.from({ length: 6 }, () => bucket.reserveMs())).toEqual([0, 0, 0, 100, 200, 300]);
  });

  test('never gives more than burst + rate x time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(500), { maxLength: 30 }), async (pauses) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket({ clock, perSecond: 10, burst: 5 });
        let taken = 0;
        for (const pause of pauses) {
          await bucket.take(AbortSignal.abort(new Error('no wait'))).then(
            () => (taken += 1),
            () => undefined,
          );
          await clock.advance(pause);
        }
        const seconds = pauses.reduce((sum, ms) => sum + ms, 0) / 1000;
        expect(taken).toBeLessThanOrEqual(5 + 10 * seconds + 1e-6);
      }),
      { numRuns: 30 },
    );
  });

  test('serves those who wait in the order in which they came', async () => {
    const clock = new FakeClock();
    const startMs = clock.now();
    const bucket = new TokenBucket({ clock, perSecond: 10, burst: 2 });
    const served: unknown[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      void bucket.take().then(() => served.push([name, clock.now() - startMs]));
    }
    await clock.advance(1000);
    expect(served).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 100],
      ['d', 200],
    ]);
  });

  test.each([-3_600_000, 3_600_000])('takes no notice of a wall clock that was set by %d ms', async (jumpMs) => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, perSecond: 1, burst: 1 });
    expect(bucket.reserveMs()).toBe(0);
    clock.set(jumpMs);
    expect(bucket.reserveMs()).toBe(1000);
    await clock.advance(1000);
    expect(bucket.reserveMs()).toBe(1000);
  });

  test('takes back the token of one who stopped waiting', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, perSecond: 1, burst: 1 });
    await bucket.take();
    const stop = new AbortController();
    const waiting = bucket.take(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(bucket.reserveMs()).toBe(1000);
  });
});

describe('a deadline', () => {
  const never = () => new Promise<never>(() => undefined);

  test('ends work that takes no notice', async () => {
    const clock = new FakeClock();
    const ended = expect(withDeadline({ clock, timeoutMs: 50, doing: 'waiting' }, never)).rejects.toThrow(
      new DeadlineExceeded('waiting: no end within 50 ms'),
    );
    await clock.advance(50);
    await ended;
  });

  test('ends with the signal, and leaves no timer', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const ended = expect(
      withDeadline({ clock, timeoutMs: 50, doing: 'waiting', signal: stop.signal }, never),
    ).rejects.toThrow('stopped');
    stop.abort(new Error('stopped'));
    await ended;
    expect(clock.pending).toBe(0);
  });

  test('gives the result of work that ends in time', async () => {
    const clock = new FakeClock();
    const result = withDeadline({ clock, timeoutMs: 50, doing: 'working' }, () => Promise.resolve(7));
    await expect(result).resolves.toBe(7);
    expect(clock.pending).toBe(0);
  });

  test('does not begin when the signal has aborted', async () => {
    let begun = false;
    const signal = AbortSignal.abort(new Error('too late'));
    const work = () => Promise.resolve((begun = true));
    await expect(withDeadline({ clock: new FakeClock(), timeoutMs: 1, doing: 'x', signal }, work)).rejects.toThrow(
      'too late',
    );
    expect(begun).toBe(false);
  });
});
