/** How many servers a pool should run: the wish of whoever writes `/scale`, within the pool's limits. */
import type { DnsPoolSpec } from '../api/v1alpha1/dns-pool.js';
import { type Reason, reasons } from '../api/v1alpha1/reasons.js';

export interface ReplicasObservation {
  readonly spec: Pick<DnsPoolSpec, 'state' | 'replicas' | 'minServers' | 'maxServers'>;
  /** `spec.replicas` is what the pool was created with: nobody has asked for anything yet. */
  readonly isOwnWish?: boolean;
  /** The autoscaler decides by load: below a floor that was raised, its last number is no wish that anybody still has. */
  readonly isByLoad?: boolean;
}

export interface ReplicasPlan {
  /** How many servers should run in the end; how it gets there is decided in removal/plan.ts. */
  readonly wanted: number;
  readonly limit: { readonly reason: Reason; readonly message: string; readonly isLimited: boolean };
}

/** Decides how many servers should run. A pool never runs fewer than its floor unless it retires. */
export function planReplicas(observation: ReplicasObservation): ReplicasPlan {
  const { spec } = observation;
  return { wanted: spec.state === 'Retiring' ? 0 : clampReplicas(spec), limit: judgeWish(observation) };
}

/** The servers that an active pool runs. */
export function clampReplicas({ replicas, minServers, maxServers }: ReplicasObservation['spec']): number {
  return Math.min(maxServers, Math.max(minServers, replicas ?? minServers));
}

function judgeWish({ spec, isOwnWish = false, isByLoad = false }: ReplicasObservation): ReplicasPlan['limit'] {
  const { minServers, maxServers } = spec;
  const replicas = isOwnWish ? undefined : spec.replicas;
  if (replicas !== undefined && replicas < minServers && !isByLoad) {
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
