/** What a pod without containers reports, and the traffic that its agent counts. Pure. */
import type { Pod } from '../../operator/src/kube/resource.js';

/** Constant load, give or take 8 %: at rest in the sense of the design, and not so even that nothing could be written. */
const mean = 1000;
const swing = 0.08;
const periodMs = 90_000;

/** The queries per second of server `index` at `nowMs`. Each server is at another point of its wave. */
export function queriesPerSecond(index: number, nowMs: number): number {
  const phase = (nowMs / periodMs + index * 0.618) * 2 * Math.PI;
  return mean * (1 + swing * Math.sin(phase));
}

/** The status of a pod all of whose containers are ready, as long as that of a real one. */
export function podStatus(pod: Pod, { address, now }: { readonly address: string; readonly now: string }) {
  const condition = (type: string) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: now });
  const statusOf = ({ name, image = '' }: { readonly name: string; readonly image?: string | undefined }) => ({
    name,
    image,
    imageID: `sha256:${'0123456789abcdef'.repeat(4)}`,
    containerID: `containerd://${'fedcba9876543210'.repeat(4)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: `${now.slice(0, 19)}Z` } },
    lastState: {},
  });
  return {
    phase: 'Running',
    startTime: `${now.slice(0, 19)}Z`,
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    initContainerStatuses: (pod.spec?.initContainers ?? []).map(statusOf),
    containerStatuses: (pod.spec?.containers ?? []).map(statusOf),
  };
}
