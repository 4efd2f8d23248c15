/**
 * The conditions of a pool in words with numbers. Separate from the counting, because this is what an on-call person
 * reads: each message says what is and what is missing.
 */
import { type Reason, reasons } from '../../api/v1alpha1/reasons.js';
import type { Finding, Findings } from '../../planning/conditions.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { agentPort } from '../../builders/contract.js';
import { findCapacity, findLimit, findScalingActive } from './scaling-status.js';
import type { Counts, PoolObservation, PoolOutcome, PoolPlan } from './types.js';

interface Situation {
  readonly observation: PoolObservation;
  readonly plan: PoolPlan;
  readonly outcome: PoolOutcome;
  readonly counts: Counts;
}

/** What the conditions of the pool say. */
export function findPoolState(situation: Situation): Findings {
  const { plan, outcome } = situation;
  const accepted = findAccepted(situation);
  const available = findAvailable(situation);
  const rollingOut = findRollingOut(situation);
  const ready = findReady(situation, { accepted, available, rollingOut });
  const { isLimited, reason, message } = plan.replicas.limit;
  const beyondReach = plan.scaling && findLimit(plan.scaling);
  const isStuck = accepted.status === 'False' || rollingOut.reason === reasons.deadlineExceeded;
  const isMoving = ready.status !== 'True' && !isStuck && ready.reason !== reasons.retired;
  return {
    ready,
    accepted,
    available,
    rollingOut,
    scalingLimited: isLimited
      ? { status: 'True', reason, message }
      : (beyondReach ?? { status: 'False', reason, message }),
    ...(plan.scaling && {
      scalingActive: findScalingActive(plan.scaling),
      capacitySufficient: findCapacity(plan.scaling),
    }),
    ...(isStuck && { stalled: { reason: ready.reason, message: ready.message } }),
    ...(!isStuck && (isMoving || outcome.error !== undefined) && { reconciling: findReconciling(ready, outcome) }),
  };
}

function findReconciling(ready: Finding, { error }: PoolOutcome): Omit<Finding, 'status'> {
  if (error === undefined) return { reason: ready.reason, message: ready.message };
  return { reason: reasons.apiError, message: error.message };
}

function findAccepted({ observation, plan, outcome, counts }: Situation): Finding {
  const refused = outcome.refused ?? observation.refusedObject;
  const no = (reason: Reason, message: string): Finding => ({ status: 'False', reason, message });
  if (outcome.conflict !== undefined) return no(reasons.nameConflict, outcome.conflict);
  if (refused) return no(reasons.invalidSpec, `The API server refuses the ${refused.kind}: ${refused.message}`);
  const { configuration } = plan;
  switch (configuration.type) {
    case 'RefusedFromStart':
      return no(reasons.configurationRefused, `The engine refuses the configuration: ${configuration.message}`);
    case 'Hold': {
      const { judgement } = configuration;
      if (judgement.type === 'Refused') {
        const kept = 'the servers keep the one that was accepted last';
        return no(reasons.configurationRefused, `The engine refuses the configuration, ${kept}: ${judgement.message}`);
      }
      return unchecked(
        `No server could be asked about the configuration, which is held back: ${judgement.message}${silenceOf(observation)}`,
      );
    }
    case 'Publish':
    case 'Current': {
      if (!configuration.isAccepted) {
        return unchecked(`The first server has not judged the configuration yet${silenceOf(observation)}`);
      }
      const refusal = refusalsOf(observation, configuration.text);
      // The checker took it, and no engine could use it.
      return refusal && counts.inForce === 0
        ? no(reasons.configurationRefused, `No server takes the configuration over: ${refusal}`)
        : { status: 'True', reason: reasons.accepted, message: 'The engine accepts the configuration' };
    }
  }
}

/** How many servers refuse a configuration that was published, with what one of them says. */
function refusalsOf({ servers, agents }: PoolObservation, text: string | undefined): string | undefined {
  const hash = text === undefined ? undefined : configHash(text);
  const refused = servers.flatMap(({ uid, name, isStopping }) => {
    const { refused: refusal, load } = agents.get(uid) ?? {};
    const isOfNow = refusal !== undefined && refusal.hash === hash && load?.config?.hash !== hash;
    return isOfNow && !isStopping ? [`${name}: ${refusal.message.slice(0, 300)}`] : [];
  });
  const [first] = refused;
  return first === undefined ? undefined : `${refused.length} of ${servers.length} servers refuse it, ${first}`;
}

