/**
 * Asks the engine over its control socket, a stream that no load can crowd out, whether it works. `stats_noreset` goes
 * round all threads, so that an answer proves each of them and a wedged one holds it back. Asked only in doubt.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import { control } from '../engines/unbound/control.js';
import { parseStats } from '../engines/unbound/stats.js';

/**
 * Milliseconds without an answer after which a thread counts as stuck. An engine with a tenth of a processor answers
 * within 0.3 s; clients have asked another server by then.
 */
export const STUCK_AFTER_MS = 2000;

export interface ControlQuestionOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  /** The engine answered: it took so many queries since its start. */
  readonly onCount: (queries: number) => void;
  /** It accepted the question, or should have, and did not answer for STUCK_AFTER_MS. */
  readonly onStuck: () => void;
}

export class ControlQuestion {
  readonly #options: ControlQuestionOptions;
  #isOpen = false;

  constructor(options: ControlQuestionOptions) {
    this.#options = options;
  }

  /** Asks, unless an earlier question is still open; never throws. */
  ask(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    void this.#ask().finally(() => (this.#isOpen = false));
  }

  async #ask(): Promise<void> {
    const { socketPath, clock, onCount, onStuck } = this.#options;
    const end = new AbortController();
    const timer = clock.setTimer(STUCK_AFTER_MS, () => {
      end.abort();
      onStuck();
    });
    const question = { socketPath, command: 'stats_noreset', timeoutMs: 2 * STUCK_AFTER_MS, signal: end.signal };
    // An engine that is not there, or ends meanwhile, says nothing here: the probes tell.
    const text = await control(question).catch(() => '');
    timer.cancel();
    const queries = parseStats(text).get('total.num.queries');
    if (queries !== undefined && Number.isFinite(queries)) onCount(queries);
  }
}
