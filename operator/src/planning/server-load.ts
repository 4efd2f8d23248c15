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
}

/** By the uid of the pod. */
export type ServerLoads = ReadonlyMap<string, ServerLoad>;
