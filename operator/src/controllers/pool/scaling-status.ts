/** What a pool reports of its autoscaler. Numbers that move all the time are rounded, because every change is a write. */
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import type { Condition } from '../../api/v1alpha1/condition.js';
import { conditionTypes, reasons } from '../../api/v1alpha1/reasons.js';
import { scaleReasons, type ScaleReason } from '../../planning/autoscale/reasons.js';
import type { ScaleDecision } from '../../planning/autoscale/types.js';
import { type Finding, findCondition, toTime } from '../../planning/conditions.js';
import { isSame } from '../../planning/same.js';
import type { Scaling } from './scaling.js';

export type ScalingStatus = NonNullable<DnsPoolStatus['scaling']>;

/** Utilization in the status, in points of percent (design, section 3). */
const statusPoints = 5;

/**
 * The part of the status that says what was decided, and what the next decision needs after a restart. What cannot be told
 * yet is what it was: a restart on an unchanged cluster writes nothing.
 */
export function renderScaling({ status }: DnsPool, { decision, isJudged }: Scaling): ScalingStatus {
  if (!isJudged && status?.scaling && status.scaling.servers === decision.record.wanted) return status.scaling;
  const { record, reason, message, type, cooldownUntilMs, utilizationPercent, neededServers } = decision;
  const lastScale = type === 'Hold' ? lastScaleOf(status?.scaling, decision) : `${reason}: ${message}`;
  return {
    servers: record.wanted ?? decision.to,
    ...(utilizationPercent !== undefined && { utilizationPercent: roundTo(statusPoints, utilizationPercent) }),
    ...(neededServers !== undefined && { neededServers: Math.min(mostServers, neededServers) }),
    reason,
    message: message.slice(0, maxMessage),
    ...(record.lastScaleMs !== undefined && { lastScaleTime: endOfSecond(record.lastScaleMs) }),
    ...(lastScale !== undefined && { lastScale: lastScale.slice(0, maxLastScale) }),
    ...(cooldownUntilMs !== undefined && { cooldownUntilTime: endOfSecond(cooldownUntilMs) }),
  };
}

const maxMessage = 1024;
const maxLastScale = 512;

/** What the schema allows; the load of a pool with a tiny `capacityQps` may take more. */
const mostServers = 100_000;
const mostPercent = 100_000;

const roundTo = (points: number, value: number): number => Math.min(mostPercent, Math.round(value / points) * points);

function lastScaleOf(
  written: ScalingStatus | undefined,
  { isScaledByOthers, from }: ScaleDecision,
): string | undefined {
  return isScaledByOthers && written ? `From ${written.servers} to ${from} servers by others` : written?.lastScale;
}

/** Never earlier than it was: a cool-down must not get shorter by a restart. */
const endOfSecond = (ms: number): string => toTime(Math.ceil(ms / 1000) * 1000);

/** Whether the status tells of another event than the one that is written: that is never held back. */
export function isOtherEvent(written: ScalingStatus | undefined, next: ScalingStatus | undefined): boolean {
  return !isSame([written?.servers, written?.lastScaleTime], [next?.servers, next?.lastScaleTime]);
}

/** Reasons for which load has no say in the number of servers, by our doing or somebody else's. */
const inactive: ReadonlySet<ScaleReason> = new Set([
  scaleReasons.scaledExternally,
  scaleReasons.scalingDisabled,
  scaleReasons.capacityUnknown,
  scaleReasons.twoScalers,
  scaleReasons.scalingPaused,
  scaleReasons.loadUnknown,
  scaleReasons.retiring,
]);

/** Conditions that speak of the load. */
const conditionsOfLoad: readonly string[] = [conditionTypes.scalingActive, conditionTypes.capacitySufficient];

/** The conditions `next`; those of the load as they were for as long as it cannot be told. */
export function keepUnjudged(
  before: readonly Condition[] | undefined,
  next: readonly Condition[],
  { isJudged }: Scaling,
): Condition[] {
  if (isJudged) return [...next];
  const wasBeyondReach = findCondition(before, conditionTypes.scalingLimited)?.reason === scaleReasons.maximumReached;
  const kept = wasBeyondReach ? [...conditionsOfLoad, conditionTypes.scalingLimited] : conditionsOfLoad;
  return next.map((condition) => {
    const written = kept.includes(condition.type) ? findCondition(before, condition.type) : undefined;
    return written ?? condition;
  });
}

/** Whether the number of servers follows the load. */
export function findScalingActive({ decision: { reason, message }, facts, measured }: Scaling): Finding {
  if (inactive.has(reason)) return { status: 'False', reason, message };
  const { problem } = facts.pauses;
  if (problem !== undefined) {
    return { status: 'True', reason: scaleReasons.pauseUnreadable, message: `Nothing shrinks: ${problem}` };
  }
  if (measured?.problem !== undefined) {
    const least = `${measured.qps} queries/s a server, the \`minQps\` of \`server.measuredCapacity\``;
    const message = `The number of servers follows the load, by ${least}: ${measured.problem}`;
    return { status: 'True', reason: reasons.capacityNotMeasured, message };
  }
  return { status: 'True', reason: reasons.scalesOnLoad, message: 'The number of servers follows the load' };
}

/** Whether the servers carry the load with the redundancy to spare; absent when nobody said what a server carries. */
export function findCapacity({ facts, capacity }: Scaling): Finding | undefined {
  if (facts.capacityQps === undefined || facts.isRetiring) return undefined;
  const { isSufficient, message } = capacity;
  if (isSufficient === undefined) return { status: 'Unknown', reason: scaleReasons.loadUnknown, message };
  return isSufficient
    ? { status: 'True', reason: reasons.capacitySufficient, message }
    : { status: 'False', reason: scaleReasons.belowRedundancy, message };
}

/** Why the pool cannot have the servers that it should have; undefined when it can. */
export function findLimit({ decision: { limitMessage, lateMessage } }: Scaling): Finding | undefined {
  if (limitMessage !== undefined) {
    return { status: 'True', reason: scaleReasons.maximumReached, message: limitMessage };
  }
  if (lateMessage !== undefined) {
    return { status: 'True', reason: scaleReasons.serversNotComing, message: lateMessage };
  }
  return undefined;
}
