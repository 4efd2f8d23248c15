/** All that happened to the servers of a namespace. */
import type { TestCluster } from './cluster.js';
import { follow } from './follow.js';
import { type Pod, pods } from '../src/kube/resource.js';
import { readServer, type Server } from '../src/planning/servers.js';

/** A pod that was told to stop, and what there was at that moment. */
export interface Stop {
  readonly name: string;
  readonly wasMarked: boolean;
  /** Other pods that were on their way out. */
  readonly alsoStopping: number;
  /** Other pods that were ready. */
  readonly othersReady: number;
}

export class PodHistory {
  readonly stops: Stop[] = [];
  /** Names of the pods that were ever marked. */
  readonly marked = new Set<string>();
  /** The fewest servers that were ready and stayed, at any moment. */
  leastServing = Infinity;
  readonly #servers = new Map<string, Server>();
  #following: { stop(): Promise<void> } | undefined;

  /** Follows the pods of `cluster` from now on. */
  static async start(cluster: TestCluster): Promise<PodHistory> {
    const history = new PodHistory();
    history.#following = await follow(cluster, { resource: pods, onState: (pod, isGone) => history.#see(pod, isGone) });
    history.restart();
    return history;
  }

  /** Forgets what was, and goes on from what is now. */
  restart(): void {
    this.stops.length = 0;
    this.marked.clear();
    this.leastServing = this.#serving;
  }

  /** Ends it. Throws if the watch broke before. */
  async stop(): Promise<void> {
    await this.#following?.stop();
  }

  get #serving(): number {
    return [...this.#servers.values()].filter(({ isReady, isStopping }) => isReady && !isStopping).length;
  }

  #see(pod: Pod, isGone: boolean): void {
    const server = readServer(pod);
    const { uid } = pod.metadata;
    const before = this.#servers.get(uid);
    if (server?.mark) this.marked.add(server.name);
    if (server?.isStopping && before && !before.isStopping) {
      const others = [...this.#servers.values()].filter((other) => other.uid !== uid);
      this.stops.push({
        name: server.name,
        wasMarked: server.mark !== undefined,
        alsoStopping: others.filter(({ isStopping }) => isStopping).length,
        othersReady: others.filter(({ isStopping, isReady }) => isReady && !isStopping).length,
      });
    }
    if (isGone || !server) this.#servers.delete(uid);
    else this.#servers.set(uid, server);
    this.leastServing = Math.min(this.leastServing, this.#serving);
  }
}
