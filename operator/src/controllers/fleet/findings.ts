/**
 * The conditions of a fleet in words with numbers. A message names the worst PoPs first, three at most: it is read in
 * a terminal.
 */
import type { Condition } from '../../api/v1alpha1/condition.js';
import { conditionTypes, type Reason, reasons } from '../../api/v1alpha1/reasons.js';
import { type Finding, findCondition, type Findings } from '../../planning/conditions.js';
import type { LivePool, RolloutProgress } from '../../planning/rollout-types.js';
import type { FleetOutcome, FleetPlan } from './types.js';

/** A PoP of the spec, or one that is leaving. */
export interface PopState {
  readonly name: string;
  readonly region: string;
  readonly isWanted: boolean;
  readonly isUpToDate: boolean;
  readonly minServers: number;
  /** The conditions of its pool. */
  readonly conditions: readonly Condition[];
  readonly live?: LivePool;
}

interface Situation {
  readonly pops: readonly PopState[];
  readonly plan: FleetPlan;
  readonly outcome: FleetOutcome;
}

/** What the conditions of the fleet say. */
export function findFleetState(situation: Situation): Findings {
  const { outcome } = situation;
  const accepted = findAccepted(situation);
  const available = findAvailable(situation);
  const rollingOut = findRollingOut(situation);
  const ready = findReady(situation, { accepted, available, rollingOut });
  const isStuck = accepted.status === 'False' || rollingOut.reason === reasons.rolloutBlocked;
  const isMoving = ready.status !== 'True' || outcome.error !== undefined;
  const reason = outcome.error ? reasons.apiError : ready.reason;
  return {
    ready,
    accepted,
    available,
    rollingOut,
    ...(isStuck && { stalled: { reason: ready.reason, message: ready.message } }),
    ...(!isStuck && isMoving && { reconciling: { reason, message: outcome.error?.message ?? ready.message } }),
  };
}

function findAccepted({ pops, plan, outcome }: Situation): Finding {
  const no = (reason: Reason, message: string): Finding => ({ status: 'False', reason, message });
  if (plan.refusal) return no(plan.refusal.reason, plan.refusal.message);
  if (outcome.conflict !== undefined) return no(reasons.nameConflict, outcome.conflict);
  if (outcome.refused) {
    return no(reasons.invalidSpec, `The API server refuses the ${outcome.refused.kind}: ${outcome.refused.message}`);
  }
  // Only a pool that has this very spec can judge it: what the others say is about the one before.
  const judged = pops.flatMap(({ name, isWanted, isUpToDate, live, conditions }) => {
    const condition = findCondition(conditions, conditionTypes.accepted);
    return isWanted && isUpToDate && live?.isObserved && condition ? [{ name, condition }] : [];
  });
  const refused = judged.find(({ condition }) => condition.status === 'False');
  if (refused) return no(refused.condition.reason as Reason, `PoP ${refused.name}: ${refused.condition.message}`);
  const accepting = judged.filter(({ condition }) => condition.status === 'True');
  if (accepting.length === 0) {
    const message = 'No server has judged the configuration yet';
    return { status: 'Unknown', reason: reasons.configurationUnchecked, message };
  }
  return { status: 'True', reason: reasons.accepted, message: 'The engine accepts the configuration' };
}

function findAvailable({ pops }: Situation): Finding {
  const wanted = pops.filter(({ isWanted }) => isWanted);
  const stateOf = (pop: PopState) => findCondition(pop.conditions, conditionTypes.available);
  const failing = wanted.filter((pop) => stateOf(pop)?.status !== 'True');
  if (failing.length === 0) {
    const message = `${wanted.length} of ${wanted.length} PoPs have at least the servers of their floor`;
    return { status: 'True', reason: reasons.popsReady, message };
  }
  const message = listWorst(failing, (pop) => stateOf(pop)?.message ?? 'not observed yet');
  return { status: 'False', reason: reasons.popsNotReady, message };
}

const progressReasons: Readonly<Record<RolloutProgress['state'], Reason>> = {
  Complete: reasons.rolloutComplete,
  RollingOut: reasons.rollingOut,
  Holding: reasons.rolloutHolding,
  Blocked: reasons.rolloutBlocked,
  Retiring: reasons.retiring,
};

function findRollingOut({ pops, plan }: Situation): Finding {
  const progress = plan.rollout?.progress;
  if (progress && progress.state !== 'Complete') {
    return { status: 'True', reason: progressReasons[progress.state], message: progress.message };
  }
  const moving = pops.filter(
    ({ conditions }) => findCondition(conditions, conditionTypes.rollingOut)?.status === 'True',
  );
  if (moving.length > 0) {
    const message = listWorst(moving, (pop) => findCondition(pop.conditions, conditionTypes.rollingOut)?.message ?? '');
    return { status: 'True', reason: reasons.rollingOut, message };
  }
  return { status: 'False', reason: reasons.rolloutComplete, message: progress?.message ?? 'Nothing is under way' };
}

interface Parts {
  readonly accepted: Finding;
  readonly available: Finding;
  readonly rollingOut: Finding;
}

function findReady({ pops }: Situation, { accepted, available, rollingOut }: Parts): Finding {
  const no = (finding: Finding): Finding => ({ ...finding, status: 'False' });
  const wanted = pops.filter(({ isWanted }) => isWanted);
  const sick = wanted.filter(({ live }) => !live?.isReady);
  const message = `${wanted.length - sick.length} of ${wanted.length} PoPs are ready`;
  if (accepted.status === 'False') return no(accepted);
  if (rollingOut.status === 'True') return no({ ...rollingOut, message: `${message}; ${rollingOut.message}` });
  if (sick.length > 0) {
    const worst = listWorst(sick, ({ live }) => live?.message ?? 'it has no pool yet');
    return { status: 'False', reason: reasons.popsNotReady, message: `${message}; ${worst}` };
  }
  if (available.status !== 'True') return no(available);
  if (accepted.status !== 'True') return no(accepted);
  return { status: 'True', reason: reasons.popsReady, message };
}

function listWorst(pops: readonly PopState[], say: (pop: PopState) => string): string {
  const shown = pops.slice(0, 3).map((pop) => `PoP ${pop.name}: ${say(pop)}`);
  const more = pops.length > 3 ? [`and ${pops.length - 3} more`] : [];
  return [...shown, ...more].join('; ');
}
