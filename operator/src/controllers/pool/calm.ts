/**
 * What a status says of a load that is at rest, which is constant give or take a fifth (design, section 3): the same as
 * before. A number on the edge between two answers would else be a write at every look.
 */
import type { Condition } from '../../api/v1alpha1/condition.js';
import { conditionTypes } from '../../api/v1alpha1/reasons.js';
import { scaleReasons } from '../../planning/autoscale/reasons.js';
import { findCondition } from '../../planning/conditions.js';
import type { ScalingStatus } from './scaling-status.js';

/** Conditions whose messages have the load in them. */
const ofLoad: ReadonlySet<string> = new Set([
  conditionTypes.scalingActive,
  conditionTypes.capacitySufficient,
  conditionTypes.scalingLimited,
]);

/** A want of servers is told at once, and its end after this, unless the load or the servers have changed since. */
const wantMs = 600_000;

/** The conditions `next` of a pool whose load is at rest, in the words of those that are `written`. */
export function calmConditions(
  written: readonly Condition[] | undefined,
  next: readonly Condition[],
  nowMs: number,
): Condition[] {
  // A pool that gets the servers that it wants is not ready until they are.
  const readyMs = Date.parse(findCondition(next, conditionTypes.ready)?.lastTransitionTime ?? '') || 0;
  return next.map((condition) => {
    const before = ofLoad.has(condition.type) ? findCondition(written, condition.type) : undefined;
    if (!before) return condition;
    const isSameNews = before.status === condition.status && before.reason === condition.reason;
    if (isSameNews) return { ...condition, message: before.message };
    if (!isWant(before) || isWant(condition)) return condition;
    const sinceMs = Date.parse(before.lastTransitionTime);
    return readyMs < sinceMs && nowMs - sinceMs < wantMs ? before : condition;
  });
}

/** The load takes more servers than there are, or than there may be. */
const isWant = ({ type, status, reason }: Condition): boolean =>
  (type === conditionTypes.capacitySufficient && status === 'False') || reason === scaleReasons.maximumReached;

/** Reasons between which a load at rest goes back and forth, with nothing to be done in either case. */
const idle: ReadonlySet<string> = new Set([scaleReasons.withinThresholds, scaleReasons.fewestServers]);

/** What the autoscaler says of a load at rest: what is written, unless it decided for another reason. */
export function calmScaling(
  written: ScalingStatus | undefined,
  next: ScalingStatus | undefined,
): ScalingStatus | undefined {
  if (!written || !next) return next;
  const isSameReason = written.reason === next.reason || (idle.has(written.reason) && idle.has(next.reason));
  // The end of a cool-down that is over goes with the next reason.
  return isSameReason ? written : next;
}
