/**
 * Whether a pool that already has the present version lets the rollout go on. Separate from the order of the steps:
 * this is the part that decides what counts as evidence against a version.
 */
import type { LivePool, RolloutObservation, RolloutStep, WantedPop } from './rollout-types.js';

/** For how long a changed pool may take to become ready: a rolling change of ten servers with their drains. */
export const stepDeadlineMs = 600_000;

/** Below this many queries per second neither load nor error rate says anything. */
export const leastMeasurableQps = 10;

/** A rise of the share of SERVFAIL, in points of percent, above which a step does not go on. */
export const servfailRisePoints = 5;

export type Verdict =
  | { readonly type: 'Open' }
  | { readonly type: 'Waiting'; readonly message: string; readonly untilMs: number }
  | { readonly type: 'Holding'; readonly message: string; readonly untilMs: number }
  | { readonly type: 'Blocked'; readonly message: string };

/** Judges a wanted pool that has the present version (`difference` None or Harmless). */
export function judgePool(pool: WantedPop, observation: RolloutObservation): Verdict {
  const { live, pop } = pool;
  if (!live) return { type: 'Open' };
  const { nowMs, step } = observation;
  if (hasNothingToSay(live, step?.beginMs ?? nowMs)) return { type: 'Open' };
  const ofPool = step?.pop === pop ? step : undefined;
  const sinceMs = Math.max(ofPool?.startMs ?? 0, live.readyChangedMs ?? ofPool?.startMs ?? nowMs);
  const wait = (why: string): Verdict => waitUntilDeadline(`PoP ${pop} ${why}`, ofPool?.startMs ?? sinceMs, nowMs);

  // When it was written is not known but for the step; that it was ready long ago is no delay of this change.
  if (!live.isObserved) {
    return waitUntilDeadline(`PoP ${pop} has not taken the change up yet`, ofPool?.startMs ?? nowMs, nowMs);
  }
  if (live.hasFailed) return { type: 'Blocked', message: `PoP ${pop}: ${live.message}` };
  if (!live.isReady) {
    return wait(`is not ready, ${live.readyServers} of ${live.desiredServers} servers answer: ${live.message}`);
  }
  if (live.settledMs === undefined) return wait('has servers on which the change is not in force');
  return (ofPool && judgeLoad(live, ofPool, wait)) ?? judgePause(pool, live.settledMs, observation);
}

/**
 * A pool that answered nothing since before the rollout began cannot say whether the version is good; waiting for it
 * would keep a change from every other PoP for as long as one is lost.
 */
function hasNothingToSay(live: LivePool, beginMs: number): boolean {
  return (
    live.isObserved &&
    !live.isReady &&
    live.readyServers === 0 &&
    live.readyChangedMs !== undefined &&
    live.readyChangedMs < beginMs
  );
}

function judgeLoad(live: LivePool, step: RolloutStep, wait: (why: string) => Verdict): Verdict | undefined {
  const { before, pop } = step;
  if (before.queriesPerSecond < leastMeasurableQps) return undefined;
  const now = live.load;
  if (!now) return wait(`reports no load; it had ${before.queriesPerSecond} queries/s before the change`);
  if (now.queriesPerSecond * 2 < before.queriesPerSecond) {
    const message = `PoP ${pop} answers ${now.queriesPerSecond} queries/s, less than half of the ${before.queriesPerSecond} before the change`;
    return { type: 'Blocked', message };
  }
  if (now.servfailPercent > before.servfailPercent + servfailRisePoints) {
    const message = `PoP ${pop} answers ${now.servfailPercent} % with SERVFAIL, ${before.servfailPercent} % before the change`;
    return { type: 'Blocked', message };
  }
  return undefined;
}

function judgePause(pool: WantedPop, settledMs: number, observation: RolloutObservation): Verdict {
  const untilMs = settledMs + observation.pauseSeconds * 1000;
  if (observation.nowMs >= untilMs) return { type: 'Open' };
  const load = pool.live?.load;
  const numbers = load ? `, ${load.queriesPerSecond} queries/s, ${load.servfailPercent} % SERVFAIL` : '';
  const message = `PoP ${pool.pop} is ready and is watched for ${observation.pauseSeconds} s${numbers}`;
  return { type: 'Holding', message, untilMs };
}

/** A wait ends in a report, not in an action: the step goes on by itself when its cause is gone. */
function waitUntilDeadline(message: string, sinceMs: number, nowMs: number): Verdict {
  const untilMs = sinceMs + stepDeadlineMs;
  if (nowMs < untilMs) return { type: 'Waiting', message, untilMs };
  return { type: 'Blocked', message: `${message} (for more than ${stepDeadlineMs / 60_000} minutes)` };
}
