/** What a pool reports: computed from what was observed and done, never from what was hoped. */
import type { DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { conditionTypes } from '../../api/v1alpha1/reasons.js';
import { poolSelector, selectorText } from '../../builders/names.js';
import { workloadOf } from '../../builders/workload.js';
import { findCondition, renderConditions, toTime } from '../../planning/conditions.js';
import { isSame } from '../../planning/same.js';
import { isLost } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { withCapacity } from './capacity-status.js';
import { findPoolState } from './findings.js';
import { countInForce } from './in-force.js';
import { freshnessOf, loadOf } from './load-status.js';
import { keepUnjudged, renderScaling } from './scaling-status.js';
import type { Counts, PoolObservation, PoolOutcome, PoolPlan } from './types.js';

/** The status of a pool. */
export function observePool(observation: PoolObservation, plan: PoolPlan, outcome: PoolOutcome): DnsPoolStatus {
  const { pool, nowMs } = observation;
  const before = pool.status;
  const counts = countServers(observation, plan, outcome);
  const hash = hashOf(plan);
  // After an error nothing is known of this generation yet: the status goes on speaking of the one before.
  const isDone = outcome.error === undefined && outcome.isOvertaken !== true;
  const generation = isDone ? pool.metadata.generation : (before?.observedGeneration ?? 0);
  const findings = findPoolState({ observation, plan, outcome, counts });
  const previous = before?.conditions ?? [];
  // The next look comes at once, and says what became of it: until then nothing is better or worse than it was.
  const isKept = outcome.isOvertaken === true && outcome.error === undefined && previous.length > 0;
  const conditions = isKept ? [...previous] : renderConditions(findings, { generation, nowMs, previous });
  const load = loadOf(observation);
  const isNew = (hash !== undefined && before?.configuration?.hash !== hash) || isOtherWorkload(observation);
  const settledTime = (isNew ? undefined : before?.settledTime) ?? (counts.isSettled ? toTime(nowMs) : undefined);
  return {
    observedGeneration: generation,
    conditions: plan.scaling ? keepUnjudged(before?.conditions, conditions, plan.scaling) : conditions,
    replicas: counts.running + counts.stopping,
    selector: selectorText(poolSelector(pool.metadata.name)),
    servers: {
      desired: counts.desired,
      ready: counts.ready,
      updated: counts.updated,
      stopping: counts.stopping,
      ...freshnessOf(observation),
      summary: `${counts.ready}/${counts.desired}`,
    },
    ...(hash === undefined
      ? before?.configuration && { configuration: before.configuration }
      : { configuration: { hash, serversInForce: counts.inForce } }),
    ...(load && { load }),
    ...(plan.scaling && { scaling: renderScaling(pool, plan.scaling), ...withCapacity(pool, plan.scaling) }),
    ...(settledTime !== undefined && { settledTime }),
  };
}

/**
 * Whether an edit changes more than the number of servers: a wish for more or fewer must not begin the watch over a
 * change anew. What the servers were made from stands with the published configuration, as it was before this look.
 */
function isOtherWorkload({ pool, published, deployment }: PoolObservation): boolean {
  const isSeen = pool.status?.observedGeneration === pool.metadata.generation;
  if (published?.workload === undefined) return !isSeen;
  if (!isSame(published.workload, workloadOf(pool.spec))) return true;
  // An operator that died between the change and this status: its successor sees servers of the former kind.
  const { updatedReplicas = 0, replicas = 0 } = deployment?.status ?? {};
  return !isSeen && updatedReplicas < replicas;
}

/** Undefined while nobody can tell which configuration is in force. */
const hashOf = ({ configuration: { text } }: PoolPlan): string | undefined =>
  text === undefined ? undefined : configHash(text);

function countServers(observation: PoolObservation, plan: PoolPlan, outcome: PoolOutcome): Counts {
  const { servers, deployment, nowMs } = observation;
  const running = servers.filter(({ isStopping }) => !isStopping);
  const stopping = servers.filter((server) => server.isStopping && !isLost(server, nowMs));
  const inForce = countInForce(observation, hashOf(plan));
  const { replicas: created = 0, updatedReplicas = 0 } = deployment?.status ?? {};
  const isObserved = isSeen(observation);
  const updated = Math.min(isObserved ? updatedReplicas : 0, inForce);
  const desired = plan.replicas.wanted;
  return {
    desired,
    ready: running.filter(({ isReady }) => isReady).length,
    running: running.length,
    stopping: stopping.length,
    updated,
    inForce,
    isSettled:
      outcome.error === undefined &&
      outcome.isOvertaken !== true &&
      outcome.written.length === 0 &&
      plan.configuration.type === 'Current' &&
      isObserved &&
      // More than wanted are taken away one at a time, and nobody has to wait for that.
      running.length >= desired &&
      updated >= desired &&
      created <= updatedReplicas,
  };
}

/**
 * Whether the Deployment's controller has seen its present spec. Until it has, a pool of this very generation that was
 * settled is settled: a change of the pod template is reported by the look that writes it, so this can only be a removal.
 */
function isSeen({ deployment, pool }: PoolObservation): boolean {
  if (!deployment) return false;
  if ((deployment.status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)) return true;
  const rollingOut = findCondition(pool.status?.conditions, conditionTypes.rollingOut);
  return rollingOut?.status === 'False' && rollingOut.observedGeneration === pool.metadata.generation;
}
