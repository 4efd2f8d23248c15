import { describe, expect, test } from '@jest/globals';
import { FakeClock, settle } from '../../test/fake-clock.js';
import { memoryLogger } from '../../test/memory-logger.js';
import { KubeError, type KubeErrorCode } from '../kube/errors.js';
import { IndexedStore } from '../kube/store.js';
import { Controller, type ControllerOptions } from './controller.js';
import { noMetrics } from './metrics.js';

const synced = { hasSynced: () => true };

function run(options: Partial<ControllerOptions>) {
  const clock = new FakeClock();
  const logger = memoryLogger();
  const outcomes: string[] = [];
  const controller = new Controller({
    name: 'test',
    concurrency: 2,
    caches: [synced],
    reconcile: () => Promise.resolve(undefined),
    clock,
    random: () => 0,
    logger,
    metrics: { ...noMetrics, reconciled: (_, outcome) => outcomes.push(outcome) },
    ...options,
  });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  return { clock, logger, outcomes, controller, stop, ended };
}

describe('a controller', () => {
  test('waits until all caches have synced', async () => {
    const keys: string[] = [];
    let hasSynced = false;
    const late = { hasSynced: () => hasSynced };
    const reconcile = (key: string) => Promise.resolve(void keys.push(key));
    const { clock, controller, stop, ended, logger } = run({ caches: [synced, late], reconcile });
    controller.enqueue('a');
    await clock.advance(61_000);
    expect(keys).toEqual([]);
    expect(logger.lines.map(({ message }) => message)).toEqual(['Still waiting for the caches']);
    hasSynced = true;
    await clock.advance(100);
    expect(keys).toEqual(['a']);
    stop.abort();
    await ended;
  });

  test('ends without work when it is stopped before the caches have synced', async () => {
    const { controller, stop, ended } = run({ caches: [{ hasSynced: () => false }] });
    controller.enqueue('a');
    stop.abort();
    await ended;
  });

  test('looks again when it was asked to', async () => {
    const times: number[] = [];
    const clock = new FakeClock();
    const startMs = clock.now();
    const { controller, outcomes } = run({
      clock,
      reconcile: () => {
        times.push((clock.now() - startMs) / 1000);
        return Promise.resolve({ requeueAfterSeconds: 30 });
      },
    });
    controller.enqueue('a');
    await clock.advance(65_000);
    expect(times).toEqual([0, 30, 60]);
    expect(outcomes).toEqual(['requeue', 'requeue', 'requeue']);
  });

  test.each([
    { title: 'a rejection', fail: () => Promise.reject(new Error('broken')), outcome: 'error', level: 'error' },
    { title: 'a plain throw', fail: throwing, outcome: 'error', level: 'error' },
    { title: 'a lost race', fail: failing('Conflict'), outcome: 'conflict', level: 'debug' },
    { title: 'an object that went meanwhile', fail: failing('NotFound'), outcome: 'conflict', level: 'debug' },
    { title: 'an API that is away', fail: failing('Unavailable'), outcome: 'error', level: 'warn' },
  ])('outlives $title, and tries again', async ({ fail, outcome, level }) => {
    let calls = 0;
    const { clock, controller, outcomes, logger } = run({
      reconcile: () => (calls++ === 0 ? fail() : Promise.resolve(undefined)),
    });
    controller.enqueue('a');
    await clock.advance(10);
    expect(calls).toBe(2);
    expect(outcomes).toEqual([outcome, 'success']);
    expect(logger.lines.at(-1)?.level).toBe(level);
  });

  test('honours what the server asked for', async () => {
    let calls = 0;
    const { clock, controller } = run({
      reconcile: () =>
        calls++ === 0
          ? Promise.reject(new KubeError('Throttled', 'slow down', { retryAfterSeconds: 5 }))
          : Promise.resolve(undefined),
    });
    controller.enqueue('a');
    await clock.advance(4900);
    expect(calls).toBe(1);
    await clock.advance(200);
    expect(calls).toBe(2);
  });

  test('works on other keys while one hangs, and gives the hanging key to nobody else', async () => {
    const begun: string[] = [];
    let release: () => void = () => undefined;
    const { clock, controller, outcomes } = run({
      concurrency: 1,
      reconcileTimeoutMs: 1000,
      reconcile: async (key) => {
        begun.push(key);
        if (key === 'hangs' && begun.length === 1) await new Promise<void>((resolve) => (release = resolve));
        return undefined;
      },
    });
    controller.enqueue('hangs');
    controller.enqueue('b');
    await clock.advance(999);
    expect(begun).toEqual(['hangs']);
    await clock.advance(1);
    expect(begun).toEqual(['hangs', 'b']);
    controller.enqueue('hangs');
    await clock.advance(5000);
    expect(begun).toEqual(['hangs', 'b']);
    release();
    await clock.advance(10);
    expect(begun).toEqual(['hangs', 'b', 'hangs']);
    expect(outcomes).toEqual(['error', 'success', 'success']);
  });

  test('lets what is in flight finish when it stops, and aborts what takes too long', async () => {
    const { clock, controller, stop, ended, outcomes } = run({
      drainMs: 5000,
      reconcile: (key, signal) =>
        key === 'short' ? clock.sleep(2000).then(() => undefined) : clock.sleep(60_000, signal).then(() => undefined),
    });
    controller.enqueue('short');
    controller.enqueue('long');
    await settle();
    stop.abort(new Error('shutting down'));
    controller.enqueue('too late');
    await clock.advance(4999);
    expect(outcomes).toEqual(['success']);
    await clock.advance(1);
    await ended;
    expect(outcomes).toEqual(['success', 'aborted']);
  });

  test('follows stores', async () => {
    const keys: string[] = [];
    const { controller } = run({ reconcile: (key) => Promise.resolve(void keys.push(key)) });
    const store = new IndexedStore();
    controller.follow(store, ({ key }) => [key, `parent-of-${key}`]);
    store.put({ metadata: { name: 'a', uid: '1', resourceVersion: '1' } });
    await settle();
    expect(keys.sort()).toEqual(['a', 'parent-of-a']);
  });
});

function throwing(): Promise<undefined> {
  throw new TypeError('thrown at once');
}

function failing(code: KubeErrorCode): () => Promise<undefined> {
  return () => Promise.reject(new KubeError(code, 'it failed'));
}
