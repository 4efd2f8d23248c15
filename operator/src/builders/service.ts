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

/** The Service over the servers of all pools of a fleet. */
export function buildFleetService(fleet: DnsFleet): Manifest<V1Service> {
  const { service, listeners } = fleet.spec;
  const meta = fleetChildMeta(fleet, fleet.metadata.name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...meta, ...(service.annotations && { annotations: service.annotations }) },
    spec: {
      type: service.type,
      selector: fleetSelector(fleet.metadata.name),
      ports: dnsPorts(listeners.dns.port, service.nodePort),
      internalTrafficPolicy: service.internalTrafficPolicy,
      ...(service.clusterIP !== undefined && { clusterIP: service.clusterIP }),
      ...ipFamilies(service),
      ...external(service, fleet.spec.access.allow),
    },
  };
}

/**
 * Settings of a Service that lets clients in from outside. `Local` keeps the address of the client, without which
 * `access.allow` proves nothing; the same list is handed to the load balancer.
 */
function external(service: Service, allow: readonly string[]): Partial<Manifest<V1ServiceSpec>> {
  switch (service.type) {
    case 'ClusterIP':
      return {};
    case 'NodePort':
      return { externalTrafficPolicy: 'Local' };
    case 'LoadBalancer':
      return {
        externalTrafficPolicy: 'Local',
        loadBalancerSourceRanges: [...allow],
        ...(service.loadBalancerClass !== undefined && { loadBalancerClass: service.loadBalancerClass }),
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
