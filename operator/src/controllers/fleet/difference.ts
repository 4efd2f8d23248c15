/** How a live pool differs from the one that its fleet wants: what decides whether a change needs a step. */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import type { DnsPoolIntent } from '../../builders/pool.js';
import { isAsIntended } from '../../kube/apply.js';
import type { PoolDifference } from '../../planning/rollout-types.js';
import { isSame } from '../../planning/same.js';

/** Compares `pool` with what is wanted. */
export function comparePool(pool: DnsPool | undefined, intent: DnsPoolIntent): PoolDifference {
  if (!pool) return 'Missing';
  if (pool.spec.state === 'Retiring') return 'Leaving';
  if (isAsIntended(pool, intent, fieldManagers.fleet)) return 'None';
  return isHarmless(pool.spec, intent.spec) ? 'Harmless' : 'Change';
}

/** Nothing differs but limits that grow; what differs beside the spec (labels, who owns a field) changes no server. */
function isHarmless(live: DnsPool['spec'], wanted: DnsPoolIntent['spec']): boolean {
  const grows = wanted.minServers >= live.minServers && wanted.maxServers >= live.maxServers;
  const { minServers, maxServers } = wanted;
  const grown = { ...live, replicas: undefined, minServers, maxServers };
  return grows && isSame(grown, wanted);
}
