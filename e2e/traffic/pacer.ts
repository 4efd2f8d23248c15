/**
 * When each query is due. Open loop: the schedule is fixed by start and rate alone and never waits for an answer, so
 * that a slow server cannot slow the load down and hide its own latency (coordinated omission).
 */

/** What a pacer is told. */
export interface Pace {
  readonly startMs: number;
  readonly queriesPerSecond: number;
  /** After this many queries nothing is due any more. */
  readonly maxQueries: number;
}

/** Hands out the due times of a steady load. */
export class Pacer {
  readonly #pace: Pace;
  #taken = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The time at which the next query was to be sent if that is not after `nowMs`; each is handed out once. */
  next(nowMs: number): number | undefined {
    if (this.finished) return undefined;
    const dueMs = this.#pace.startMs + (this.#taken * 1000) / this.#pace.queriesPerSecond;
    if (dueMs > nowMs) return undefined;
    this.#taken += 1;
    return dueMs;
  }

  /** True when all queries have been handed out. */
  get finished(): boolean {
    return this.#taken >= this.#pace.maxQueries;
  }
}
