/**
 * The Deployment of a pool. What stands in the pod template replaces servers when it changes: the image, the threads,
 * the resources and the placement. Everything else about a server is in its configuration, which is applied at run
 * time, so nothing of it, not even a hash, may appear here.
 */
import type { V1Deployment, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { agentContainer, engineContainer, serverVolumes } from './containers.js';
import { poolChildMeta, poolLabels, poolSelector } from './names.js';
import { buildSpread } from './spread.js';
import type { Manifest } from './manifest.js';

/** Above the longest drain (120 s of drain and 20 s of lame duck today), so that changing the drain rolls nothing. */
export const terminationGracePeriodSeconds = 660;

/** A rollout that replaces no server for this long is reported; above drain (140 s) and start of one server. */
export const progressDeadlineSeconds = 300;

const user = 65532;

/** The Deployment that runs `replicas` servers of `pool`. */
export function buildDeployment(pool: DnsPool, replicas: number): Manifest<V1Deployment> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: poolChildMeta(pool),
    spec: {
      replicas,
      selector: { matchLabels: poolSelector(pool.metadata.name) },
      // A server is only taken away after its successor answers: capacity never falls during a rollout.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      progressDeadlineSeconds,
      revisionHistoryLimit: 3,
      template: buildPodTemplate(pool),
    },
  };
}

function buildPodTemplate(pool: DnsPool): Manifest<V1PodTemplateSpec> {
  return { metadata: { labels: poolLabels(pool) }, spec: { ...buildPodSpec(pool), ...buildPlacement(pool) } };
}

function buildPodSpec(pool: DnsPool): Manifest<V1PodSpec> {
  return {
    serviceAccountName: pool.metadata.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // A resolver must not need the cluster's DNS, which may be a client of it.
    dnsPolicy: 'Default',
    terminationGracePeriodSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
      // A process without root has no capabilities, whatever `add` says: port 53 comes from this safe sysctl.
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
    },
    initContainers: [agentContainer(pool)],
    containers: [engineContainer(pool)],
    volumes: serverVolumes(pool),
  };
}

function buildPlacement(pool: DnsPool): Partial<Manifest<V1PodSpec>> {
  const { nodeSelector, affinity, tolerations, priorityClassName, spread } = pool.spec.placement;
  const constraints = buildSpread(pool.metadata.name, spread);
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(affinity && { affinity }),
    ...(tolerations && { tolerations }),
    ...(priorityClassName && { priorityClassName }),
    ...(constraints.length > 0 && { topologySpreadConstraints: constraints }),
  };
}
