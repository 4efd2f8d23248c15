/** The ServiceAccount of a pool's pods: a name for policies to hold on to, without any right or token. */
import type { V1ServiceAccount } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { poolChildMeta } from './names.js';
import type { Manifest } from './manifest.js';

/** The ServiceAccount of the servers of `pool`. */
export function buildServiceAccount(pool: DnsPool): Manifest<V1ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: poolChildMeta(pool),
    automountServiceAccountToken: false,
  };
}
