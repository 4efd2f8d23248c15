/** Names that objects in the cluster carry: the API group, labels, annotations, field managers. */

export const group = 'dnsfleet.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

/** Labels that we put on children; the first four are Kubernetes' recommended labels. */
export const labels = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  fleet: 'dnsfleet.dev/fleet',
  region: 'dnsfleet.dev/region',
  pool: 'dnsfleet.dev/pool',
} as const;

/** Value of `app.kubernetes.io/name` on everything that makes up a resolver server. */
export const resolverName = 'dns-resolver';
/** Value of `app.kubernetes.io/managed-by` on every child of a fleet. */
export const managedBy = 'dnsfleet';

export const annotations = {
  /** On a pool's ConfigMap: 'false' until an engine has accepted its configuration. */
  accepted: 'dnsfleet.dev/accepted',
  /** On a pool's ConfigMap: the hash of the text that was published; another text is somebody's edit. */
  hash: 'dnsfleet.dev/configuration-hash',
  /** On a pool's ConfigMap: what the pool's other children were made from, as JSON. */
  workload: 'dnsfleet.dev/workload',
  /** On a DnsPool, put there by a person: until when (RFC 3339) its number of servers is held. */
  pauseScaling: 'dnsfleet.dev/pause-scaling-until',
  /** On a DnsPool, put there by a person: until when (RFC 3339) no server is taken away for want of load. */
  pauseShrinking: 'dnsfleet.dev/pause-shrinking-until',
  /** On a pod, put there by a person: 'true' has the server replaced, and drained once its replacement answers. */
  drain: 'dnsfleet.dev/drain',
  /** On a pod, put there by us: it is the next to go, as `<RFC 3339 time> <reason>`. Not for people. */
  draining: 'dnsfleet.dev/draining',
  /** On a pod: of two that are equally well, the ReplicaSet controller takes the one with the lower number. */
  deletionCost: 'controller.kubernetes.io/pod-deletion-cost',
} as const;

/** The lowest deletion cost that there is: the least int32. */
export const lowestDeletionCost = -2_147_483_648;

/** Field managers of server-side apply: one for each controller, and one for `DnsPool.spec.replicas`. */
export const fieldManagers = {
  fleet: 'dnsfleet-fleet',
  pool: 'dnsfleet-pool',
  scale: 'dnsfleet-scale',
} as const;
