/**
 * How long a slow name still takes. A slow server is busy with the name, not with the datagram: a resolver that asks
 * again while it waits gets its answer when the first one is due, and does not start the wait anew.
 */

const rememberFactor = 3;

/** Remembers since when each slow name is being worked on. */
export class SlowNames {
  readonly #slowMs: number;
  /** In the order of first questions, so that the oldest can be forgotten first. */
  readonly #firstAsked = new Map<string, number>();

  /** @param slowMs how long a name takes; it is forgotten, and slow again, after three times as long */
  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** Milliseconds until the answer for `key` is due, for a question that arrives at `nowMs`. */
  delayMs(key: string, nowMs: number): number {
    for (const [oldKey, first] of this.#firstAsked) {
      if (nowMs - first < this.#slowMs * rememberFactor) break;
      this.#firstAsked.delete(oldKey);
    }
    const first = this.#firstAsked.get(key);
    if (first === undefined) {
      this.#firstAsked.set(key, nowMs);
      return this.#slowMs;
    }
    return Math.max(0, first + this.#slowMs - nowMs);
  }
}
