/**
 * Names, labels and owner references of everything that belongs to a fleet. In one place, because the Service, the
 * PodDisruptionBudget, the Deployment and our own look-ups must agree on them for the whole life of a fleet.
 */
import type { V1ObjectMeta, V1OwnerReference } from '@kubernetes/client-node';
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool, ObjectMeta } from '../api/v1alpha1/dns-pool.js';
import { apiVersion, labels, managedBy, resolverName } from '../api/v1alpha1/labels.js';
import type { Manifest } from './manifest.js';

/** The name of the pool of `pop` in `fleet`, and of all that the pool owns. */
export const poolName = (fleet: string, pop: string): string => `${fleet}-${pop}`;

/** The labels that select the servers of one pool. Immutable in a Deployment, so it holds nothing that may change. */
export const poolSelector = (pool: string): Record<string, string> => ({
  [labels.name]: resolverName,
  [labels.pool]: pool,
});

/** The labels that select the servers of all pools of a fleet in this cluster. */
export const fleetSelector = (fleet: string): Record<string, string> => ({
  [labels.name]: resolverName,
  [labels.fleet]: fleet,
});

/** A selector in the form of `status.selector` and of the API's query parameter. */
export const selectorText = (selector: Readonly<Record<string, string>>): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** Metadata of a child of `pool`: owned by it, so that deleting the pool deletes the child with or without us. */
export function poolChildMeta(pool: DnsPool): Manifest<V1ObjectMeta> {
  return {
    name: pool.metadata.name,
    namespace: pool.metadata.namespace,
    labels: poolLabels(pool),
    ownerReferences: [ownerReference('DnsPool', pool.metadata)],
  };
}

/** The labels on the children of a pool and on its pods. */
export function poolLabels(pool: DnsPool): Record<string, string> {
  return {
    [labels.name]: resolverName,
    [labels.instance]: pool.metadata.name,
    [labels.component]: 'resolver',
    [labels.managedBy]: managedBy,
    [labels.fleet]: pool.spec.fleet,
    [labels.region]: pool.spec.region,
    [labels.pool]: pool.metadata.name,
  };
}

/** Metadata of a child of `fleet` called `name`. */
export function fleetChildMeta(fleet: DnsFleet, name: string): Manifest<V1ObjectMeta> {
  return {
    name,
    namespace: fleet.metadata.namespace,
    labels: {
      [labels.name]: resolverName,
      [labels.instance]: name,
      [labels.component]: 'resolver',
      [labels.managedBy]: managedBy,
      [labels.fleet]: fleet.metadata.name,
    },
    ownerReferences: [ownerReference('DnsFleet', fleet.metadata)],
  };
}

/** `blockOwnerDeletion` lets a foreground deletion wait for the child. */
function ownerReference(kind: 'DnsFleet' | 'DnsPool', owner: ObjectMeta): Manifest<V1OwnerReference> {
  return { apiVersion, kind, name: owner.name, uid: owner.uid, controller: true, blockOwnerDeletion: true };
}
