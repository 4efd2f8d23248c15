/**
 * Servers that stop being ready although nobody takes them away: kube-proxy then forgets who waits for their answers, and
 * queries are lost that no drain lost.
 */
import type { SharedCluster } from './cluster.js';
import { isTrue, podSchema } from './objects.js';

export interface ReadinessLapses {
  /** One line each, with name, time and what the kubelet says. */
  readonly lapses: readonly string[];
  stop(): Promise<void>;
}

/** Watches the pods of a namespace, one at least must be there. */
export async function watchLapses(cluster: SharedCluster, namespace: string): Promise<ReadinessLapses> {
  const ready = new Set<string>();
  const lapses: string[] = [];
  const watch = await cluster.watch({ namespace, kind: 'pods' }, (json) => {
    const pod = podSchema.parse(JSON.parse(json));
    const { uid, name, deletionTimestamp } = pod.metadata;
    if (isTrue(pod, 'Ready')) ready.add(uid);
    else if (ready.delete(uid) && deletionTimestamp === undefined) {
      const containers = pod.status.containerStatuses.map(
        (each) => `${each.name} restarted ${each.restartCount} times`,
      );
      lapses.push(`${new Date().toISOString()} ${name} is not ready: ${containers.join(', ')}`);
    }
  });
  return { lapses, stop: () => watch.terminate() };
}
