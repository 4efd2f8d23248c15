/** What the removal of a pool's servers is decided from, out of what was gathered. */
import type { Deployment } from '../../kube/resource.js';
import { planRemoval } from '../../planning/removal/plan.js';
import type { LoadNeed, RemovalPlan, WorkloadObservation } from '../../planning/removal/types.js';
import type { Server } from '../../planning/servers.js';
import type { Scaling } from './scaling.js';
import type { PoolObservation } from './types.js';

/** Decides how many servers the Deployment shall run now, on the way to `wanted`. */
export function planPoolRemoval(observation: PoolObservation, wanted: number, scaling?: Scaling): RemovalPlan {
  const { nowMs, deployment, servers, loads, pool } = observation;
  if (!deployment) return planRemoval({ nowMs, wanted, servers, loads });
  const workload = observeWorkload(deployment);
  if (pool.spec.state !== 'Retiring' || !isEndless(deployment, servers)) {
    return planRemoval({
      nowMs,
      wanted,
      servers,
      loads,
      workload,
      ...(scaling && followsLoad(scaling) && { need: needOf(scaling) }),
    });
  }
  // A rollout that does not end would keep the pool for ever. What it started does not answer, and goes with the rest.
  const answering = servers.filter(({ isReady, isStopping }) => isReady || isStopping);
  return planRemoval({
    nowMs,
    wanted,
    servers: answering,
    loads,
    workload: { ...workload, isRollingOut: false, created: 0 },
  });
}

/** Whether the number of servers is decided by load, by nobody but us. */
export const followsLoad = ({ facts }: Scaling): boolean =>
  facts.autoscaling.mode === 'Builtin' && facts.capacityQps !== undefined && !facts.isRetiring && !facts.hasOtherScaler;

function needOf({ facts, capacity }: Scaling): LoadNeed {
  const { needed, isSufficient, serving } = capacity;
  return {
    servers: needed === undefined ? 0 : Math.min(facts.maxServers, needed + facts.redundancy),
    isKnown: isSufficient !== undefined || serving === 0,
  };
}

/** The Deployment as decisions see it. */
export function observeWorkload({ metadata, spec, status }: Deployment): WorkloadObservation {
  const { replicas = 0, updatedReplicas = 0, observedGeneration = 0 } = status ?? {};
  return {
    replicas: spec?.replicas ?? 1,
    created: replicas,
    isObserved: observedGeneration >= (metadata.generation ?? 0),
    isRollingOut: updatedReplicas < replicas,
    resourceVersion: metadata.resourceVersion,
  };
}

/** Whether nothing comes of a rollout: the Deployment has given it up, or nothing is left that could be spared. */
function isEndless({ status }: Deployment, servers: readonly Server[]): boolean {
  const isOverdue = status?.conditions?.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  return isOverdue === true || !servers.some(({ isReady }) => isReady);
}
