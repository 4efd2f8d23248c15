/** Whether a server is proven quiet, from the engine's own counters. Pure. */

/** The engine's counters at one moment. */
export interface Activity {
  readonly timeMs: number;
  /** Clients' queries since the engine's start. */
  readonly queries: number;
  /** Recursions that a client waits for. */
  readonly open: number;
}

export interface Watch {
  /** The reading at which the number of queries last changed: the server is quiet since then. */
  readonly changed: Activity;
  readonly last: Activity;
  /** Clients' queries per second between the last two readings that differ, or 0. */
  readonly queriesPerSecond: number;
}

export const startWatch = (first: Activity): Watch => ({ changed: first, last: first, queriesPerSecond: 0 });

/** Milliseconds over which the rate of queries is taken. */
const RATE_WINDOW_MS = 1000;

/** The watch after one more reading. A count that fell is an engine that was restarted: it counts as a change. */
export function observe(watch: Watch, next: Activity): Watch {
  const changed = next.queries === watch.last.queries ? watch.changed : next;
  const sinceChangeMs = next.timeMs - changed.timeMs;
  const elapsedMs = next.timeMs - watch.last.timeMs;
  const fresh = elapsedMs > 0 ? (Math.max(0, next.queries - watch.last.queries) * 1000) / elapsedMs : 0;
  const weight = Math.min(1, elapsedMs / RATE_WINDOW_MS);
  const smoothed = watch.queriesPerSecond + weight * (fresh - watch.queriesPerSecond);
  return { changed, last: next, queriesPerSecond: sinceChangeMs > RATE_WINDOW_MS ? 0 : smoothed };
}

/** Whether no query came for `quietMs` and nobody waits for an answer. */
export const isQuiet = (watch: Watch, quietMs: number): boolean =>
  watch.last.timeMs - watch.changed.timeMs >= quietMs && watch.last.open === 0;
