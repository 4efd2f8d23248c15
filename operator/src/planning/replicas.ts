/** How many servers a pool runs: the wish of whoever writes `/scale`, within the pool's limits; one fewer at a time when it retires. */
import type { DnsPoolSpec } from '../api/v1alpha1/dns-pool.js';
import { type Reason, reasons } from '../api/v1alpha1/reasons.js';
import type { Server } from './servers.js';

/** How long after its deadline a stopping server is taken for lost with its node, so that others need not wait for it. */
export const lostServerMs = 60_000;

/** What the Deployment of the pool says. */
export interface WorkloadObservation {
  readonly replicas: number;
  /** Its controller has seen its present spec. */
  readonly isObserved: boolean;
}

export interface ReplicasObservation {
  readonly nowMs: number;
  readonly spec: Pick<DnsPoolSpec, 'state' | 'replicas' | 'minServers' | 'maxServers'>;
  /** `spec.replicas` is what the pool was created with: nobody has asked for anything yet. */
  readonly isOwnWish?: boolean;
  /** Absent before the Deployment is created. */
  readonly workload?: WorkloadObservation;
  readonly servers: readonly Server[];
}

export interface ReplicasPlan {
  /** What the Deployment shall run. */
  readonly replicas: number;
  readonly limit: { readonly reason: Reason; readonly message: string; readonly isLimited: boolean };
}

/** Decides how many servers run. A pool never runs fewer than its floor unless it retires. */
export function planReplicas(observation: ReplicasObservation): ReplicasPlan {
  const { spec } = observation;
  const limit = judgeWish(observation);
  if (spec.state === 'Retiring') return { replicas: planRetirement(observation), limit };
  return { replicas: clampReplicas(spec), limit };
}

/** The servers that an active pool runs. */
export function clampReplicas({ replicas, minServers, maxServers }: ReplicasObservation['spec']): number {
  return Math.min(maxServers, Math.max(minServers, replicas ?? minServers));
}

function judgeWish({ spec, isOwnWish = false }: ReplicasObservation): ReplicasPlan['limit'] {
  const { minServers, maxServers } = spec;
  const replicas = isOwnWish ? undefined : spec.replicas;
  if (replicas !== undefined && replicas < minServers) {
    const message = `${replicas} servers are wanted, and \`minServers\` holds ${minServers}`;
    return { isLimited: true, reason: reasons.tooFewReplicas, message };
  }
  if (replicas !== undefined && replicas > maxServers) {
    const message = `${replicas} servers are wanted, and \`maxServers\` allows ${maxServers}`;
    return { isLimited: true, reason: reasons.tooManyReplicas, message };
  }
  const message = `${clampReplicas(spec)} servers are within ${minServers} and ${maxServers}`;
  return { isLimited: false, reason: reasons.withinLimits, message };
}

/**
 * One server at a time: the next goes when the last is gone. The count of pods and the Deployment are seen at different
 * times, so nothing happens until they agree.
 */
function planRetirement({ nowMs, workload, servers }: ReplicasObservation): number {
  if (!workload) return 0;
  const isLost = ({ stopDeadlineMs }: Server) => stopDeadlineMs !== undefined && nowMs > stopDeadlineMs + lostServerMs;
  const stopping = servers.filter((server) => server.isStopping && !isLost(server));
  const running = servers.filter(({ isStopping }) => !isStopping);
  const isSteady = workload.isObserved && stopping.length === 0 && running.length <= workload.replicas;
  return isSteady ? Math.max(0, running.length - 1) : workload.replicas;
}
