/**
 * The machine's clock as a test sets it: the time that other programs see jumps, while durations and timers go on as they
 * are. What takes minutes by the times in objects need not take them in a test.
 */
import { type Clock, systemClock, type Timer } from '../src/runtime/clock.js';

export class SettableClock implements Clock {
  #aheadMs = 0;

  /** Sets it `ms` milliseconds further ahead. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  setTimer(ms: number, fn: () => void): Timer {
    return systemClock.setTimer(ms, fn);
  }
}
