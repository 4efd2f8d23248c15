/** A token bucket: at most `perSecond` in the long run, `burst` at once. First come, first served. */
import type { Clock } from './clock.js';

export interface TokenBucketOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledMs: number;

  constructor(options: TokenBucketOptions) {
    this.#clock = options.clock;
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#filledMs = options.clock.monotonic();
  }

  /** Takes a token, if need be one of the future, and returns the milliseconds until it may be used. */
  reserveMs(): number {
    const nowMs = this.#clock.monotonic();
    const elapsedMs = nowMs - this.#filledMs;
    this.#filledMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond) - 1;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#perSecond) * 1000);
  }

  /** Waits for a token. When `signal` aborts meanwhile the token is given back. */
  async take(signal?: AbortSignal): Promise<void> {
    const waitMs = this.reserveMs();
    if (waitMs === 0) return;
    try {
      await this.#clock.sleep(waitMs, signal);
    } catch (error) {
      this.#tokens += 1;
      throw error;
    }
  }
}