/** The servers whose agents should answer and do not: what a NetworkPolicy or a lost node looks like. */
function silenceOf({ servers, agents }: PoolObservation): string {
  const silent = servers.filter(
    ({ uid, ip, isStopping }) => ip !== undefined && !isStopping && agents.get(uid)?.isReachable === false,
  );
  return silent.length === 0 ? '' : `; ${silent.length} of ${servers.length} agents do not answer on port ${agentPort}`;
}

const unchecked = (message: string): Finding => ({
  status: 'Unknown',
  reason: reasons.configurationUnchecked,
  message,
});

const sayAnswering = ({ ready, desired }: Counts): string =>
  ready > desired ? `${ready} servers answer, ${desired} are wanted` : `${ready} of ${desired} servers answer`;

function findAvailable({ observation, counts }: Situation): Finding {
  const { state, minServers } = observation.pool.spec;
  const answer = sayAnswering(counts);
  if (state === 'Retiring')
    return { status: 'False', reason: reasons.retiring, message: `${counts.ready} servers answer` };
  if (counts.ready < minServers) {
    return { status: 'False', reason: reasons.belowFloor, message: `${answer}, the floor is ${minServers}` };
  }
  const isComplete = counts.ready >= counts.desired;
  return { status: 'True', reason: isComplete ? reasons.serversReady : reasons.serversMissing, message: answer };
}

function findRollingOut({ observation, plan, outcome, counts }: Situation): Finding {
  const { state } = observation.pool.spec;
  const isHeld = plan.configuration.type === 'Hold' || outcome.refused !== undefined || observation.refusedObject;
  if (state === 'Retiring') {
    const left = counts.running + counts.stopping;
    return left === 0
      ? { status: 'False', reason: reasons.retired, message: 'No server is left' }
      : {
          status: 'True',
          reason: reasons.retiring,
          message: `${counts.running} servers run, ${counts.stopping} drain`,
        };
  }
  const progress = plan.removal.progress === undefined ? '' : `; ${plan.removal.progress}`;
  if (counts.isSettled || isHeld) {
    return {
      status: 'False',
      reason: reasons.rolloutComplete,
      message: `${Math.min(counts.updated, counts.desired)} of ${counts.desired} servers are up to date${progress}`,
    };
  }
  const stopping = counts.stopping > 0 ? `, ${counts.stopping} drain` : '';
  const refusal = refusalsOf(observation, plan.configuration.text);
  const trouble = refusal === undefined ? troubleOf(observation) : `: ${refusal}`;
  const message = `${counts.updated} of ${counts.desired} servers are up to date, ${counts.running} run${stopping}${trouble}${progress}`;
  return { status: 'True', reason: isOverdue(observation) ? reasons.deadlineExceeded : reasons.rollingOut, message };
}

interface Parts {
  readonly accepted: Finding;
  readonly available: Finding;
  readonly rollingOut: Finding;
}

function findReady({ observation, counts }: Situation, { accepted, available, rollingOut }: Parts): Finding {
  const no = (finding: Finding): Finding => ({ ...finding, status: 'False' });
  if (accepted.status !== 'True') return no(accepted);
  if (observation.pool.spec.state === 'Retiring') return no(rollingOut);
  const message = sayAnswering(counts);
  if (rollingOut.status === 'True') return no({ ...rollingOut, message: `${message}; ${rollingOut.message}` });
  if (counts.ready < counts.desired) {
    const reason = available.status === 'True' ? reasons.serversMissing : reasons.belowFloor;
    return { status: 'False', reason, message: `${message}${troubleOf(observation)}` };
  }
  return { status: 'True', reason: reasons.serversReady, message };
}

/** What the scheduler, the kubelet or the Deployment says of the first server that does not come up. */
function troubleOf({ servers, deployment }: PoolObservation): string {
  const failure = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (failure?.message !== undefined) return `: ${failure.message.slice(0, 300)}`;
  const troubled = servers.find(({ trouble, isStopping }) => trouble !== undefined && !isStopping);
  return troubled?.trouble === undefined ? '' : `: ${troubled.name}: ${troubled.trouble.slice(0, 300)}`;
}

const isOverdue = ({ deployment }: PoolObservation): boolean =>
  deployment?.status?.conditions?.some(
    ({ type, status, reason }) => type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded',
  ) ?? false;
