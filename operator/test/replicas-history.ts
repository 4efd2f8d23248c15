/** Every number of servers that pools were told to have, or their Deployments: a poll would miss those that pass quickly. */
import type { KubeObject } from '../src/kube/object.js';
import type { Resource } from '../src/kube/resource.js';
import type { TestCluster } from './cluster.js';
import { follow } from './follow.js';

type Scaled = KubeObject & { readonly spec?: { readonly replicas?: number | undefined } | undefined };

export class ReplicasHistory {
  readonly #counts = new Map<string, number[]>();
  #following: { stop(): Promise<void> } | undefined;

  /** Follows all objects of `resource` in the namespace of `cluster` from now on. */
  static async start<T extends Scaled>(cluster: TestCluster, resource: Resource<T>): Promise<ReplicasHistory> {
    const history = new ReplicasHistory();
    history.#following = await follow(cluster, { resource, onState: (object) => history.#see(object) });
    return history;
  }

  /** The numbers that the object had, from the first that was seen to that of now, each time that it changed. */
  of(name: string): readonly number[] {
    return this.#counts.get(name) ?? [];
  }

  /** Forgets all but the number of now. */
  restart(): void {
    for (const counts of this.#counts.values()) counts.splice(0, counts.length - 1);
  }

  async stop(): Promise<void> {
    await this.#following?.stop();
  }

  #see({ metadata, spec }: Scaled): void {
    const counts = this.#counts.get(metadata.name) ?? [];
    this.#counts.set(metadata.name, counts);
    if (spec?.replicas !== undefined && counts.at(-1) !== spec.replicas) counts.push(spec.replicas);
  }
}
