/** The objects that the suites apply. Addresses are all inside of the test cluster. */
import { images } from './images.js';

/** A namespace in which nothing runs that Pod Security `restricted` refuses. */
export function namespaceManifest(name: string): object {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** An upstream as the API takes it. */
export interface UpstreamAddress {
  readonly address: string;
  readonly port: number;
}

/** What the suites vary in a fleet. */
export interface FleetOptions {
  readonly name: string;
  /** Regions by name, each with its PoPs and their number of servers. */
  readonly regions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly upstreams: object;
  readonly threads?: number;
  readonly service?: object;
  /** Pause between two PoPs of a rollout, in seconds; 1 when omitted. */
  readonly pauseSeconds?: number;
  readonly extraConfig?: string;
  /** What one server carries; without it nothing is scaled by load. */
  readonly capacityQps?: number | 'Measured';
  /** Bounds of what is measured, in queries per second. */
  readonly measuredCapacity?: { readonly minQps: number; readonly maxQps: number };
  readonly autoscaling?: object;
  /** Servers to spare; 2 when omitted. */
  readonly redundancy?: number;
  /** What an engine gets of the processor, neither less nor more; without it 100m and no limit. */
  readonly cpu?: string;
  /** What an engine is sure of; `cpu` when omitted. */
  readonly cpuRequest?: string;
  /** The most servers of a PoP; four more than its least when omitted. */
  readonly maxServers?: number;
}

/** Clients of the suites: pods, nodes, and the client outside. */
const clients = ['198.18.0.0/15', 'fd00::/8'];

/** A DnsFleet. */
export function fleetManifest(options: FleetOptions): object {
  const { name, regions, upstreams, threads = 1, service, pauseSeconds = 1, extraConfig = '' } = options;
  const {
    capacityQps,
    measuredCapacity,
    autoscaling,
    redundancy,
    cpu,
    cpuRequest = cpu ?? '100m',
    maxServers,
  } = options;
  return {
    apiVersion: 'dnsfleet.dev/v1alpha1',
    kind: 'DnsFleet',
    metadata: { name },
    spec: {
      engine: { type: 'Unbound', threads, extraConfig },
      access: { allow: clients },
      upstreams,
      cache: { size: '32Mi' },
      server: {
        resources: {
          requests: { cpu: cpuRequest, memory: '128Mi' },
          ...(cpu !== undefined && { limits: { cpu } }),
        },
        ...(capacityQps !== undefined && { capacityQps }),
        ...(measuredCapacity && { measuredCapacity }),
      },
      ...(autoscaling && { autoscaling }),
      ...(redundancy !== undefined && { capacity: { redundancy } }),
      ...(service && { service }),
      rollout: { pauseSeconds },
      regions: Object.entries(regions).map(([region, pops]) => ({
        name: region,
        pops: Object.entries(pops).map(([pop, servers]) => ({
          name: pop,
          minServers: servers,
          maxServers: maxServers ?? servers + 4,
        })),
      })),
    },
  };
}

/** Upstreams in mode Forward. */
export function forwardTo(...servers: readonly UpstreamAddress[]): object {
  return { mode: 'Forward', servers };
}

/** What varies in the plain Deployment that stands beside a fleet for comparison. */
export interface PlainOptions {
  readonly name: string;
  readonly replicas: number;
  readonly upstream: UpstreamAddress;
  readonly threads: number;
  readonly service: object;
  readonly nodePort?: number;
  /** The limit of its processor; none when omitted. */
  readonly cpu?: string;
  /** What it is sure of; 100m when omitted. */
  readonly cpuRequest?: string;
}

/** Label of the pods of a plain Deployment. */
export const plainSelector = (name: string): string => `app=${name}`;

/**
 * Unbound as people deploy it by hand: a Deployment with a readiness probe, spread over the nodes, a budget, and a
 * `preStop` that sleeps 5 s. A change of its configuration takes effect by `kubectl rollout restart`. Its patience with
 * slow upstreams is the fleet's, so that the comparison is about stopping and not about that.
 */
export function plainManifests(options: PlainOptions): readonly object[] {
  const { name, replicas, service, nodePort } = options;
  const ports = dnsPorts.map((port) => ({ ...port, ...(nodePort !== undefined && { nodePort }) }));
  const labels = { app: name };
  const selector = { matchLabels: labels };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'unbound.conf': plainConfiguration(options) } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { maxUnavailable: 1, selector },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ...service, selector: labels, ports },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas,
        selector,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
        template: { metadata: { labels }, spec: plainPod(options, selector) },
      },
    },
  ];
}

/** A Service beside a node port that has a health port, for the load balancer that the load generator stands for. */
export function healthServiceManifest(name: string, selector: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', selector, ports: dnsPorts },
  };
}

const dnsPorts = [
  { name: 'dns-udp', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
];

function plainConfiguration({ upstream, threads }: PlainOptions): string {
  return `server:
  interface: 0.0.0.0
  interface: ::0
  num-threads: ${threads}
  so-reuseport: yes
  ${clients.map((network) => `access-control: ${network} allow`).join('\n  ')}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "/tmp"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  msg-cache-size: 16m
  rrset-cache-size: 16m
  num-queries-per-thread: 4096
  incoming-num-tcp: 256
  discard-timeout: 4800
  infra-cache-min-rtt: 800
forward-zone:
  name: "."
  forward-addr: ${upstream.address}@${upstream.port}
  forward-first: no
remote-control:
  control-enable: no
`;
}

function plainPod({ name, cpu, cpuRequest = '100m' }: PlainOptions, labelSelector: object): object {
  return {
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    ],
    containers: [
      {
        name: 'unbound',
        image: images.resolver,
        imagePullPolicy: 'Never',
        command: ['unbound', '-d', '-c', '/etc/plain/unbound.conf'],
        ports: dnsPorts.map(({ protocol, port }) => ({ containerPort: port, protocol })),
        readinessProbe: { tcpSocket: { port: 53 }, periodSeconds: 1 },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        resources: { requests: { cpu: cpuRequest, memory: '64Mi' }, ...(cpu !== undefined && { limits: { cpu } }) },
        volumeMounts: [{ name: 'config', mountPath: '/etc/plain' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name } }],
  };
}
