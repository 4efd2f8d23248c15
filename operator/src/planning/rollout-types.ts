/** What the plan of a rollout is made from, and what it says. Separate, so that its parts share words, not code. */

/** The live pool of a PoP, as its own status reports it. */
export interface LivePool {
  readonly state: 'Active' | 'Retiring';
  /** Someone deletes it. */
  readonly isDeleting: boolean;
  /** Its status speaks of its present generation. */
  readonly isObserved: boolean;
  /** Ready at its present generation. */
  readonly isReady: boolean;
  /** When `Ready` last changed, in ms since the epoch; absent before the first status. */
  readonly readyChangedMs?: number;
  /** It says itself that waiting will not help: its spec was refused, or it is stalled. */
  readonly hasFailed: boolean;
  /** It has given up all of its servers. */
  readonly isRetired: boolean;
  /** What its `Ready` condition says. */
  readonly message: string;
  readonly readyServers: number;
  readonly desiredServers: number;
  /** When its last change was in force on every server, in ms since the epoch. */
  readonly settledMs?: number;
  readonly load?: PoolLoad;
}

export interface PoolLoad {
  readonly queriesPerSecond: number;
  readonly servfailPercent: number;
  /** The share of queries that were answered from the cache, 0 to 100; absent without queries. */
  readonly hitPercent?: number | undefined;
  /** 99 % of the answers took no longer, to two digits; absent without answers. */
  readonly latencyP99Milliseconds?: number | undefined;
}

/** How the live pool differs from the one that the fleet wants. */
export type PoolDifference =
  /** There is none. */
  | 'Missing'
  | 'None'
  /** Only labels or the limits of its servers differ, and no limit gets smaller: no new version of anything. */
  | 'Harmless'
  /** It is leaving, and is wanted again. */
  | 'Leaving'
  | 'Change';

/** A PoP that the fleet wants. */
export interface WantedPop {
  readonly pop: string;
  readonly region: string;
  readonly difference: PoolDifference;
  /** It is to be given room for more servers, whatever else differs. */
  readonly needsRoom?: boolean;
  /** Absent if and only if `difference` is Missing. */
  readonly live?: LivePool;
}

/** A pool whose PoP is no longer in the spec. */
export interface LeavingPop {
  readonly pop: string;
  readonly live: LivePool;
}

/** The PoP that was changed last, and how it was before. Persisted in the fleet's status before the change is made. */
export interface RolloutStep {
  readonly pop: string;
  /** When this PoP was changed. */
  readonly startMs: number;
  /** When the first PoP of this rollout was changed. */
  readonly beginMs: number;
  readonly before: PoolLoad;
}

export interface RolloutObservation {
  readonly nowMs: number;
  readonly pauseSeconds: number;
  /** In the order of the spec. */
  readonly wanted: readonly WantedPop[];
  /** In the order of their names. */
  readonly leaving: readonly LeavingPop[];
  /** Absent at rest. */
  readonly step?: RolloutStep;
}

/** What is to be done to the pool of `pop`, and why, with the numbers. */
export interface RolloutAction {
  readonly type: 'Create' | 'Resume' | 'Adjust' | 'Change' | 'Retire' | 'Delete';
  readonly pop: string;
  readonly why: string;
}

export interface RolloutProgress {
  readonly state: 'Complete' | 'RollingOut' | 'Holding' | 'Blocked' | 'Retiring';
  readonly message: string;
}

export interface RolloutPlan {
  readonly actions: readonly RolloutAction[];
  readonly progress: RolloutProgress;
  /** The step to persist, before the actions; absent at rest. */
  readonly step?: RolloutStep;
  /** When to look again even if nothing happens. */
  readonly requeueAfterSeconds?: number;
}
