/**
 * How a pool gives servers up: one at a time, never during a rollout, and each first marked, so that the choice can be
 * undone until the Deployment is told. All that is known between two looks stands in the pods and the Deployment, so an
 * operator that dies at any point is followed by one that goes on. Growth never waits for any of this.
 */
import { isLost, type Server } from '../servers.js';
import { lowestDeletionCost } from '../../api/v1alpha1/labels.js';
import { chooseVictim } from './choose.js';
import { byHand } from './mark.js';
import type { RemovalAction, RemovalObservation, RemovalPlan, WorkloadObservation } from './types.js';

/** What is there, sorted out. */
interface Situation extends RemovalObservation {
  readonly workload: WorkloadObservation;
  readonly running: readonly Server[];
  /** Servers on their way out; one that is lost with its node is not waited for. */
  readonly stopping: readonly Server[];
  /** Those that a person wants replaced. */
  readonly requested: readonly Server[];
}

/** Decides what the Deployment shall run now, and which step the removal of a server takes. */
export function planRemoval(observation: RemovalObservation): RemovalPlan {
  const { nowMs, wanted, workload, servers } = observation;
  if (!workload) return { replicas: wanted, actions: [] };
  const running = servers.filter(({ isStopping }) => !isStopping);
  const situation: Situation = {
    ...observation,
    workload,
    running,
    stopping: servers.filter((server) => server.isStopping && !isLost(server, nowMs)),
    requested: running.filter(({ isDrainRequested }) => isDrainRequested),
  };
  const goal = wanted + surgeOf(situation);
  if (goal > workload.replicas) return grow(situation, goal);
  if (workload.replicas === wanted) return rest(situation);
  return shrink(situation);
}

/**
 * One more server than wanted while a person wants one replaced. Not before the ReplicaSet controller has done what it
 * was told last: the server that is being removed may look as if it still ran.
 */
function surgeOf({ wanted, workload, running, requested }: Situation): number {
  const isSteady = workload.isObserved && !workload.isRollingOut && running.length <= workload.replicas;
  return requested.length > 0 && wanted > 0 && isSteady ? 1 : 0;
}

function grow({ running, workload, wanted, requested }: Situation, goal: number): RemovalPlan {
  const [first] = requested;
  const why = `${wanted} servers are wanted and ${workload.replicas} run`;
  const progress =
    goal > wanted && first ? `${first.name} is drained by hand: one more server starts first` : undefined;
  return { replicas: goal, actions: unmark(running, why), ...(progress !== undefined && { progress }) };
}

function rest({ running, stopping, workload }: Situation): RemovalPlan {
  // What the ReplicaSet controller was told to take is still there.
  if (running.length > workload.replicas && !workload.isRollingOut) {
    const [marked] = running.filter(({ mark }) => mark);
    const progress = marked && `${marked.name} is being taken away`;
    return { replicas: workload.replicas, actions: [], ...(progress !== undefined && { progress }) };
  }
  const other = stopping.find(({ mark }) => !mark);
  const why = other ? `${other.name} went in its place` : `${workload.replicas} servers are wanted`;
  const [draining] = stopping;
  return {
    replicas: workload.replicas,
    actions: unmark(running, why),
    ...(draining && { progress: `${draining.name} drains` }),
  };
}

