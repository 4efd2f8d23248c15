/** What is known of the load of one server. The words that the follower of agents, the autoscaler and the status share. */

/**
 * Fresh: credible samples, the last of them young. Stale: it answered before, and does not now, or what it says is not
 * credible. Absent: nothing was ever heard of it.
 */
export type Freshness = 'Fresh' | 'Stale' | 'Absent';

export interface ServerLoad {
  readonly freshness: Freshness;
  /** Milliseconds since what was last credible, or since we began to ask; 0 while fresh. */
  readonly staleForMs?: number;
  /** Clients' queries per second, as far as they are confirmed; of the last credible samples when stale. */
  readonly queriesPerSecond?: number;
  /** Answers with SERVFAIL per second. */
  readonly servfailsPerSecond?: number;
  /** Queries per second that the engine dropped because all places for waiting queries were taken. */
  readonly droppedPerSecond?: number;
  /** The share of queries that were answered from the cache, 0 to 100; absent without queries. */
  readonly hitPercent?: number;
  /**
   * CPU cores that the engine's container used, mean between the last two readings that were heard: 5 s apart or more, and
   * up to 5 s older than the counters. The liveness probe in the same container is in it, some thousandths of a core.
   * Absent where the cgroup of the container does not tell, and for agents that do not read it yet.
   */
  readonly cpuCores?: number;
  /** CPU cores that the engine's container may use; absent without a limit. */
  readonly cpuLimitCores?: number;
  /** The share of the scheduler's periods between those two readings in which it was throttled, 0 to 100; absent without a limit. */
  readonly throttledPercent?: number;
  /** Seconds since the start of the engine, as of the last sample. */
  readonly engineAgeSeconds?: number;
  /** 99 % of the answers to clients took no longer than so many milliseconds; absent without answers. Those from the cache
   * count as faster than the first bound of `latency`. */
  readonly latencyP99Milliseconds?: number;
  /** The same of those answers for which the engine had to ask upstream; absent without them. */
  readonly recursionP99Milliseconds?: number;
  /** What the two are made of, to be added up over servers. */
  readonly latency?: Latency;
}

/** Answers by the time that they took, between two samples. */
export interface Latency {
  /** Seconds, rising; the upper bounds of `recursions`. */
  readonly boundsSeconds: readonly number[];
  /** Recursions per second that took no longer than each bound. */
  readonly recursions: readonly number[];
  /** All recursions per second, also those above the last bound. */
  readonly recursionsPerSecond: number;
  /** Answers per second without recursion: faster than the first bound. */
  readonly hitsPerSecond: number;
  /** Seconds between the two samples. */
  readonly seconds: number;
}

/** By the uid of the pod. */
export type ServerLoads = ReadonlyMap<string, ServerLoad>;
