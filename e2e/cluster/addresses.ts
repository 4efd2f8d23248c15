/**
 * The address plan of a cluster: pure. Every cluster lives in network namespaces of its own without an uplink, so all
 * clusters have the same addresses. 198.18.0.0/15 is the benchmarking range (RFC 2544), fd00::/8 is unique local.
 */

/** The most nodes that a cluster may have on one machine. */
export const maxNodes = 3;

export const podRange = { ipv4: '198.18.0.0/16', ipv6: 'fd00:18::/48' } as const;
export const serviceRange = { ipv4: '198.19.0.0/16', ipv6: 'fd00:19::/112' } as const;
/** Everything that is inside: what a fleet on this cluster may allow. */
export const everything = '198.18.0.0/15';

export interface Link {
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface NodeAddresses {
  readonly name: string;
  /** Network namespace. */
  readonly netns: string;
  /** Pods of this node. */
  readonly podSubnet: { readonly ipv4: string; readonly ipv6: string };
  /** The bridge's addresses, which are the node's. */
  readonly address: { readonly ipv4: string; readonly ipv6: string };
}

/** A node of the cluster `cluster`; `index` counts from 1, and node 1 has the control plane. */
export function nodeAddresses(cluster: string, index: number): NodeAddresses {
  const subnet = index - 1;
  return {
    name: `node-${index}`,
    netns: `dnsfleet-${cluster}-${index}`,
    podSubnet: { ipv4: `198.18.${subnet}.0/24`, ipv6: `fd00:18:0:${subnet}::/64` },
    address: { ipv4: `198.18.${subnet}.1`, ipv6: `fd00:18:0:${subnet}::1` },
  };
}

/** The namespace outside of the cluster, from which clients come that are no pods and no nodes. */
export function clientNamespace(cluster: string): string {
  return `dnsfleet-${cluster}-client`;
}

/**
 * The two ends of the cable between node 1 and its neighbour number `cable` (nodes 2 and 3, then the client): inside of
 * the pods' range, so that every node knows the way to all of them.
 */
export function cable(number: number): { readonly near: Link; readonly far: Link } {
  const base = number * 4;
  return {
    near: { ipv4: `198.18.255.${base + 1}`, ipv6: `fd00:18:0:ff0${number}::1` },
    far: { ipv4: `198.18.255.${base + 2}`, ipv6: `fd00:18:0:ff0${number}::2` },
  };
}

/** The number of the client's cable. */
export const clientCable = maxNodes;
