/** All that happened to the pods of a namespace, from a watch: nothing between two looks is missed. */
import type { TestCluster } from './cluster.js';
import { pods } from '../src/kube/resource.js';
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
  readonly #servers = new Map<string, Server>();
  readonly #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();

  /** Follows the pods of `cluster` from now on. */
  static async start(cluster: TestCluster): Promise<PodHistory> {
    const history = new PodHistory();
    const { client, namespace } = cluster;
    const { items, resourceVersion } = await client.listPage(pods, { namespace });
    items.forEach((item) => history.#see(item, false));
    const options = { namespace, resourceVersion, timeoutSeconds: 600, signal: history.#stop.signal };
    history.#work = (async () => {
      for await (const line of client.watch(pods, options)) {
        if (line.type === 'malformed' || line.type === 'BOOKMARK') continue;
        if (line.type === 'ERROR') throw new Error(`watching pods: ${JSON.stringify(line.object)}`);
        history.#see(line.object, line.type === 'DELETED');
      }
    })();
    return history;
  }

  /** Ends it. Throws if the watch broke before. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work.catch((error: unknown) => {
      if (!(error instanceof Error && error.message.includes('aborted'))) throw error;
    });
  }

  #see(raw: unknown, isGone: boolean): void {
    const server = readServer(pods.parse(raw));
    if (!server) return;
    const before = this.#servers.get(server.uid);
    if (server.mark) this.marked.add(server.name);
    if (server.isStopping && before && !before.isStopping) {
      const others = [...this.#servers.values()].filter(({ uid }) => uid !== server.uid);
      this.stops.push({
        name: server.name,
        wasMarked: server.mark !== undefined,
        alsoStopping: others.filter(({ isStopping }) => isStopping).length,
        othersReady: others.filter(({ isStopping, isReady }) => isReady && !isStopping).length,
      });
    }
    if (isGone) this.#servers.delete(server.uid);
    else this.#servers.set(server.uid, server);
  }
}
