import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock, settle } from '../../test/fake-clock.js';
import { noMetrics } from './metrics.js';
import { WorkQueue } from './workqueue.js';

const noJitter = () => 0;

function makeQueue(metrics = noMetrics) {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ name: 'test', clock, random: noJitter, metrics }) };
}

describe('the work queue', () => {
  test('hands out keys in the order in which they came, each once', async () => {
    const { queue } = makeQueue();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(queue.depth).toBe(2);
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
  });

  test('hands a key out again after it is done if it was added meanwhile', async () => {
    const { queue } = makeQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(await queue.take()).toBe('a');
  });

  test('keeps the earliest of several delayed wishes', async () => {
    const { clock, queue } = makeQueue();
    queue.addAfter('a', 300);
    queue.addAfter('a', 100);
    queue.addAfter('a', 200);
    await clock.advance(99);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    await clock.advance(1000);
    expect(queue.depth).toBe(0);
  });

  test('takes no later wish for an earlier one because the wall clock was set back', async () => {
    const { clock, queue } = makeQueue();
    queue.addAfter('a', 100);
    clock.set(-3_600_000);
    queue.addAfter('a', 200);
    await clock.advance(100);
    expect(queue.depth).toBe(1);
  });

  test('waits longer with each failure of a key, up to 5 min, and forgets after a success', () => {
    const { queue } = makeQueue();
    const waits = Array.from({ length: 20 }, () => queue.retry('a'));
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(waits.at(-1)).toBe(300_000);
    queue.forget('a');
    expect(queue.retry('a')).toBe(5);
  });

  test('waits at least as long as the server asks for', () => {
    const { queue } = makeQueue();
    expect(queue.retry('a', 7)).toBe(7000);
  });

  test('slows down when everything fails', () => {
    const { queue } = makeQueue();
    const waits = Array.from({ length: 150 }, (_, at) => queue.retry(`key-${at}`));
    expect(Math.max(...waits.slice(0, 100))).toBe(5);
    // 50 above the burst of 100, at 10 a second.
    expect(waits.at(-1)).toBe(5000);
  });

  test('closes: those who wait get nothing, and nothing more is taken in', async () => {
    const { clock, queue } = makeQueue();
    const waiting = queue.take();
    queue.addAfter('a', 10);
    queue.close();
    expect(await waiting).toBeUndefined();
    queue.add('b');
    await clock.advance(100);
    expect([queue.depth, clock.pending, await queue.take()]).toEqual([0, 0, undefined]);
  });

  test('measures depth, waiting and retries', async () => {
    const seen: unknown[] = [];
    const { clock, queue } = makeQueue({
      ...noMetrics,
      queueWaited: (name, seconds) => seen.push([name, 'waited', seconds]),
      queueRetried: (name) => seen.push([name, 'retried']),
      queueDepth: (name, depth) => seen.push([name, 'depth', depth]),
    });
    queue.add('a');
    await clock.advance(2000);
    await queue.take();
    queue.retry('a');
    expect(seen).toEqual([
      ['test', 'depth', 1],
      ['test', 'waited', 2],
      ['test', 'depth', 0],
      ['test', 'retried'],
    ]);
  });

  test('never hands a key to two workers at once, and loses none', async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ type: fc.constant('later' as const), key: fc.constantFrom('a', 'b', 'c'), ms: fc.nat(50) }),
      fc.record({ type: fc.constant('pass' as const), ms: fc.nat(30) }),
    );
    const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], workMs: number) => {
      const { clock, queue } = makeQueue();
      const busy = new Set<string>();
      const lastStartMs = new Map<string, number>();
      const worker = async () => {
        for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
          expect(busy.has(key)).toBe(false);
          busy.add(key);
          lastStartMs.set(key, clock.now());
          await clock.sleep(workMs);
          busy.delete(key);
          queue.done(key);
        }
      };
      const workers = [worker(), worker(), worker()];
      const wantedMs = new Map<string, number>();
      for (const action of steps) {
        if (action.type === 'pass') await clock.advance(action.ms);
        else {
          const ms = action.type === 'later' ? action.ms : 0;
          queue.addAfter(action.key, ms);
          wantedMs.set(action.key, clock.now());
        }
      }
      await clock.advance(10_000);
      // Each key was begun at or after the last time that somebody asked for it.
      for (const [key, ms] of wantedMs) expect(lastStartMs.get(key)).toBeGreaterThanOrEqual(ms);
      queue.close();
      await settle();
      await Promise.all(workers);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 40 }), run), {
      numRuns: 60,
    });
  });
});
