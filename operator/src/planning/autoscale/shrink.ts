/**
 * Whether servers may go. Separate, because it is the part that must never act on doubt: the load that counts is the
 * highest of the cool-down window, and whatever is not known now forbids it.
 */
import { neededServers, utilization } from '../utilization.js';
import type { KnownAssessment, Verdict } from './assess.js';
import { throttledThresholdPercent } from './memory.js';
import { countOf, loadOf, timeOf, useOf, warmthOf } from './messages.js';
import { scaleReasons } from './reasons.js';
import type { ScaleObservation } from './types.js';
import { highestLoad, windowFullMs } from './window.js';

/** The most servers that one event takes away: this share of them, or one (design, section 5). */
const mostShrinkShare = 0.1;

/** Looks so close together leave no gap in the window, also when there is no news. */
const lookMs = 20_000;

/** Judges a pool in which every wanted server serves, and none is going. */
export function findShrink(observation: ScaleObservation, state: KnownAssessment): Verdict {
  const { nowMs, memory, redundancy, autoscaling } = observation;
  const { wanted } = state;
  const need = { ...state.need, capacityQps: shrinkCapacity(observation, state) };
  const { scaleDownThresholdPercent, cooldownSeconds } = autoscaling;
  const highest = Math.max(need.queriesPerSecond, memory.window ? highestLoad(memory.window) : 0);
  const share = utilization({ ...need, queriesPerSecond: highest, serving: state.load.servingWeight, redundancy });
  const servers = { servers: `${countOf(wanted)}${warmthOf(state.load)}`, redundancy };
  const use = { queriesPerSecond: need.queriesPerSecond, share: need.utilization };
  const present = useOf(use, { ...servers, precision: 'Rounded' });
  const isLittle = (value: number) => 100 * value < scaleDownThresholdPercent;

  if (!isLittle(need.utilization)) return { reason: scaleReasons.withinThresholds, message: present };
  if (!isLittle(share)) {
    const lower =
      need.capacityQps < state.need.capacityQps
        ? ` on servers of ${loadOf({ queriesPerSecond: need.capacityQps }, 'Rounded')}`
        : '';
    const message = `${present}; the highest of the last ${cooldownSeconds} s was ${loadOf({ queriesPerSecond: highest }, 'Rounded')}${lower}`;
    return { reason: scaleReasons.withinThresholds, message, nextLookMs: nowMs + lookMs };
  }
  const to = fewestServers(observation, { ...state, need, highest });
  if (to >= wanted) {
    const message = `${present}; fewer than ${wanted} are not enough for the floor, the load and the redundancy`;
    return { reason: scaleReasons.fewestServers, message };
  }
  const obstacle = findObstacle(observation, state);
  if (obstacle) return { ...obstacle, message: `${present}; ${obstacle.message}` };
  const least = useOf({ queriesPerSecond: highest, share }, { ...servers, precision: 'Exact' });
  const message = `From ${wanted} to ${to} servers: at most ${least} in the last ${cooldownSeconds} s, below ${scaleDownThresholdPercent} %`;
  return { to, reason: scaleReasons.lowUtilization, message };
}

/** What a server counts for when some are to go; never more than it counts for otherwise. */
const shrinkCapacity = ({ shrinkCapacityQps = Infinity }: ScaleObservation, { need }: KnownAssessment): number =>
  Math.min(need.capacityQps, shrinkCapacityQps);

/** The number after one event: no fewer than the highest load of the window takes, and below the upper threshold then. */
function fewestServers(
  { minServers, redundancy, autoscaling: { scaleUpThresholdPercent } }: ScaleObservation,
  { need: { capacityQps }, wanted, load: { servingServers, servingWeight }, highest }: KnownAssessment & Highest,
): number {
  const load = { queriesPerSecond: highest, capacityQps };
  // Those that stay may be the cold ones.
  const cold = servingServers - servingWeight;
  const needed = neededServers({ ...load, scaleUpThresholdPercent });
  // Without load nothing is needed; a pool of nothing but spare servers would make an emergency of the next query.
  const least = Math.max(Math.ceil(needed + redundancy + cold), minServers, redundancy + 1);
  const to = Math.max(least, wanted - Math.max(1, Math.floor(wanted * mostShrinkShare)));
  const isBelowThreshold = 100 * utilization({ ...load, serving: to - cold, redundancy }) < scaleUpThresholdPercent;
  return isBelowThreshold ? to : to + 1;
}

interface Highest {
  /** The highest load of the cool-down, in queries per second. */
  readonly highest: number;
}

function findObstacle(observation: ScaleObservation, state: KnownAssessment): Verdict | undefined {
  const { nowMs, memory, pauses, isRollingOut, autoscaling } = observation;
  const cooldownMs = autoscaling.cooldownSeconds * 1000;
  // The window must not get a gap while it is waited for.
  const lookAgain = (untilMs: number) => ({ nextLookMs: Math.min(untilMs, nowMs + lookMs) });
  const { shrinkUntilMs, problem } = pauses;
  if (problem !== undefined) {
    return { reason: scaleReasons.pauseUnreadable, message: `nothing shrinks: ${problem}` };
  }
  if (shrinkUntilMs !== undefined && nowMs < shrinkUntilMs) {
    const message = `shrinking is paused until ${timeOf(shrinkUntilMs)}`;
    return { reason: scaleReasons.shrinkingPaused, message, nextLookMs: shrinkUntilMs };
  }
  if (isRollingOut) return { reason: scaleReasons.rolloutUnderWay, message: 'nothing shrinks during a rollout' };
  const { isComplete, unknownServers } = state.load;
  if (!isComplete || !memory.window) {
    const message = `nothing shrinks while the load of ${countOf(unknownServers)} is not known`;
    return { reason: scaleReasons.loadIncomplete, message };
  }
  const fullMs = windowFullMs(memory.window, cooldownMs);
  if (nowMs < fullMs) {
    const message = `nothing shrinks before the load was known for ${autoscaling.cooldownSeconds} s, at ${timeOf(fullMs)}`;
    return { reason: scaleReasons.windowIncomplete, message, ...lookAgain(fullMs) };
  }
  const { shedMs, throttledMs } = memory.window;
  if (shedMs !== undefined) {
    const message = `nothing shrinks within ${autoscaling.cooldownSeconds} s of a query that an engine had no room for, at ${timeOf(shedMs)}`;
    return { reason: scaleReasons.queriesShed, message, ...lookAgain(shedMs + cooldownMs + 1) };
  }
  if (throttledMs !== undefined) {
    const message = `nothing shrinks within ${autoscaling.cooldownSeconds} s of an engine that was throttled in more than ${throttledThresholdPercent} % of its time, at ${timeOf(throttledMs)}`;
    return { reason: scaleReasons.engineThrottled, message, ...lookAgain(throttledMs + cooldownMs + 1) };
  }
  if (state.cooldownUntilMs !== undefined) {
    const message = `nothing shrinks before the end of the cool-down, at ${timeOf(state.cooldownUntilMs)}`;
    return { reason: scaleReasons.coolingDown, message, ...lookAgain(state.cooldownUntilMs) };
  }
  return undefined;
}
