/**
 * Queries that wait for an answer, and the rule by which one is given up. Separate because this is where a generator
 * lies most easily: a process that was stopped for a while finds answers in its socket buffers that came in time.
 *
 * The rule: a query is given up only once all sockets have been read empty at a moment after its deadline. An answer
 * found before that counts, since nobody can say that it was late; by how much it may have been is `maxGraceMs`.
 */

/** Anything that waits. */
export interface Waiter {
  deadlineMs: number;
}

/** Waiters with one common time-out, so that they are in the order of their deadlines. */
export class WaitingList<T extends Waiter> {
  readonly #timeoutMs: number;
  readonly #waiters = new Set<T>();
  #maxGraceMs = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Starts, or starts again, the wait of `waiter`. */
  add(waiter: T, nowMs: number): void {
    this.#waiters.delete(waiter);
    waiter.deadlineMs = nowMs + this.#timeoutMs;
    this.#waiters.add(waiter);
  }

  /** Ends a wait at `nowMs`. False if it had ended before. */
  end(waiter: T, nowMs: number): boolean {
    if (!this.#waiters.delete(waiter)) return false;
    this.#maxGraceMs = Math.max(this.#maxGraceMs, nowMs - waiter.deadlineMs);
    return true;
  }

  /** Takes out those whose deadline had passed at `emptyMs`, when all sockets were known to be read empty. */
  expire(emptyMs: number): readonly T[] {
    const expired: T[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.deadlineMs > emptyMs) break;
      expired.push(waiter);
      this.#waiters.delete(waiter);
    }
    return expired;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** By how much an answer that was counted may have been late; 0 when every one was read in time. */
  get maxGraceMs(): number {
    return this.#maxGraceMs;
  }
}
