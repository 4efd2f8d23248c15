/**
 * How PoPs that left the spec go: one at a time, and only while every other PoP is well, because their clients move to
 * the others. The pool controller takes the servers away one by one; here is decided when it may begin.
 */
import type {
  LeavingPop,
  LivePool,
  RolloutAction,
  RolloutObservation,
  RolloutPlan,
  RolloutProgress,
} from './rollout-types.js';

/** A PoP that could not leave, or has not left, after this long is reported: a hundred servers' drains of 36 s. */
export const retirementDeadlineMs = 3_600_000;

export interface RetirementPlan extends Pick<RolloutPlan, 'requeueAfterSeconds'> {
  readonly actions: readonly RolloutAction[];
  /** Absent when no PoP is leaving. */
  readonly progress?: RolloutProgress;
}

/** Decides about the PoPs that left the spec; `isAtRest` says that no change of the others is under way. */
export function planRetirement(observation: RolloutObservation, isAtRest: boolean): RetirementPlan {
  const leaving = observation.leaving.filter(({ live }) => !live.isDeleting);
  const gone = leaving.filter(({ live }) => live.isRetired);
  const active = leaving.filter(({ live }) => live.state === 'Active' && !live.isRetired);
  const retiring = leaving.filter(({ live }) => live.state === 'Retiring' && !live.isRetired);
  const idle = active.filter(({ live }) => live.isObserved && live.readyServers === 0);

  const actions: RolloutAction[] = [
    ...gone.map(({ pop }) => ({
      type: 'Delete' as const,
      pop,
      why: `PoP ${pop} left the spec and has no server left`,
    })),
    ...idle.map(({ pop }) => ({ type: 'Retire' as const, pop, why: `PoP ${pop} left the spec and answers nothing` })),
  ];
  const first = active.find((pool) => !idle.includes(pool));
  const obstacle = retiring.length > 0 ? 'another PoP leaves first' : obstacleOf(observation, isAtRest);
  if (first && idle.length === 0 && obstacle === undefined) {
    const why = `PoP ${first.pop} left the spec; the ${observation.wanted.length} others are ready`;
    actions.push({ type: 'Retire', pop: first.pop, why });
  }
  const progress = progressOf({ observation, retiring, first, obstacle });
  return { actions, ...(progress && { progress }), ...(leaving.length > 0 && { requeueAfterSeconds: 60 }) };
}

function obstacleOf({ wanted }: RolloutObservation, isAtRest: boolean): string | undefined {
  const sick = wanted.find(({ live }) => !live?.isReady);
  if (sick) return `PoP ${sick.pop} is not ready`;
  return isAtRest ? undefined : 'a change is under way';
}

interface Situation {
  readonly observation: RolloutObservation;
  readonly retiring: readonly LeavingPop[];
  readonly first: LeavingPop | undefined;
  readonly obstacle: string | undefined;
}

function progressOf({ observation, retiring, first, obstacle }: Situation): RolloutProgress | undefined {
  const current = retiring[0];
  if (current) {
    const message = `PoP ${current.pop} is leaving: ${current.live.message}`;
    return isOverdue(current.live.readyChangedMs, observation.nowMs)
      ? { state: 'Blocked', message: `${message} (for more than an hour)` }
      : { state: 'Retiring', message };
  }
  if (!first) return undefined;
  if (obstacle === undefined) return { state: 'Retiring', message: `PoP ${first.pop} is leaving` };
  const since = Math.min(...observation.wanted.map(({ live }) => unreadySince(live) ?? Infinity));
  const message = `PoP ${first.pop} left the spec and stays until it can be spared: ${obstacle}`;
  return { state: isOverdue(since, observation.nowMs) ? 'Blocked' : 'Retiring', message };
}

const unreadySince = (live: LivePool | undefined): number | undefined =>
  live && !live.isReady ? live.readyChangedMs : undefined;

const isOverdue = (sinceMs: number | undefined, nowMs: number): boolean =>
  sinceMs !== undefined && nowMs - sinceMs > retirementDeadlineMs;
