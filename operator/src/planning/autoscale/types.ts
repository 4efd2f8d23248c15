/**
 * What the autoscaler decides from, and what it says. Separate, so that its parts share words, not code. Who wires it:
 * one `remember` and one `planScale` for each look, `record` kept in the status, `memory` in the process.
 */
import type { Autoscaling } from '../../api/v1alpha1/scaling.js';
import type { ServerLoad } from '../server-load.js';
import type { Pauses } from './pauses.js';
import type { ScaleReason } from './reasons.js';

/** A pod of the pool that has not ended. */
export interface ScaledServer {
  readonly uid: string;
  readonly isReady: boolean;
  /** It was told to stop. */
  readonly isStopping: boolean;
  /** It was chosen for removal. */
  readonly isMarked: boolean;
  /** `{ freshness: 'Absent' }` for one of which nothing was ever heard. */
  readonly load: ServerLoad;
  /** What it counts for among warm servers, above 0 and below 1, while it is cold; absent for 1. */
  readonly weight?: number;
}

/** What must survive a restart of the operator; persisted in the status of the pool. */
export interface ScaleRecord {
  /** When the number of wanted servers last changed, whoever changed it; absent before the first change. */
  readonly lastScaleMs?: number;
  /** The number that was wanted at the last look, after its decision; another one now is a change by somebody else. */
  readonly wanted?: number;
}

/** The highest load of the last cool-down. Bounded: a peak only where the load was never as high again, 5 s apart. */
export interface LoadWindow {
  /** Since when the load is known without a gap. */
  readonly sinceMs: number;
  /** The last look. */
  readonly untilMs: number;
  /** From the highest, which is the oldest, to the load of now. */
  readonly peaks: readonly Peak[];
  /** When an engine was last seen to drop queries for want of room. */
  readonly shedMs?: number;
  /** When an engine was last seen to be throttled for more than a moment. */
  readonly throttledMs?: number;
}

/** The load was no higher than this from one time to the other. */
export interface Peak {
  readonly queriesPerSecond: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What is kept in the process alone. After a restart there is none, and nothing shrinks until the window is full. */
export interface ScaleMemory {
  /** Absent while the load is not known in full. */
  readonly window?: LoadWindow;
  /** Since when fewer servers serve than are wanted. */
  readonly missingSinceMs?: number;
}

/** Facts about a pool at one moment. */
export interface PoolFacts {
  readonly nowMs: number;
  readonly autoscaling: Autoscaling;
  readonly minServers: number;
  readonly maxServers: number;
  /** `capacity.redundancy`. */
  readonly redundancy: number;
  /** Queries per second of one warm server: `server.capacityQps`, or what was measured; absent when nobody said it. */
  readonly capacityQps?: number;
  /** What it counts for in a shrink, if that is less: a capacity that was measured may have risen a moment ago, or be doubtful. */
  readonly shrinkCapacityQps?: number;
  /** `spec.replicas` within the limits, read after our own last write. */
  readonly wanted: number;
  readonly servers: readonly ScaledServer[];
  readonly record: ScaleRecord;
  /** A change is on its way through the servers. */
  readonly isRollingOut: boolean;
  /** The pool leaves, or is being deleted. */
  readonly isRetiring: boolean;
  /** A pause that is over is none. */
  readonly pauses: Pauses;
  /** A HorizontalPodAutoscaler writes `/scale` too. */
  readonly hasOtherScaler: boolean;
}

export interface ScaleObservation extends PoolFacts {
  /** What `remember` made of this very look. */
  readonly memory: ScaleMemory;
}

export interface ScaleDecision {
  readonly type: 'Grow' | 'Shrink' | 'Hold';
  /** The number that is wanted now. */
  readonly from: number;
  /** The number to write to `/scale`; that of `from` for Hold. */
  readonly to: number;
  readonly reason: ScaleReason;
  /** One sentence without a full stop, with the numbers; numbers that move all the time are rounded. */
  readonly message: string;
  /** The servers that are wanted would be used above 90 %: growth does not wait for the cool-down. */
  readonly isEmergency: boolean;
  /** By the servers that serve now; absent when it is not known, and when the redundancy leaves none to carry the load. */
  readonly utilizationPercent?: number;
  /** For the load that is known, without the redundancy. */
  readonly neededServers?: number;
  /** How many servers more than `maxServers` the load and the redundancy take; absent when there are enough. */
  readonly missingServers?: number;
  /** Present with `missingServers`: one sentence without a full stop about them, with rounded numbers only. */
  readonly limitMessage?: string;
  /**
   * Servers that do not serve 120 s after they were asked for, whatever the reason of the decision is; absent for none, and
   * for a pool that retires.
   */
  readonly lateServers?: number;
  /** Present with `lateServers`: one sentence without a full stop, with the numbers and since when. */
  readonly lateMessage?: string;
  /** To persist before `/scale` is written: a crash in between costs one cool-down, and never makes two events of one. */
  readonly record: ScaleRecord;
  /** Absent when there is no cool-down. */
  readonly cooldownUntilMs?: number;
  /** Another event than our own changed the number of wanted servers since the last look. */
  readonly isScaledByOthers: boolean;
  /** When to look again even if nothing happens. */
  readonly nextLookMs?: number;
}
