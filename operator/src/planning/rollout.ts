/**
 * In which order a change of a fleet goes to its pools (design, section 4): new pools at once; a new version to one
 * PoP, then to the rest of its region, then to the other regions; each step waits until the pools that have it are
 * ready and have held. A PoP that left the spec is retired when all others are well. Pure: what is known about the
 * pools goes in, actions with their reasons come out, and planning their result gives no action.
 */
import { planRetirement } from './retirement.js';
import { judgePool, type Verdict } from './rollout-gate.js';
import type {
  RolloutAction,
  RolloutObservation,
  RolloutPlan,
  RolloutProgress,
  RolloutStep,
  WantedPop,
} from './rollout-types.js';

/** Decides what happens to the pools of a fleet now. */
export function planRollout(observation: RolloutObservation): RolloutPlan {
  const change = planChange(observation);
  const harmless = [...planHarmless(observation), ...planRoom(observation, change.actions)];
  const isAtRest = harmless.length === 0 && change.progress.state === 'Complete';
  const retirement = planRetirement(observation, isAtRest);
  return {
    actions: [...harmless, ...change.actions, ...retirement.actions],
    progress: progressOf(harmless, change.progress, retirement.progress),
    ...(change.step && { step: change.step }),
    ...soonest(change.requeueAfterSeconds, retirement.requeueAfterSeconds),
  };
}

function progressOf(
  harmless: readonly RolloutAction[],
  change: RolloutProgress,
  retirement: RolloutProgress | undefined,
): RolloutProgress {
  if (change.state !== 'Complete') return change;
  if (harmless.length > 0) return { state: 'RollingOut', message: harmless.map(({ why }) => why).join('; ') };
  return retirement ?? change;
}

/** What adds servers or brings them back needs no step. */
function planHarmless({ wanted }: RolloutObservation): RolloutAction[] {
  return wanted.flatMap(({ pop, difference, live }): RolloutAction[] => {
    if (difference === 'Missing') return [{ type: 'Create', pop, why: `PoP ${pop} is in the spec and has no pool` }];
    if (live?.isDeleting) return [];
    if (difference === 'Leaving') return [{ type: 'Resume', pop, why: `PoP ${pop} was leaving and is wanted again` }];
    if (difference === 'Harmless') return [{ type: 'Adjust', pop, why: `PoP ${pop} has other limits or labels` }];
    return [];
  });
}

/**
 * Capacity must not wait for a change that is blocked: more servers of the version that a PoP has are given at once. A PoP
 * that is changed now gets them with the rest.
 */
function planRoom({ wanted }: RolloutObservation, changes: readonly RolloutAction[]): RolloutAction[] {
  return wanted
    .filter(({ difference, needsRoom, live }) => difference === 'Change' && needsRoom && live && !live.isDeleting)
    .filter(({ pop }) => !changes.some((change) => change.pop === pop))
    .map(({ pop }) => ({ type: 'Adjust', pop, why: `PoP ${pop} may have more servers, of the version that it has` }));
}

function planChange(observation: RolloutObservation): RolloutPlan {
  const { wanted, step } = observation;
  const outdated = wanted.filter(({ difference, live }) => difference === 'Change' && live && !live.isDeleting);
  const changed = wanted.filter(({ difference }) => difference === 'None' || difference === 'Harmless');
  // Without anything left to change, only the last step is still watched: the other pools' health is their own.
  const watched = outdated.length > 0 ? changed : changed.filter(({ pop }) => pop === step?.pop);
  const verdict = worstOf(watched.map((pool) => judgePool(pool, observation)));
  const total = wanted.length;
  const next = nextOf(outdated, observation);

  if (verdict.type !== 'Open') {
    const left = outdated.length > 0 ? `; ${outdated.length} of ${total} PoPs keep the former version` : '';
    return {
      actions: [],
      progress: { state: stateOf(verdict), message: `${verdict.message}${left}` },
      ...(step && { step }),
      ...requeueFor(verdict, observation.nowMs),
    };
  }
  if (!next)
    return { actions: [], progress: { state: 'Complete', message: `${total} of ${total} PoPs are up to date` } };
  if (observation.leaving.some(({ live }) => isRetiringNow(live.state, live.isRetired))) {
    return {
      actions: [],
      progress: { state: 'RollingOut', message: `A change waits until the PoP that is leaving has left` },
      ...(step && { step }),
    };
  }
  const nextStep = beginStep(next, observation);
  const { queriesPerSecond, servfailPercent } = nextStep.before;
  const held = `${total - outdated.length} of ${total} PoPs have the present version`;
  const why = `PoP ${next.pop} is next; ${held}; before: ${queriesPerSecond} queries/s, ${servfailPercent} % SERVFAIL`;
  return {
    actions: [{ type: 'Change', pop: next.pop, why }],
    progress: { state: 'RollingOut', message: why },
    step: nextStep,
  };
}

const isRetiringNow = (state: 'Active' | 'Retiring', isRetired: boolean) => state === 'Retiring' && !isRetired;

/**
 * The PoP of the last step comes first if it must change again: a further edit of the user mends what is blocked there
 * before it goes anywhere else. Then the rest of that region, then the spec's order. A pool that is not ready comes
 * last: it would stop the rollout for a reason of its own.
 */
function nextOf(outdated: readonly WantedPop[], { wanted, step }: RolloutObservation): WantedPop | undefined {
  const again = outdated.find(({ pop }) => pop === step?.pop);
  if (again) return again;
  const ready = outdated.filter(({ live }) => live?.isReady);
  const inOrder = ready.length > 0 ? ready : outdated;
  const lastRegion = wanted.find(({ pop }) => pop === step?.pop)?.region;
  return inOrder.find(({ region }) => region === lastRegion) ?? inOrder[0];
}

function beginStep(next: WantedPop, { nowMs, step }: RolloutObservation): RolloutStep {
  const isRepeated = step?.pop === next.pop;
  return {
    pop: next.pop,
    startMs: nowMs,
    beginMs: step?.beginMs ?? nowMs,
    // What a blocked step did to the load is no measure for the edit that mends it.
    before: isRepeated ? step.before : (next.live?.load ?? { queriesPerSecond: 0, servfailPercent: 0 }),
  };
}

const severity = { Open: 0, Holding: 1, Waiting: 2, Blocked: 3 } as const;

const worstOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduce<Verdict>((worst, next) => (severity[next.type] > severity[worst.type] ? next : worst), {
    type: 'Open',
  });

function stateOf(verdict: Exclude<Verdict, { type: 'Open' }>): RolloutProgress['state'] {
  switch (verdict.type) {
    case 'Holding':
      return 'Holding';
    case 'Waiting':
      return 'RollingOut';
    case 'Blocked':
      return 'Blocked';
  }
}

function requeueFor(verdict: Verdict, nowMs: number): Pick<RolloutPlan, 'requeueAfterSeconds'> {
  if (verdict.type !== 'Holding' && verdict.type !== 'Waiting') return {};
  return { requeueAfterSeconds: Math.max(1, Math.ceil((verdict.untilMs - nowMs) / 1000)) };
}

function soonest(a: number | undefined, b: number | undefined): Pick<RolloutPlan, 'requeueAfterSeconds'> {
  const both = [a, b].filter((value) => value !== undefined);
  return both.length > 0 ? { requeueAfterSeconds: Math.min(...both) } : {};
}
