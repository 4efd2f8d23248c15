/** What tests ask about one pool and its servers, what they wait for, and what they do to them as people do. */
import type { Condition } from '../src/api/v1alpha1/condition.js';
import type { DnsPool } from '../src/api/v1alpha1/dns-pool.js';
import { labels } from '../src/api/v1alpha1/labels.js';
import { deployments, events, pods } from '../src/kube/resource.js';
import { findCondition } from '../src/planning/conditions.js';
import { readServer, type Server } from '../src/planning/servers.js';
import { type TestCluster, waitFor } from './cluster.js';

export class PoolView {
  readonly name: string;
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster, name = 'public-eu-1') {
    this.#cluster = cluster;
    this.name = name;
  }

  get(): Promise<DnsPool | undefined> {
    return this.#cluster.pool(this.name);
  }

  /** Its pods that have not ended, also those on their way out. */
  async servers(): Promise<readonly Server[]> {
    const { client, namespace } = this.#cluster;
    const all = await client.list(pods, { namespace, labelSelector: `${labels.pool}=${this.name}` });
    return all.flatMap((pod) => readServer(pod) ?? []);
  }

  /** How many servers its Deployment shall run. */
  async replicas(): Promise<number | undefined> {
    const { client, namespace } = this.#cluster;
    return (await client.get(deployments, `${namespace}/${this.name}`))?.spec?.replicas;
  }

  async condition(type: string): Promise<Condition | undefined> {
    return findCondition((await this.get())?.status?.conditions, type);
  }

  /** What its events of `reason` say. */
  async notes(reason: string): Promise<readonly string[]> {
    const { client, namespace } = this.#cluster;
    return (await client.list(events, { namespace }))
      .filter((event) => event.reason === reason && event.regarding?.name === this.name)
      .map(({ note }) => note ?? '');
  }

  /** Wants `count` servers, by `/scale`. */
  wish(count: number): void {
    this.#cluster.kubectl('scale', 'dnspool', this.name, `--replicas=${count}`);
  }

  /** Changes something that means nothing, so that the operator looks at the pool. */
  touch(): void {
    const now = new Date().toISOString();
    this.#cluster.kubectl('annotate', '--overwrite', 'dnspool', this.name, `example.com/touched=${now}`);
  }

  /** As many servers are ready as are wanted, `count`, and this is said of the present spec. */
  waitForServers(count: number): Promise<DnsPool> {
    return waitFor(
      `${count} servers`,
      () => this.get(),
      (pool) =>
        pool?.status?.servers?.summary === `${count}/${count}` &&
        pool.status.observedGeneration === pool.metadata.generation,
    );
  }

  waitForReason(type: string, reason: string): Promise<Condition> {
    return waitFor(
      `${type} to be ${reason}`,
      () => this.condition(type),
      (now) => now?.reason === reason,
    );
  }

  /** Until one of its events of `reason` says something that `isMeant`. */
  waitForNote(reason: string, isMeant: (note: string) => boolean): Promise<readonly string[]> {
    return waitFor(
      `an event ${reason}`,
      () => this.notes(reason),
      (all) => all.some(isMeant),
    );
  }

  /** Exactly `count` servers, all ready, none of them marked, and the Deployment says the same. */
  async waitForExactly(count: number): Promise<readonly Server[]> {
    const { servers } = await waitFor(
      `${count} servers and no more`,
      async () => ({ servers: await this.servers(), replicas: await this.replicas() }),
      ({ servers, replicas }) =>
        replicas === count &&
        servers.length === count &&
        servers.every(
          ({ isReady, isStopping, mark, deletionCost }) => isReady && !isStopping && !mark && !deletionCost,
        ),
    );
    return servers;
  }

  /** The first server that is marked. */
  waitForMarked(): Promise<Server> {
    return this.#waitForOne('a marked pod', ({ mark }) => mark !== undefined);
  }

  /** The first server that is on its way out. */
  waitForStopping(): Promise<Server> {
    return this.#waitForOne('a pod that stops', ({ isStopping }) => isStopping);
  }

  async waitUntilGone(server: string): Promise<void> {
    await waitFor(
      `${server} to be gone`,
      () => this.servers(),
      (now) => !now.some(({ name }) => name === server),
    );
  }

  #waitForOne(what: string, isMeant: (server: Server) => boolean): Promise<Server> {
    return waitFor(
      what,
      async () => (await this.servers()).find(isMeant),
      () => true,
    );
  }
}
