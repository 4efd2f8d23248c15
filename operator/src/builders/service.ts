/**
 * Services. Each pool has one of its own (for people and tests that want this PoP and no other); the one that clients
 * use is the fleet's, over the servers of all its pools in this cluster.
 * `publishNotReadyAddresses` must stay false, and is left out: the API server keeps no record of a false one, so that
 * an intent that names it would never be found fulfilled.
 */
import type { V1Service, V1ServicePort, V1ServiceSpec } from '@kubernetes/client-node';
import type { DnsFleet, Service } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { fleetChildMeta, fleetSelector, poolChildMeta, poolSelector } from './names.js';
import type { Manifest } from './manifest.js';

/** The Service over the servers of one pool. */
export function buildPoolService(pool: DnsPool): Manifest<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: poolChildMeta(pool),
    spec: {
      type: 'ClusterIP',
      selector: poolSelector(pool.metadata.name),
      ports: dnsPorts(pool.spec.listeners.dns.port),
      ...ipFamilies(pool.spec),
    },
  };
}

/**
 * What clients of a fleet see of its Service: through what they come in, where, and from where. Set apart from the rest,
 * because it must not move before the servers do.
 */
export interface ServiceFront {
  readonly type: Service['type'];
  readonly port: number;
  /** A fixed one. */
  readonly nodePort?: number;
  readonly loadBalancerClass?: string;
  /** The networks that a load balancer lets in. */
  readonly allow: readonly string[];
}

/** What the spec of `fleet` wants clients to see. */
export function wantedFront({ spec }: DnsFleet): ServiceFront {
  const { type, nodePort, loadBalancerClass } = spec.service;
  return {
    type,
    port: spec.listeners.dns.port,
    allow: spec.access.allow,
    ...(nodePort !== undefined && { nodePort }),
    ...(loadBalancerClass !== undefined && { loadBalancerClass }),
  };
}

/** What clients of `service` see now, of which a node port is kept only if `fleet` wants a fixed one. */
export function readFront({ spec }: Manifest<V1Service>, fleet: DnsFleet): ServiceFront {
  const [port] = spec?.ports ?? [];
  const wanted = wantedFront(fleet);
  const type = serviceTypes.find((known) => known === spec?.type) ?? wanted.type;
  const loadBalancerClass = type === 'LoadBalancer' ? spec?.loadBalancerClass : undefined;
  const isNodePortFixed = type !== 'ClusterIP' && wanted.nodePort !== undefined && port?.nodePort !== undefined;
  return {
    type,
    port: port?.port ?? wanted.port,
    allow: spec?.loadBalancerSourceRanges ?? [],
    ...(isNodePortFixed && { nodePort: port.nodePort }),
    ...(loadBalancerClass !== undefined && { loadBalancerClass }),
  };
}

const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer'] as const;

/** The Service over the servers of all pools of a fleet, which shows clients `front`. */
export function buildFleetService(fleet: DnsFleet, front: ServiceFront): Manifest<V1Service> {
  const { service } = fleet.spec;
  const meta = fleetChildMeta(fleet, fleet.metadata.name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...meta, ...(service.annotations && { annotations: service.annotations }) },
    spec: {
      type: front.type,
      selector: fleetSelector(fleet.metadata.name),
      ports: dnsPorts(front.port, front.nodePort),
      internalTrafficPolicy: service.internalTrafficPolicy,
      ...(service.clusterIP !== undefined && { clusterIP: service.clusterIP }),
      ...ipFamilies(service),
      ...external(front),
    },
  };
}

/**
 * Settings of a Service that lets clients in from outside. `Local` keeps the address of the client, without which
 * `access.allow` proves nothing; the same list is handed to the load balancer.
 */
function external({ type, allow, loadBalancerClass }: ServiceFront): Partial<Manifest<V1ServiceSpec>> {
  switch (type) {
    case 'ClusterIP':
      return {};
    case 'NodePort':
      return { externalTrafficPolicy: 'Local' };
    case 'LoadBalancer':
      return {
        externalTrafficPolicy: 'Local',
        loadBalancerSourceRanges: [...allow],
        ...(loadBalancerClass !== undefined && { loadBalancerClass }),
      };
  }
}

function dnsPorts(port: number, nodePort?: number): readonly Manifest<V1ServicePort>[] {
  const common = { port, ...(nodePort !== undefined && { nodePort }) };
  return [
    { name: 'dns-udp', protocol: 'UDP', targetPort: 'dns-udp', ...common },
    { name: 'dns-tcp', protocol: 'TCP', targetPort: 'dns-tcp', ...common },
  ];
}

interface IpFamilies {
  readonly ipFamilyPolicy?: string | undefined;
  readonly ipFamilies?: readonly string[] | undefined;
}

const ipFamilies = (wanted: IpFamilies): Partial<Manifest<V1ServiceSpec>> => ({
  ...(wanted.ipFamilyPolicy !== undefined && { ipFamilyPolicy: wanted.ipFamilyPolicy }),
  ...(wanted.ipFamilies !== undefined && { ipFamilies: [...wanted.ipFamilies] }),
});
