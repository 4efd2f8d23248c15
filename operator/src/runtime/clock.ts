/**
 * The only place that reads time and randomness. Everything else takes a Clock or a Random, so that a test, or the
 * replay of a logged decision, can say what time it is.
 */

/** A source of time and of waiting. */
export interface Clock {
  /**
   * Milliseconds since the Unix epoch: for times that people see or that other programs compare. It jumps whenever the
   * machine's clock is set.
   */
  now(): number;
  /**
   * Milliseconds since a moment of no meaning: for every duration. It goes forward only, at the pace of real time, like
   * the timers below; readings of two processes have nothing to do with each other.
   */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms` milliseconds unless cancelled before. */
  setTimer(ms: number, fn: () => void): Timer;
}

/** A pending call that can be taken back; cancelling twice, or after the call, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Returns a number in [0, 1). */
export type Random = () => number;

/** The machine's clock. Its timers do not keep a process alive that has nothing else to do. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        if (signal) reject(abortReason(signal));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The machine's random numbers. */
export const systemRandom: Random = () => Math.random();

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
