/**
 * When each query is due. Open loop: the schedule is fixed by times and rates alone and never waits for an answer, so
 * that a slow server cannot slow the load down and hide its own latency (coordinated omission).
 */

/** What a pacer is told. */
export interface Pace {
  readonly startMs: number;
  readonly queriesPerSecond: number;
  /** After this many queries of this pace nothing is due any more. */
  readonly maxQueries: number;
}

/** Hands out the due times of a load that is steady, or steady in steps. */
export class Pacer {
  #pace: Pace;
  /** Since the pace began. */
  #taken = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The time at which the next query was to be sent if that is not after `nowMs`; each is handed out once. */
  next(nowMs: number): number | undefined {
    if (this.finished) return undefined;
    const dueMs = this.#dueMs();
    if (dueMs > nowMs) return undefined;
    this.#taken += 1;
    return dueMs;
  }

  /** Goes on at another pace from its start; a query that is due before keeps its time. */
  change(pace: Pace): void {
    const startMs = Math.min(this.#dueMs(), pace.startMs + 1000 / pace.queriesPerSecond);
    this.#pace = { ...pace, startMs };
    this.#taken = 0;
  }

  #dueMs(): number {
    return this.#pace.startMs + (this.#taken * 1000) / this.#pace.queriesPerSecond;
  }

  /** True when all queries of the present pace have been handed out. */
  get finished(): boolean {
    return this.#taken >= this.#pace.maxQueries;
  }
}
