/**
 * How many servers a pool should have for its load (design, section 5). In doubt it holds or grows: growth needs a lower
 * bound of the load, a shrink needs all of it, for a whole cool-down. Idempotent: a decision that was carried out is
 * followed by Hold for as long as the load stays.
 */
import { roundToTwoDigits } from '../load.js';
import { neededServers } from '../utilization.js';
import { assess, type Assessment, type KnownAssessment, type Need, type Verdict } from './assess.js';
import { countOf, loadOf, percentOf, retiringMessage, timeOf, useOf, warmthOf } from './messages.js';
import { scaleReasons, type ScaleReason } from './reasons.js';
import { findShrink } from './shrink.js';
import type { ScaleDecision, ScaleObservation } from './types.js';

/** Above this utilization of the servers that are wanted, growth does not wait for the cool-down (design, section 5). */
export const emergencyPercent = 90;

/** Servers that do not serve so long after they were asked for are reported: a start with a pull of the image takes less. */
export const comingMs = 120_000;

export function planScale(observation: ScaleObservation): ScaleDecision {
  const state = assess(observation);
  const { wanted: from, need, cooldownUntilMs } = state;
  const verdict =
    findStandstill(observation, state) ??
    (need && findGrowth(observation, { ...state, need })) ??
    findMovement(observation, state) ??
    (need ? findShrink(observation, { ...state, need }) : unknownLoad);
  const { to = from, reason, message, missingServers, limitMessage, nextLookMs } = verdict;
  const { nowMs, autoscaling } = observation;
  const isEvent = to !== from;
  const untilMs = isEvent ? nowMs + autoscaling.cooldownSeconds * 1000 : cooldownUntilMs;
  return {
    type: to > from ? 'Grow' : to < from ? 'Shrink' : 'Hold',
    from,
    to,
    reason,
    message,
    isEmergency: need !== undefined && isEmergency(need),
    ...(need && Number.isFinite(need.utilization) && { utilizationPercent: Math.round(100 * need.utilization) }),
    ...(need && { neededServers: need.needed }),
    ...(missingServers !== undefined && { missingServers }),
    ...(limitMessage !== undefined && { limitMessage }),
    ...findLate(observation, state),
    record: isEvent ? { lastScaleMs: nowMs, wanted: to } : state.record,
    ...(untilMs !== undefined && { cooldownUntilMs: untilMs }),
    isScaledByOthers: state.isScaledByOthers,
    ...(nextLookMs !== undefined && { nextLookMs }),
  };
}

const isEmergency = ({ wantedUtilization }: Need): boolean => 100 * wantedUtilization > emergencyPercent;

const unknownLoad: Verdict = { reason: scaleReasons.loadUnknown, message: 'No server says what its load is' };

/** What keeps the autoscaler from deciding anything. */
function findStandstill(observation: ScaleObservation, state: Assessment): Verdict | undefined {
  const { nowMs, isRetiring, autoscaling, capacityQps, hasOtherScaler, pauses } = observation;
  const held = countOf(state.wanted);
  if (isRetiring) return { reason: scaleReasons.retiring, message: retiringMessage };
  if (autoscaling.mode === 'External') {
    const message = `${held}, as \`DnsPool/scale\` says${tellNeed(observation, state)}`;
    return { reason: scaleReasons.scaledExternally, message };
  }
  if (autoscaling.mode === 'Disabled') {
    const message = `${held}, as was asked for last; \`autoscaling.mode\` is Disabled${tellNeed(observation, state)}`;
    return { reason: scaleReasons.scalingDisabled, message };
  }
  if (capacityQps === undefined) {
    const message = `${held}; without \`server.capacityQps\` nothing is scaled by load`;
    return { reason: scaleReasons.capacityUnknown, message };
  }
  if (hasOtherScaler) {
    const message = `${held}; a HorizontalPodAutoscaler writes \`/scale\` while \`autoscaling.mode\` is Builtin: remove it, or set External${tellNeed(observation, state)}`;
    return { reason: scaleReasons.twoScalers, message };
  }
  const { allUntilMs } = pauses;
  if (allUntilMs !== undefined && nowMs < allUntilMs) {
    const message = `${held}; scaling is paused until ${timeOf(allUntilMs)}${tellNeed(observation, state)}`;
    return { reason: scaleReasons.scalingPaused, message, nextLookMs: allUntilMs };
  }
  return undefined;
}

/** What the load would take, for whoever decides instead of us. */
function tellNeed({ redundancy }: ScaleObservation, { need, serving, load }: Assessment): string {
  if (!need) return '';
  const use = { queriesPerSecond: need.queriesPerSecond, share: need.utilization };
  return `; ${useOf(use, { servers: `${countOf(serving, 'serving server')}${warmthOf(load)}`, redundancy, precision: 'Rounded' })}, the pool should have ${need.target}`;
}

