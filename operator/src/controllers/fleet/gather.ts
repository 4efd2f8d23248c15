/** Reads everything that a decision about a fleet needs: from the caches, or anew from the API server before a step. */
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { listPops, type ServerImage } from '../../builders/pool.js';
import { poolName } from '../../builders/names.js';
import type { KubeClient } from '../../kube/client.js';
import { controllerOf, keyOf, type KubeObject, objectKey } from '../../kube/object.js';
import type { Service } from '../../kube/resource.js';
import type { Store } from '../../kube/store.js';
import type { Clock } from '../../runtime/clock.js';
import type { Refusals } from '../refusals.js';
import { dnsFleets, dnsPools } from '../resources.js';
import type { FleetObservation } from './types.js';

/** The caches that the fleet controller reads. */
export interface FleetStores {
  /** With the index `namespace`. */
  readonly fleets: Store<DnsFleet>;
  /** With the index `namespace`. */
  readonly pools: Store<DnsPool>;
  /** With the index `fleet`: the key of the fleet that a Service belongs to. */
  readonly services: Store<Service>;
}

/** Names of the indexes. */
export const inNamespace = 'namespace';
export const ofFleet = 'fleet';

export interface FleetGatherer {
  readonly stores: FleetStores;
  readonly image: ServerImage;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/** The observation of `fleet` out of the caches. */
export function gatherFleet(gatherer: FleetGatherer, fleet: DnsFleet): FleetObservation {
  const { namespace } = fleet.metadata;
  return observeFleetWith(gatherer, fleet, gatherer.stores.pools.byIndex(inNamespace, namespace));
}

/**
 * The observation of the fleet as the API server has it now; undefined when the fleet is gone, being deleted, or was
 * edited since. Throws KubeError.
 */
export async function gatherFreshFleet(
  gatherer: FleetGatherer & { readonly client: Pick<KubeClient, 'get' | 'list'> },
  seen: DnsFleet,
  signal: AbortSignal,
): Promise<FleetObservation | undefined> {
  const { client } = gatherer;
  const { namespace, uid, generation } = seen.metadata;
  const fleet = await client.get(dnsFleets, keyOf(seen), { signal });
  if (fleet?.metadata.uid !== uid || fleet.metadata.generation !== generation) return undefined;
  if (fleet.metadata.deletionTimestamp !== undefined) return undefined;
  const pools = await client.list(dnsPools, { namespace, signal });
  return observeFleetWith(gatherer, fleet, pools);
}

function observeFleetWith(gatherer: FleetGatherer, fleet: DnsFleet, pools: readonly DnsPool[]): FleetObservation {
  const { stores, image, refusals, clock } = gatherer;
  const { namespace, name, uid } = fleet.metadata;
  const own = pools.filter((pool) => controllerOf(pool)?.uid === uid);
  const names = listPops(fleet.spec.regions).map(({ pop }) => poolName(name, pop.name));
  const services = stores.services.byIndex(ofFleet, keyOf(fleet));
  const service = services.find(
    (candidate) => candidate.metadata.name === name && controllerOf(candidate)?.uid === uid,
  );
  const refusedObject = refusals.find(fleet);
  const strangers = pools.filter((pool) => !own.includes(pool) && names.includes(pool.metadata.name));
  const former = [
    ...services.filter((candidate) => candidate.metadata.name === name).map((object) => ({ kind: 'Service', object })),
    ...strangers.map((object) => ({ kind: 'DnsPool', object })),
  ].filter(({ object }) => isOfFormerFleet(object, fleet));
  const unreadable = names.flatMap((pool) => stores.pools.invalid(objectKey(namespace, pool)) ?? []);
  return {
    nowMs: clock.now(),
    fleet,
    image,
    pools: new Map(own.map((pool) => [pool.spec.pop, pool])),
    strangers: strangers.filter((pool) => !isOfFormerFleet(pool, fleet)).map(({ metadata }) => metadata.name),
    former: former.map(({ kind, object }) => `${kind} '${object.metadata.name}'`),
    unreadable: unreadable.map(({ key, message }) => `DnsPool ${key}: ${message}`),
    facts: {
      serviceAddresses: services.flatMap(addressesOf),
      pools: pools.map((pool) => ({ name: pool.metadata.name, fleet: pool.spec.fleet })),
      otherFleets: stores.fleets
        .byIndex(inNamespace, namespace)
        .map(({ metadata }) => metadata.name)
        .filter((other) => other !== name),
    },
    ...(service && { service }),
    ...(refusedObject && { refusedObject }),
  };
}

/**
 * Whether `object` belongs to a fleet of the name of `fleet` that was deleted a moment ago: the garbage collector takes
 * it, and nobody has to decide.
 */
function isOfFormerFleet(object: KubeObject, { metadata }: DnsFleet): boolean {
  const owner = controllerOf(object);
  return owner?.kind === dnsFleets.kind && owner.name === metadata.name && owner.uid !== metadata.uid;
}

/** The addresses at which a Service is reached: in the cluster, and from outside through a load balancer. */
export function addressesOf(service: Service): string[] {
  const inside = service.spec?.clusterIPs ?? [];
  const outside = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  return [...inside.filter((address) => address !== 'None' && address !== ''), ...outside];
}
