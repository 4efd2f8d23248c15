/** Waiting for fleets, and for what belongs to them. */
import { eventually, must } from './eventually.js';
import type { Kubectl } from './kubectl.js';
import { describeConditions, isTrue, podSchema, type Pod, type Resource } from './objects.js';

/** Pods of all servers of a fleet. */
export const serversOf = (fleet: string): string => `dnsfleet.dev/fleet=${fleet}`;

/** Waits until the fleet is Ready at its present generation. @throws Error with its conditions when it is not in time */
export function fleetReady(kubectl: Kubectl, name: string, timeoutMs: number): Promise<Resource> {
  return eventually(
    async () => {
      const fleet = await kubectl.fleet(name);
      must(
        isTrue(fleet, 'Ready') && fleet.status.observedGeneration === fleet.metadata.generation,
        describeConditions(fleet),
      );
      return fleet;
    },
    { describe: `dnsfleet ${name} to be Ready`, timeoutMs },
  );
}

/** Waits until `count` servers of a fleet are ready and none is stopping. @throws Error when it is not so in time */
export function serversReady(
  kubectl: Kubectl,
  name: string,
  wanted: { count: number; timeoutMs: number },
): Promise<Pod[]> {
  return eventually(
    async () => {
      const pods = await kubectl.pods(serversOf(name));
      must(
        pods.length === wanted.count && pods.every((pod) => isTrue(pod, 'Ready')),
        pods.map(describeConditions).join('\n') || 'no servers',
      );
      return pods;
    },
    { describe: `${wanted.count} servers of ${name} to be ready`, timeoutMs: wanted.timeoutMs },
  );
}

/** Waits until these pods are no longer there, not even stopping. @throws Error naming those that are */
export function serversGone(kubectl: Kubectl, pods: readonly Pod[], timeoutMs: number): Promise<void> {
  const uids = new Set(pods.map((pod) => pod.metadata.uid));
  return eventually(
    async () => {
      const left = (await kubectl.list(podSchema, 'pods')).filter((pod) => uids.has(pod.metadata.uid));
      must(left.length === 0, `still there: ${left.map((pod) => pod.metadata.name).join(', ')}`);
    },
    { describe: 'the former servers to go', timeoutMs, intervalMs: 1000 },
  );
}
