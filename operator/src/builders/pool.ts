/** From a fleet and one of its PoPs to the DnsPool that holds all that the PoP needs. */
import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { DnsFleet, Pop, Region } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool, DnsPoolSpec } from '../api/v1alpha1/dns-pool.js';
import { apiVersion, labels } from '../api/v1alpha1/labels.js';
import { stableText } from '../planning/same.js';
import { configHash } from '../../../resolver-image/agent/src/contract/resolver-config.js';
import { fleetChildMeta, poolName } from './names.js';
import type { Manifest } from './manifest.js';
import { templateVersion } from './template-version.js';

/** The image of the servers, which is the operator's to choose, not the user's. */
export interface ServerImage {
  readonly image: string;
  readonly imagePullPolicy: DnsPoolSpec['imagePullPolicy'];
}

/** On a DnsPool: the hash of the spec that its fleet applied last, which tells an edit of the fleet from one of the pool. */
export const specHashAnnotation = 'dnsfleet.dev/spec-hash';

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
  const spec = buildPoolSpec(fleet.spec, placed, { fleet: fleet.metadata.name, ...server });
  return { ...poolEnvelope(fleet, { ...spec, hash: configHash(stableText(spec)) }), spec };
}

function buildPoolSpec(
  spec: DnsFleet['spec'],
  { pop, region }: PlacedPop,
  given: ServerImage & { readonly fleet: string },
): DnsPoolIntent['spec'] {
  return {
    fleet: given.fleet,
    region,
    pop: pop.name,
    state: 'Active',
    image: given.image,
    imagePullPolicy: given.imagePullPolicy,
    templateVersion,
    engine: spec.engine,
    listeners: spec.listeners,
    access: spec.access,
    upstreams: spec.upstreams,
    cache: spec.cache,
    server: spec.server,
    autoscaling: spec.autoscaling,
    capacity: spec.capacity,
    exposure: spec.service.type === 'ClusterIP' ? 'Cluster' : 'External',
    ...(spec.service.ipFamilyPolicy !== undefined && { ipFamilyPolicy: spec.service.ipFamilyPolicy }),
    ...(spec.service.ipFamilies !== undefined && { ipFamilies: spec.service.ipFamilies }),
    minServers: pop.minServers,
    maxServers: pop.maxServers,
    placement: pop.placement,
  };
}

/** What may be changed of a live pool without giving it the rest of what its fleet wants. */
export type PoolChange = Partial<Pick<DnsPoolSpec, 'state' | 'minServers' | 'maxServers'>>;

/** The live pool with `change` and nothing else changed: how a PoP leaves or comes back, or gets more servers at once. */
export function buildPoolChange(fleet: DnsFleet, pool: DnsPool, change: PoolChange): DnsPoolIntent {
  const hash = pool.metadata.annotations?.[specHashAnnotation];
  return { ...poolEnvelope(fleet, { ...pool.spec, hash }), spec: { ...withoutReplicas(pool.spec), ...change } };
}

function withoutReplicas(spec: DnsPoolSpec): Omit<DnsPoolSpec, 'replicas'> {
  const rest = { ...spec };
  delete rest.replicas;
  return rest;
}

interface Identity {
  readonly pop: string;
  readonly region: string;
  /** The hash of the spec that was wanted when the pool was given all of it. */
  readonly hash: string | undefined;
}

function poolEnvelope(fleet: DnsFleet, { pop, region, hash }: Identity): Omit<DnsPoolIntent, 'spec'> {
  const name = poolName(fleet.metadata.name, pop);
  const meta = fleetChildMeta(fleet, name);
  return {
    apiVersion,
    kind: 'DnsPool',
    metadata: {
      ...meta,
      labels: { ...meta.labels, [labels.region]: region, [labels.pool]: name },
      ...(hash !== undefined && { annotations: { [specHashAnnotation]: hash } }),
    },
  };
}
