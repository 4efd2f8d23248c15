/** From a fleet and one of its PoPs to the DnsPool that holds all that the PoP needs. */
import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { DnsFleet, Pop, Region } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool, DnsPoolSpec } from '../api/v1alpha1/dns-pool.js';
import { apiVersion, labels } from '../api/v1alpha1/labels.js';
import { fleetChildMeta, poolName } from './names.js';
import type { Manifest } from './manifest.js';

/** The image of the servers, which is the operator's to choose, not the user's. */
export interface ServerImage {
  readonly image: string;
  readonly imagePullPolicy: DnsPoolSpec['imagePullPolicy'];
}

/** A PoP with the region that it is in. */
export interface PlacedPop {
  readonly region: string;
  readonly pop: Pop;
}

/** What the fleet controller applies: everything but `replicas`, which is for `/scale` alone. */
export interface DnsPoolIntent {
  readonly apiVersion: string;
  readonly kind: 'DnsPool';
  readonly metadata: Manifest<V1ObjectMeta>;
  readonly spec: Omit<DnsPoolSpec, 'replicas'>;
}

/** The defaults of a PoP, for a region that names none: the API server fills in only what is there. */
const defaultPop: Omit<Pop, 'name'> = {
  minServers: 3,
  maxServers: 10,
  placement: { spread: { nodes: 'Preferred', zones: 'Preferred' } },
};

/** The PoPs of a fleet in the order of its spec; a region without PoPs is one of its own name. */
export function listPops(regions: readonly Region[]): PlacedPop[] {
  return regions.flatMap((region) =>
    (region.pops ?? [{ name: region.name, ...defaultPop }]).map((pop) => ({ region: region.name, pop })),
  );
}

/** The DnsPool that `fleet` wants for one of its PoPs. */
export function buildPool(fleet: DnsFleet, placed: PlacedPop, server: ServerImage): DnsPoolIntent {
  const { spec } = fleet;
  const { pop, region } = placed;
  return {
    ...poolEnvelope(fleet, pop.name, region),
    spec: {
      fleet: fleet.metadata.name,
      region,
      pop: pop.name,
      state: 'Active',
      image: server.image,
      imagePullPolicy: server.imagePullPolicy,
      engine: spec.engine,
      listeners: spec.listeners,
      access: spec.access,
      upstreams: spec.upstreams,
      cache: spec.cache,
      server: spec.server,
      exposure: spec.service.type === 'ClusterIP' ? 'Cluster' : 'External',
      ...(spec.service.ipFamilyPolicy !== undefined && { ipFamilyPolicy: spec.service.ipFamilyPolicy }),
      ...(spec.service.ipFamilies !== undefined && { ipFamilies: spec.service.ipFamilies }),
      minServers: pop.minServers,
      maxServers: pop.maxServers,
      placement: pop.placement,
    },
  };
}

/** The live pool with another `state` and nothing else changed: how a PoP begins to leave, or comes back. */
export function buildPoolState(fleet: DnsFleet, pool: DnsPool, state: DnsPoolSpec['state']): DnsPoolIntent {
  const { pop, region } = pool.spec;
  return { ...poolEnvelope(fleet, pop, region), spec: { ...withoutReplicas(pool.spec), state } };
}

function withoutReplicas(spec: DnsPoolSpec): Omit<DnsPoolSpec, 'replicas'> {
  const rest = { ...spec };
  delete rest.replicas;
  return rest;
}

function poolEnvelope(fleet: DnsFleet, pop: string, region: string): Omit<DnsPoolIntent, 'spec'> {
  const name = poolName(fleet.metadata.name, pop);
  const meta = fleetChildMeta(fleet, name);
  return {
    apiVersion,
    kind: 'DnsPool',
    metadata: { ...meta, labels: { ...meta.labels, [labels.region]: region, [labels.pool]: name } },
  };
}
