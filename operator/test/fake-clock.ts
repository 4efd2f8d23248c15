/**
 * A clock that stands still until a test moves it, so that no unit test waits and every one gives the same answer on a
 * slow machine.
 */
import type { Clock, Timer } from '../src/runtime/clock.js';

interface PendingTimer {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
}

export class FakeClock implements Clock {
  #monotonicMs = 1_000_000;
  #epochMs: number;
  #order = 0;
  readonly #timers = new Set<PendingTimer>();

  /** `startMs` is the time at which the clock stands first, in milliseconds since the Unix epoch. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = startMs - this.#monotonicMs;
  }

  now(): number {
    return this.#epochMs + this.#monotonicMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  /** Sets the wall clock on by `ms`, or back if negative, as somebody does who corrects it: no time passes. */
  set(ms: number): void {
    this.#epochMs += ms;
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer: PendingTimer = { atMs: this.#monotonicMs + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      const onAbort = () => {
        timer.cancel();
        if (signal) reject(abortReason(signal));
      };
      const timer = this.setTimer(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** How many timers and sleeps are pending. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer fires; undefined when there is none. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next && next.atMs - this.#monotonicMs;
  }

  /**
   * Moves the time on by `ms`: fires what is due on the way, in order of time, and lets everything that waits for a
   * promise go as far as it can before the next timer fires and before it returns.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await settle();
    for (let next = this.#next(); next && next.atMs <= untilMs; next = this.#next()) {
      this.#timers.delete(next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.atMs);
      next.fn();
      await settle();
    }
    this.#monotonicMs = untilMs;
  }

  #next(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Lets everything that waits for promises alone run as far as it can. */
export async function settle(): Promise<void> {
  // Two turns: the first empties the queue of promises, the second that of what they scheduled for the next turn.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