function shrink(situation: Situation): RemovalPlan {
  const { running, stopping, workload } = situation;
  const { replicas } = workload;
  const hold = (reason: string, actions: readonly RemovalAction[] = []): RemovalPlan => ({
    replicas,
    actions,
    progress: `${excessOf(situation)}: ${reason}`,
  });
  // A rollout replaces the chosen one too; the rest of the pool must not miss it meanwhile.
  if (workload.isRollingOut) return hold('a rollout ends first', unmark(running, 'a rollout began'));
  if (!workload.isObserved || running.length > replicas) return hold('the last change is under way');
  const victim = victimOf(situation);
  const others = running.filter(({ uid }) => uid !== victim?.uid);
  const undone = unmark(others, victim ? `${victim.name} goes first` : 'another server is replaced first');
  const doubt = doubtOf(situation, victim);
  if (doubt !== undefined) return hold(doubt, unmark(running, doubt));
  const [draining] = stopping;
  if (draining) return hold(`${draining.name} drains`, undone);
  if (isReplacing(situation)) return replace(situation, { victim, undone, hold });
  // The Deployment counts them too: pods that only our cache does not have yet are not missing.
  if (running.length < replicas && workload.created > running.length)
    return hold('the last change is under way', undone);
  if (running.length < replicas) {
    return hold(`${replicas - running.length} of them could not be started`, [...undone, remove(situation, undefined)]);
  }
  return victim ? take(situation, victim, undone) : hold('there is no server', undone);
}

/**
 * Why the load forbids that a server goes: it may have come back since fewer were wanted. Never of one that is replaced
 * for a person, who gets another one first; and one that does not serve may go whatever the load is.
 */
function doubtOf(situation: Situation, victim: Server | undefined): string | undefined {
  const { need, workload, running } = situation;
  if (!need || isReplacing(situation)) return undefined;
  if (workload.replicas <= need.servers) return `the load and the redundancy take ${need.servers}`;
  const isServing = victim?.isReady === true && running.length >= workload.replicas;
  if (need.isKnown || !isServing || victim.isDrainRequested) return undefined;
  return 'the load of a serving server is not known';
}

interface Replacement {
  readonly victim: Server | undefined;
  readonly undone: readonly RemovalAction[];
  readonly hold: (reason: string, actions?: readonly RemovalAction[]) => RemovalPlan;
}

/** The server that a person wants replaced goes once as many as wanted are ready beside it. */
function replace(situation: Situation, { victim, undone, hold }: Replacement): RemovalPlan {
  const ready = situation.running.filter(({ uid, isReady }) => isReady && uid !== victim?.uid).length;
  if (victim && ready >= situation.wanted) return take(situation, victim, undone);
  const [first] = situation.requested;
  return hold(`the server that replaces ${first?.name ?? 'another'} is not ready`, undone);
}

/** The one server more than wanted is there so that another can be replaced: no other may go for it. */
const isReplacing = ({ wanted, workload, requested }: Situation): boolean =>
  requested.length > 0 && workload.replicas === wanted + 1 && wanted > 0;

function victimOf(situation: Situation): Server | undefined {
  const victim = chooseVictim(situation.running, situation.loads);
  return isReplacing(situation) && !victim?.isDrainRequested ? undefined : victim;
}

/** Marks the server, or removes it when a fresh look shows it marked and no other. */
function take(situation: Situation, victim: Server, undone: readonly RemovalAction[]): RemovalPlan {
  const { nowMs, workload } = situation;
  const progress = `${excessOf(situation)}: ${victim.name} goes next`;
  const isMarked = victim.mark !== undefined && victim.deletionCost === lowestDeletionCost;
  const why = excessOf(situation);
  const reason = victim.isDrainRequested ? byHand : why;
  const step: readonly RemovalAction[] = isMarked
    ? [remove(situation, victim)]
    : [{ type: 'Mark', server: victim, mark: { timeMs: nowMs, reason }, why }];
  // A second server with the lowest cost might be taken for it.
  return {
    replicas: workload.replicas,
    actions: isMarked && undone.length > 0 ? undone : [...undone, ...step],
    progress,
  };
}

function remove(situation: Situation, server: Server | undefined): RemovalAction {
  const { replicas, resourceVersion } = situation.workload;
  const why = excessOf(situation);
  return { type: 'Remove', ...(server && { server }), replicas: replicas - 1, resourceVersion, why };
}

const excessOf = ({ workload, wanted }: Situation): string => `${workload.replicas} servers run, ${wanted} are wanted`;

const unmark = (servers: readonly Server[], why: string): readonly RemovalAction[] =>
  servers.filter(({ mark }) => mark !== undefined).map((server) => ({ type: 'Unmark', server, why }));
