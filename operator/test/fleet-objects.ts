/** All objects that stand for a fleet, by kind and name: what is there, and what should be. */
import type { TestCluster } from './cluster.js';
import { labels } from '../src/api/v1alpha1/labels.js';
import { dnsPools } from '../src/controllers/resources.js';
import type { KubeObject } from '../src/kube/object.js';
import {
  configMaps,
  deployments,
  podDisruptionBudgets,
  pods,
  type Resource,
  secrets,
  serviceAccounts,
  services,
} from '../src/kube/resource.js';

const kinds: readonly Resource<KubeObject>[] = [
  configMaps,
  deployments,
  dnsPools,
  podDisruptionBudgets,
  pods,
  secrets,
  serviceAccounts,
  services,
];

/** `Kind/name` of each, sorted; a pod bears the name of its pool, so that two of one pool are seen twice. */
export async function objectsOf({ client, namespace }: TestCluster, fleet: string): Promise<readonly string[]> {
  const selection = { namespace, labelSelector: `${labels.fleet}=${fleet}` };
  const found = await Promise.all(
    kinds.map(async (resource) => {
      const objects = await client.list(resource, selection);
      return objects.map(({ metadata }) => {
        const name = resource.kind === 'Pod' ? metadata.labels?.[labels.pool] : metadata.name;
        return `${resource.kind}/${name ?? ''}`;
      });
    }),
  );
  return found.flat().sort();
}

/** What a fleet consists of that runs `servers` servers in each of its PoPs. */
export function expectedObjects(fleet: string, pops: Readonly<Record<string, number>>): readonly string[] {
  const ofPool = Object.entries(pops).flatMap(([pop, servers]) =>
    kinds.flatMap(({ kind }) => Array.from({ length: kind === 'Pod' ? servers : 1 }, () => `${kind}/${fleet}-${pop}`)),
  );
  return [...ofPool, `Service/${fleet}`].sort();
}
