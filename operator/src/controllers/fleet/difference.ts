/** How a live pool differs from the one that its fleet wants: what decides whether a change needs a step. */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { type DnsPoolIntent, specHashAnnotation } from '../../builders/pool.js';
import { isAsIntended } from '../../kube/apply.js';
import type { PoolDifference } from '../../planning/rollout-types.js';
import { isSame } from '../../planning/same.js';

/** Compares `pool` with what is wanted. */
export function comparePool(pool: DnsPool | undefined, intent: DnsPoolIntent): PoolDifference {
  if (!pool) return 'Missing';
  if (pool.spec.state === 'Retiring') return 'Leaving';
  if (isAsIntended(pool, intent, fieldManagers.fleet)) return 'None';
  return isHarmless(pool.spec, intent.spec) || isDrift(pool, intent) ? 'Harmless' : 'Change';
}

/** Nothing differs but limits that grow; what differs beside the spec (labels, who owns a field) changes no server. */
function isHarmless(live: DnsPool['spec'], wanted: DnsPoolIntent['spec']): boolean {
  const { minServers, maxServers } = wanted;
  const isGrown = minServers >= live.minServers && maxServers >= live.maxServers;
  return isGrown && isSame({ ...live, replicas: undefined, minServers, maxServers }, wanted);
}

/** What is wanted was applied to the pool before, so that it was somebody else who changed it: that is taken back at once. */
function isDrift(pool: DnsPool, intent: DnsPoolIntent): boolean {
  const applied = pool.metadata.annotations?.[specHashAnnotation];
  return applied !== undefined && applied === intent.metadata.annotations?.[specHashAnnotation];
}

/** Whether `intent` lets the pool have more servers than it may have now. */
export function needsRoom(pool: DnsPool, intent: DnsPoolIntent): boolean {
  const { minServers, maxServers } = grownLimits(pool, intent);
  return minServers > pool.spec.minServers || maxServers > pool.spec.maxServers;
}

/** The limits of `intent` as far as they are above those that the pool has. */
export function grownLimits({ spec: live }: DnsPool, { spec: wanted }: DnsPoolIntent): Limits {
  return {
    minServers: Math.max(live.minServers, wanted.minServers),
    maxServers: Math.max(live.maxServers, wanted.maxServers),
  };
}

type Limits = Pick<DnsPool['spec'], 'minServers' | 'maxServers'>;
