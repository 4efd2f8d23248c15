/** The Secret of a pool: the bearer token with which the operator orders its agents. */
import type { V1Secret } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { tokenKey } from './contract.js';
import { poolChildMeta } from './names.js';
import type { Manifest } from './manifest.js';

/**
 * The Secret of `pool` that holds `token`. Not immutable: a kubelet does not watch an immutable Secret, so pods that
 * start where an older one runs would be given the old token after the Secret was made anew, and refuse our orders.
 */
export function buildTokenSecret(pool: DnsPool, token: string): Manifest<V1Secret> {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: poolChildMeta(pool),
    type: 'Opaque',
    data: { [tokenKey]: Buffer.from(token, 'utf8').toString('base64') },
  };
}

/** Reads the token back; undefined if the Secret holds none. */
export function readTokenSecret(secret: Manifest<V1Secret>): string | undefined {
  const encoded = secret.data?.[tokenKey];
  return encoded === undefined || encoded === '' ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}
