/**
 * The two containers of a server and the volumes between them. `agent` is a native sidecar: it starts before the
 * engine and is stopped after it, so that the engine is supervised for all of its life. The paths and ports are the
 * contract with the image (docs/design/2026-11-24-foundations.md, section 3).
 */
import type { V1Container, V1EnvVar, V1SecurityContext, V1Volume } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { agentPort, configKey, tokenKey } from './contract.js';
import type { Manifest } from './manifest.js';

/**
 * Seconds from a failed liveness to SIGKILL. Without it the kubelet grants what the pod has, which is enough for the
 * longest drain, and a process that is frozen or waits for a lock never acts on SIGTERM. The kubelet takes the hook of
 * a container that it restarts out of the same seconds; whatever failed its liveness for so long serves nobody.
 */
const livenessGraceSeconds = 10;

const runDirectory = { name: 'run', mountPath: '/run/dnsfleet' };

const securityContext: Manifest<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** The agent: renders and applies the configuration, counts, and owns readiness. */
export function agentContainer(pool: DnsPool): Manifest<V1Container> {
  return {
    name: 'agent',
    image: pool.spec.image,
    imagePullPolicy: pool.spec.imagePullPolicy,
    restartPolicy: 'Always',
    // As in the Dockerfile. The supervisor keeps next to nothing, and its container's memory belongs to the agent.
    command: ['node', '--max-old-space-size=24', '--max-semi-space-size=1', '/opt/dnsfleet/supervisor.mjs'],
    env: agentEnvironment(pool),
    ports: [{ name: 'agent', containerPort: agentPort, protocol: 'TCP' }],
    // Two Node.js processes of 50 to 70 MB each, and the files in memory.
    resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'agent' },
      periodSeconds: 1,
      // A lost SYN is sent again after a second. A dead engine is answered with 503 at once: waiting delays no notice.
      timeoutSeconds: 3,
      failureThreshold: 1,
    },
    // Slow on purpose: a restart of the agent takes the server out of rotation for a moment.
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'agent' },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
      terminationGracePeriodSeconds: livenessGraceSeconds,
    },
    securityContext,
    volumeMounts: [
      runDirectory,
      { name: 'config', mountPath: '/etc/dnsfleet/config', readOnly: true },
      { name: 'token', mountPath: '/etc/dnsfleet/token', readOnly: true },
    ],
  };
}

/** The engine. Its liveness never goes through the agent, so a failing agent restarts no engine. */
export function engineContainer(pool: DnsPool): Manifest<V1Container> {
  const { requests, limits } = pool.spec.server.resources;
  return {
    name: 'engine',
    image: pool.spec.image,
    imagePullPolicy: pool.spec.imagePullPolicy,
    command: ['/opt/dnsfleet/engine-start'],
    ports: [
      { name: 'dns-udp', containerPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
    ],
    resources: { requests: quantities(requests), limits: quantities(limits) },
    livenessProbe: {
      exec: { command: ['/opt/dnsfleet/engine-alive'] },
      initialDelaySeconds: 5,
      periodSeconds: 5,
      timeoutSeconds: 4,
      failureThreshold: 3,
      terminationGracePeriodSeconds: livenessGraceSeconds,
    },
    // On the engine, not on the agent: the kubelet runs all hooks at once and delays only the sidecar's SIGTERM.
    lifecycle: { preStop: { exec: { command: ['node', '/opt/dnsfleet/prestop.mjs'] } } },
    securityContext,
    volumeMounts: [runDirectory],
  };
}

/** Volumes: the published configuration, the token, and the directory in memory that both containers share. */
export function serverVolumes(pool: DnsPool): readonly Manifest<V1Volume>[] {
  return [
    { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    { name: 'config', configMap: { name: pool.metadata.name, items: [{ key: configKey, path: configKey }] } },
    {
      name: 'token',
      secret: { secretName: pool.metadata.name, items: [{ key: tokenKey, path: tokenKey }], defaultMode: 0o440 },
    },
  ];
}

function agentEnvironment(pool: DnsPool): readonly Manifest<V1EnvVar>[] {
  return [
    fromField('POD_NAME', 'metadata.name'),
    fromField('POD_UID', 'metadata.uid'),
    fromField('POD_NAMESPACE', 'metadata.namespace'),
    fromField('NODE_NAME', 'spec.nodeName'),
    { name: 'DNSFLEET_THREADS', value: String(pool.spec.engine.threads) },
  ];
}

const fromField = (name: string, fieldPath: string): Manifest<V1EnvVar> => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

/** The API takes a number or a string; one form keeps the comparison with the live object simple. */
function quantities(amounts: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(amounts).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
}
