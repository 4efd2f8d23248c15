/** What is remembered of the capacity of a pool's servers while it is measured, and what comes of it. */

/**
 * What was learnt of one server at its CPU limit. Everything is counted in hits of the cache (planning/query-cost.ts), so
 * that the capacity follows a change of the hit ratio at once.
 */
export interface Learnt {
  /** Hits per second at the limit: the mean over ten minutes. */
  readonly hitsPerSecond: number;
  /** Hits per second of the middle server, and its share of its CPU limit: means over two minutes. */
  readonly demand: number;
  readonly share: number;
  /** The mean distance of single readings from `hitsPerSecond`, as a natural logarithm: 0.1 is 10 %. */
  readonly spread: number;
  /** For how long readings were seen, as far as it counts. */
  readonly seenSeconds: number;
  /** When the last reading was seen. */
  readonly seenMs: number;
  /** The CPU cores of a server for which it holds; absent until a server has said how many it has. */
  readonly cores?: number;
}

/** Kept in the process; after a restart it begins with what the status says. */
export interface CapacityMemory {
  /** The last look. */
  readonly lookMs: number;
  readonly learnt?: Learnt;
  /** The mean hit ratio of warm servers over some minutes. */
  readonly hitPercent?: number;
  /** Enough was learnt once: from then on what was learnt counts, and not the lower bound. */
  readonly isProven: boolean;
  /** What a server counted for at the last look. */
  readonly qps: number;
  /** The lowest of that since a time, and in the cool-down before it. */
  readonly lowest: { readonly sinceMs: number; readonly qps: number; readonly beforeQps: number };
}

/** What one warm server counts for. */
export interface MeasuredCapacity {
  /** In queries per second at the present hit ratio. */
  readonly qps: number;
  /** What it counts for when servers are to go: the lowest of the cool-down, and the lower bound while that is doubtful. */
  readonly shrinkQps: number;
  readonly source: 'Measured' | 'Minimum';
  /** 0 to 100. */
  readonly confidencePercent: number;
  readonly hitPercent?: number;
  /** Why the lower bound counts: a part of a sentence; absent when it does not. */
  readonly problem?: string;
  readonly memory: CapacityMemory;
}
