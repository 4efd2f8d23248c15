/** The PodDisruptionBudget of a pool: whoever drains nodes takes one server of the pool at a time. */
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { poolChildMeta, poolSelector } from './names.js';
import type { Manifest } from './manifest.js';

/** The PodDisruptionBudget of `pool`. */
export function buildPodDisruptionBudget(pool: DnsPool): Manifest<V1PodDisruptionBudget> {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: poolChildMeta(pool),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: poolSelector(pool.metadata.name) },
      // A server that does not answer serves nobody: it must not keep a node from being drained.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
