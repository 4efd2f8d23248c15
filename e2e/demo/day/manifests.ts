/**
 * What the day needs beside the demo: a fleet that follows its load, an upstream that answers every name, and the clients,
 * which are one pod. Pure.
 */
import { formatEndpoint } from '../../traffic/endpoint.js';
import { fleetNamespace } from '../steps.js';
import type { Capacity } from './story.js';

export const dayFleetName = 'elastic';
export const dayPoolName = 'elastic-here';
export const upstreamName = 'day-upstream';
export const clientsName = 'day-clients';
export const toolsName = 'day-tools';

/** Servers so small that the day of an office takes seven of them, and two cores bear it all. */
export const capacity: Capacity = { capacityQps: 300, redundancy: 1 };
const limits = { minServers: 2, maxServers: 8 };
/** The least that the API allows. */
const cooldownSeconds = 60;

const upstreamPort = 5353;
const zone = 'day.example';
/** Names that take 3 s upstream, so that a drain always finds something in flight. */
const slowPercent = 2;
/** Clients go to other servers when they take another port, which they do so often. */
const portLifetimeSeconds = 5;

export interface Image {
  readonly name: string;
  readonly pullPolicy: string;
}

/** The spec of the example with what it has of its own replaced: addresses, sizes, and the pace of the demo. */
export function dayFleet(
  spec: Readonly<Record<string, unknown>>,
  addresses: { readonly upstream: string; readonly clients: readonly string[] },
): object {
  return {
    apiVersion: 'dnsfleet.dev/v1alpha1',
    kind: 'DnsFleet',
    metadata: { name: dayFleetName, namespace: fleetNamespace },
    spec: {
      ...spec,
      upstreams: { mode: 'Forward', servers: [{ address: addresses.upstream, port: upstreamPort }] },
      access: { allow: addresses.clients },
      cache: { size: '32Mi' },
      server: { capacityQps: capacity.capacityQps, resources: { requests: { cpu: '50m', memory: '128Mi' } } },
      autoscaling: { cooldownSeconds },
      capacity: { redundancy: capacity.redundancy },
      regions: [{ name: 'here', pops: [{ name: 'here', ...limits }] }],
    },
  };
}

/** The programs of the traffic tools, for the pods that run them. */
export function toolsManifest(programs: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(toolsName), data: programs };
}

/** The Deployment and the Service of the upstream. */
export function upstreamManifests(image: Image): readonly object[] {
  const labels = { app: upstreamName };
  const argv = ['/tools/upstream.mjs', '--listen', `0.0.0.0:${upstreamPort}`];
  const container = {
    ...program({ name: 'upstream', image, argv, cpu: '100m' }),
    // It ends with its standard input.
    stdin: true,
    readinessProbe: { tcpSocket: { port: upstreamPort }, periodSeconds: 1 },
  };
  const ports = ['UDP', 'TCP'].map((protocol) => ({ name: protocol.toLowerCase(), port: upstreamPort, protocol }));
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(upstreamName),
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod({ containers: [container] }) },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: metadata(upstreamName), spec: { selector: labels, ports } },
  ];
}

/** The load of the clients. */
export interface ClientsRequest {
  readonly image: Image;
  /** The address of the fleet's Service. */
  readonly address: string;
  readonly rates: readonly number[];
  /** The load ends by itself after this. */
  readonly maxSeconds: number;
}

/**
 * The pod of the clients. Before the load, its first container asks for a few seconds: after the first server of a
 * Service is ready, kube-proxy clears connections that came before its rules were complete.
 */
export function clientsManifest({ image, address, rates, maxSeconds }: ClientsRequest): object {
  const mix = ['--zone', zone, '--slow-percent', String(slowPercent)];
  const argv = ['/tools/load.mjs', '--target', formatEndpoint({ address, port: 53 }), ...mix];
  const settle = [...argv, '--rate', '20', '--duration', '5', '--sockets', '8'];
  const load = [
    ...[...argv, '--rate', rates.join(','), '--duration', String(maxSeconds), '--report', '1'],
    ...['--port-lifetime', String(portLifetimeSeconds)],
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(clientsName),
    spec: {
      ...pod({
        initContainers: [program({ name: 'settle', image, argv: settle, cpu: '100m' })],
        // Clients that wait for the processor would measure themselves.
        containers: [program({ name: 'load', image, argv: load, cpu: '500m' })],
      }),
      restartPolicy: 'Never',
      activeDeadlineSeconds: maxSeconds + 120,
      terminationGracePeriodSeconds: 30,
    },
  };
}

const metadata = (name: string) => ({ name, namespace: fleetNamespace });

function pod(containers: object): object {
  return {
    ...containers,
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: [{ name: 'tools', configMap: { name: toolsName } }],
  };
}

interface Program {
  readonly name: string;
  readonly image: Image;
  readonly argv: readonly string[];
  readonly cpu: string;
}

function program({ name, image, argv, cpu }: Program): object {
  return {
    name,
    image: image.name,
    imagePullPolicy: image.pullPolicy,
    command: ['node', ...argv],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    resources: { requests: { cpu, memory: '96Mi' } },
    volumeMounts: [{ name: 'tools', mountPath: '/tools' }],
  };
}
