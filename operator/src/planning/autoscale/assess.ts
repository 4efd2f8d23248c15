/** The numbers of a pool that a decision is made from, and that it reports. */
import { neededServers, utilization } from '../utilization.js';
import { type PresentLoad, sumLoad, wantedServers } from './memory.js';
import type { ScaleReason } from './reasons.js';
import type { PoolFacts, ScaleRecord } from './types.js';

export interface Assessment {
  readonly wanted: number;
  readonly serving: number;
  readonly load: PresentLoad;
  readonly record: ScaleRecord;
  readonly isScaledByOthers: boolean;
  /** Absent when there was no change yet, and when its cool-down is over. */
  readonly cooldownUntilMs?: number;
  /** Absent when `capacityQps` or the load is not known. */
  readonly need?: Need;
}

export interface Need {
  readonly queriesPerSecond: number;
  readonly capacityQps: number;
  /** By the servers that serve, cold ones counted for less; a share, Infinity when the redundancy leaves none. */
  readonly utilization: number;
  /** By the servers that are wanted, as if all of them served. */
  readonly wantedUtilization: number;
  readonly needed: number;
  /** What the pool should have: for the load, the redundancy and the floor, whatever `maxServers` says. */
  readonly target: number;
}

/** An assessment with everything known that a change of the number takes. */
export type KnownAssessment = Assessment & { readonly need: Need };

/** What one part of the decision says; the rest of a decision is the same for all. */
export interface Verdict {
  /** The number of servers to want; absent to hold. */
  readonly to?: number;
  readonly reason: ScaleReason;
  readonly message: string;
  readonly missingServers?: number;
  readonly limitMessage?: string;
  readonly nextLookMs?: number;
}

export function assess(facts: PoolFacts): Assessment {
  const { nowMs, servers, autoscaling } = facts;
  const wanted = wantedServers(facts);
  const load = sumLoad(servers);
  const serving = load.servingServers;
  const isScaledByOthers = facts.record.wanted !== undefined && facts.record.wanted !== wanted;
  const lastScaleMs = isScaledByOthers ? nowMs : readLastScale(facts);
  const cooldownUntilMs = lastScaleMs === undefined ? undefined : lastScaleMs + autoscaling.cooldownSeconds * 1000;
  const need = assessNeed(facts, { wanted, ...load });
  return {
    wanted,
    serving,
    load,
    isScaledByOthers,
    record: { wanted, ...(lastScaleMs !== undefined && { lastScaleMs }) },
    ...(cooldownUntilMs !== undefined && cooldownUntilMs > nowMs && { cooldownUntilMs }),
    ...(need && { need }),
  };
}

/** A time in the future is one of another clock; it counts as now, and lasts no longer than one cool-down. */
function readLastScale({ nowMs, record: { lastScaleMs } }: PoolFacts): number | undefined {
  return lastScaleMs === undefined ? undefined : Math.min(lastScaleMs, nowMs);
}

function assessNeed(
  { capacityQps, redundancy, minServers, autoscaling: { scaleUpThresholdPercent } }: PoolFacts,
  { wanted, servingWeight, queriesPerSecond }: PresentLoad & { readonly wanted: number },
): Need | undefined {
  if (capacityQps === undefined || queriesPerSecond === undefined) return undefined;
  const needed = neededServers({ queriesPerSecond, capacityQps, scaleUpThresholdPercent });
  return {
    queriesPerSecond,
    capacityQps,
    utilization: utilization({ queriesPerSecond, serving: servingWeight, redundancy, capacityQps }),
    wantedUtilization: utilization({ queriesPerSecond, serving: wanted, redundancy, capacityQps }),
    needed,
    target: Math.max(needed + redundancy, minServers),
  };
}