function findGrowth(
  observation: ScaleObservation,
  { wanted, need, cooldownUntilMs, ...state }: KnownAssessment,
): Verdict | undefined {
  const { maxServers, redundancy, autoscaling } = observation;
  const { needed, target } = need;
  const to = Math.min(target, maxServers);
  const missing = target > maxServers ? target - maxServers : undefined;
  const limit = missing === undefined ? {} : { missingServers: missing, limitMessage: tellLimit(observation, need) };
  const lack = missing === undefined ? '' : `; \`maxServers\` holds ${maxServers}, ${missing} fewer than that`;
  const takes = `need ${countOf(needed)} and ${redundancy} to spare`;
  if (to <= wanted) {
    if (missing === undefined) return undefined;
    const message = `${loadOf(need, 'Rounded')} ${takes}${lack}`;
    return { reason: scaleReasons.maximumReached, message, ...limit };
  }
  if (cooldownUntilMs !== undefined && !isEmergency(need)) {
    const message = `From ${wanted} to ${to} servers after the cool-down, at ${timeOf(cooldownUntilMs)}: ${loadOf(need, 'Rounded')} ${takes}${state.isScaledByOthers ? '; the number was just changed by others' : ''}`;
    return { reason: scaleReasons.coolingDown, message, nextLookMs: cooldownUntilMs, ...limit };
  }
  const reason = growthReason(need, autoscaling.scaleUpThresholdPercent);
  const message = `From ${wanted} to ${to} servers: ${loadOf(need)} take ${percentOf(need.utilization)} of ${state.serving} serving${warmthOf(state.load)} and ${percentOf(need.wantedUtilization)} of ${wanted} wanted servers with ${redundancy} to spare, and ${takes} at ${autoscaling.scaleUpThresholdPercent} % of ${loadOf({ queriesPerSecond: need.capacityQps })} each${lack}`;
  return { to, reason, message, ...limit };
}

/** The missing servers for the rounded load: the exact number moves with every per cent of it. */
function tellLimit(
  { maxServers, redundancy, autoscaling: { scaleUpThresholdPercent } }: ScaleObservation,
  { queriesPerSecond, capacityQps }: Need,
): string {
  const load = { queriesPerSecond: roundToTwoDigits(queriesPerSecond), capacityQps, scaleUpThresholdPercent };
  // A load that was rounded down may just find room; at least one server is missing, or there was nothing to tell.
  const missing = Math.max(1, neededServers(load) + redundancy - maxServers);
  return `\`maxServers\` holds ${maxServers}; ${loadOf(load)} with ${countOf(redundancy)} to spare take about ${roundToTwoDigits(missing)} more`;
}

function growthReason(need: Need, scaleUpThresholdPercent: number): ScaleReason {
  if (isEmergency(need)) return scaleReasons.emergency;
  return 100 * need.utilization > scaleUpThresholdPercent ? scaleReasons.highUtilization : scaleReasons.belowRedundancy;
}

/** When the servers that are missing should have come; a growth in the meantime gives the new ones a time of their own. */
function dueTime({ nowMs, memory }: ScaleObservation, { record }: Assessment): number {
  return Math.max(memory.missingSinceMs ?? nowMs, record.lastScaleMs ?? 0) + comingMs;
}

/** Servers that are overdue. A pool that gives up its servers waits for none. */
function findLate(
  observation: ScaleObservation,
  state: Assessment,
): Pick<ScaleDecision, 'lateServers' | 'lateMessage'> {
  const dueMs = dueTime(observation, state);
  const lateServers = state.wanted - state.serving;
  if (observation.isRetiring || observation.nowMs < dueMs || lateServers <= 0) return {};
  return { lateServers, lateMessage: tellLate(state, dueMs) };
}

const tellServing = ({ serving, wanted }: Assessment): string =>
  `${serving} of ${countOf(wanted, 'wanted server')} serve`;

const tellLate = (state: Assessment, dueMs: number): string =>
  `${tellServing(state)}; the others have not come since ${timeOf(dueMs - comingMs)}`;

/** Servers on their way, in or out: they are not asked for again, and nothing is removed beside them. */
function findMovement(observation: ScaleObservation, state: Assessment): Verdict | undefined {
  const { wanted, serving } = state;
  if (serving < wanted) {
    const dueMs = dueTime(observation, state);
    if (observation.nowMs < dueMs) {
      return { reason: scaleReasons.serversStarting, message: tellServing(state), nextLookMs: dueMs };
    }
    const message = `${tellLate(state, dueMs)}, and are not asked for again`;
    return { reason: scaleReasons.serversNotComing, message };
  }
  const { length } = observation.servers;
  if (length === wanted) return undefined;
  const message = `${countOf(length)} are there and ${wanted} wanted: nothing shrinks until the others are gone`;
  return { reason: scaleReasons.serversLeaving, message };
}
