/**
 * The highest load of the last cool-down, for shrinking. Separate, because it has a past: a pure structure that each
 * look replaces, small enough to keep for thousands of pools.
 */
import type { LoadWindow, Peak } from './types.js';

/** Two looks that are further apart leave a gap: the follower of the agents takes a sample for fresh for 25 s. */
export const longestGapMs = 30_000;

/** Peaks that are closer together count as one, the higher. */
const leastBucketMs = 5_000;
const mostBuckets = 60;

export interface LoadLook {
  readonly nowMs: number;
  /** Of all servers together; absent when it is not known in full. */
  readonly queriesPerSecond?: number;
  /** An engine drops queries for want of room. */
  readonly isShedding: boolean;
  /** An engine uses up its CPU limit, for more than a moment. */
  readonly isThrottled: boolean;
  readonly cooldownMs: number;
}

/** The window with one more look; undefined when the load is not known, from where it begins anew. */
export function observeWindow(window: LoadWindow | undefined, look: LoadLook): LoadWindow | undefined {
  const { nowMs, queriesPerSecond, isShedding, isThrottled, cooldownMs } = look;
  if (queriesPerSecond === undefined) return undefined;
  const known = window && Math.abs(nowMs - window.untilMs) <= longestGapMs ? window : undefined;
  const bucketMs = Math.max(leastBucketMs, cooldownMs / mostBuckets);
  const peaks = addPeak(known?.peaks ?? [], { queriesPerSecond, fromMs: nowMs, untilMs: nowMs }, bucketMs);
  const shedMs = isShedding ? nowMs : known?.shedMs;
  const throttledMs = isThrottled ? nowMs : known?.throttledMs;
  const isRecent = (timeMs: number) => timeMs >= nowMs - cooldownMs;
  return {
    sinceMs: known?.sinceMs ?? nowMs,
    untilMs: nowMs,
    peaks: peaks.filter(({ untilMs }) => isRecent(untilMs)),
    ...(shedMs !== undefined && isRecent(shedMs) && { shedMs }),
    ...(throttledMs !== undefined && isRecent(throttledMs) && { throttledMs }),
  };
}

function addPeak(peaks: readonly Peak[], now: Peak, bucketMs: number): readonly Peak[] {
  const higher = peaks.filter(({ queriesPerSecond }) => queriesPerSecond > now.queriesPerSecond);
  const last = higher.at(-1);
  // What the last look saw lasted until this one; when that was no higher, this one stands for both.
  if (!last || higher.length < peaks.length) return [...higher, now];
  const lasted = { ...last, untilMs: now.untilMs };
  const isSameBucket = now.fromMs - last.fromMs < bucketMs;
  return [...higher.slice(0, -1), lasted, ...(isSameBucket ? [] : [now])];
}

/** The highest load that was seen within the window. */
export function highestLoad({ peaks }: LoadWindow): number {
  return peaks[0]?.queriesPerSecond ?? 0;
}

/** When the window will have been seen in full. */
export function windowFullMs({ sinceMs }: LoadWindow, cooldownMs: number): number {
  return sinceMs + cooldownMs;
}
