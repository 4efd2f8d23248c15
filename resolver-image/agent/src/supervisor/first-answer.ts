/**
 * The wait for the engine's first answer. The kubelet asks for readiness once a second, and a server that was not ready
 * when it was asked would wait for the next time, half a second as a rule: so its question is held back for as long as
 * that, and answered at the moment at which the engine is there. Only until then: of an engine that served before, what
 * is known is told at once.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';

/** Less than the kubelet's period, so that its next question is not late, and than its time-out of 3 s. */
export const HOLD_MS = 900;

export class FirstAnswer {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #waiting = new Set<() => void>();
  #hasCome = false;

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock;
  }

  /** The engine answers: whoever waits need not any more, nor will anybody. */
  come(): void {
    this.#hasCome = true;
    for (const end of [...this.#waiting]) end();
  }

  /** Resolves when the engine has answered for the first time, at the latest after HOLD_MS. */
  wait(): Promise<void> {
    if (this.#hasCome) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting.delete(end);
        timer.cancel();
        resolve();
      };
      const timer = this.#clock.setTimer(HOLD_MS, end);
      this.#waiting.add(end);
    });
  }
}
