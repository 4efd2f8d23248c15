/** Delays between attempts. Separate, because loops (reflector, leader) and keys (work queue) share the arithmetic. */
import type { Clock, Random } from './clock.js';

export interface BackoffOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly baseMs: number;
  readonly capMs: number;
  /** After this time without a failure the next one counts as the first. */
  readonly resetMs: number;
}

/** The delay after the `failures`-th failure in a row (from 1): doubles from `baseMs` to `capMs`. */
export function exponentialMs(failures: number, limits: { readonly baseMs: number; readonly capMs: number }): number {
  // 2 ** 30 times any base is above any cap; beyond it numbers would overflow for nothing.
  return Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}

/** Lengthens `ms` by up to `share` of it, so that those who failed together do not come back together. */
export function jitter(ms: number, share: number, random: Random): number {
  return Math.round(ms * (1 + share * random()));
}

/** Back-off of one loop. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #lastMs: number | undefined;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait after one more failure; at least what the server asked for with `retryAfterSeconds`. */
  nextMs(retryAfterSeconds = 0): number {
    const { clock, random, baseMs, capMs, resetMs } = this.#options;
    const nowMs = clock.monotonic();
    if (this.#lastMs !== undefined && nowMs - this.#lastMs > resetMs) this.#failures = 0;
    this.#failures += 1;
    const ownMs = Math.min(capMs, jitter(exponentialMs(this.#failures, { baseMs, capMs }), 1, random));
    const waitMs = Math.max(ownMs, jitter(retryAfterSeconds * 1000, 0.2, random));
    this.#lastMs = nowMs + waitMs;
    return waitMs;
  }
}
