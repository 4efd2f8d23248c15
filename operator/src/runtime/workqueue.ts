/**
 * The queue between events and workers. It holds keys only, so that a worker always looks at the present state: a key
 * that is added many times is worked on once; one that is added while a worker has it is worked on once more afterwards,
 * and never by two at the same time.
 */
import { exponentialMs, jitter } from './backoff.js';
import type { Clock, Random, Timer } from './clock.js';
import { noMetrics, type KubeMetrics } from './metrics.js';
import { TokenBucket } from './token-bucket.js';

export interface WorkQueueOptions {
  /** For metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics?: KubeMetrics | undefined;
}

/** client-go's 5 ms; its cap of 1000 s is too long for a person who has just repaired something. */
const retryLimits = { baseMs: 5, capMs: 300_000 };
/** client-go's overall limit for retries: when everything fails, it fails slowly. */
const retriesPerSecond = 10;
const retryBurst = 100;

interface Delayed {
  readonly dueMs: number;
  readonly timer: Timer;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #metrics: KubeMetrics;
  readonly #retries: TokenBucket;
  /** Key -> when it came, in order of coming. */
  readonly #waiting = new Map<string, number>();
  readonly #processing = new Set<string>();
  /** Keys that were added while a worker had them. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#metrics = options.metrics ?? noMetrics;
    this.#retries = new TokenBucket({ clock: options.clock, perSecond: retriesPerSecond, burst: retryBurst });
  }

  /** Keys that wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Asks for `key` to be worked on as soon as a worker is free. */
  add(key: string): void {
    if (this.#closed || this.#waiting.has(key)) return;
    if (this.#processing.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.set(key, this.#options.clock.monotonic());
    this.#handOut();
  }

  /** Asks for `key` to be worked on in `ms` milliseconds; an earlier wish for the same key stands. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const { clock } = this.#options;
    const dueMs = clock.monotonic() + ms;
    const pending = this.#delayed.get(key);
    if (pending && pending.dueMs <= dueMs) return;
    pending?.timer.cancel();
    const timer = clock.setTimer(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, timer });
  }

  /**
   * Asks for `key` again after a failure: after 5 ms, doubled with each failure in a row up to 5 min, plus up to a fifth;
   * never sooner than the server asked for. Returns the delay in milliseconds.
   */
  retry(key: string, retryAfterSeconds = 0): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#metrics.queueRetried(this.#options.name);
    const ownMs = Math.max(exponentialMs(failures, retryLimits), retryAfterSeconds * 1000);
    const waitMs = Math.max(jitter(ownMs, 0.2, this.#options.random), this.#retries.reserveMs());
    this.addAfter(key, waitMs);
    return waitMs;
  }

  /** Forgets the failures of `key`: it was worked on with success. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Takes the next key, or undefined once the queue is closed. Each key taken must be given back with `done`. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(undefined);
        return;
      }
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  /** Says that nobody works on `key` any more. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Hands out no more keys: those that wait are dropped, those being worked on are not touched. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #handOut(): void {
    const next = this.#waiting.entries().next();
    if (next.done !== true && this.#takers.length > 0) {
      const [key, sinceMs] = next.value;
      this.#waiting.delete(key);
      this.#processing.add(key);
      this.#metrics.queueWaited(this.#options.name, (this.#options.clock.monotonic() - sinceMs) / 1000);
      this.#takers.shift()?.(key);
    }
    this.#metrics.queueDepth(this.#options.name, this.#waiting.size);
  }
}
