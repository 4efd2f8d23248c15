/**
 * The two that are compared: a fleet, and Unbound in a plain Deployment. Both have eight servers behind a Service of type
 * NodePort with `externalTrafficPolicy: Local`, which has a cluster IP as well, and half of their clients come by each.
 */
import type { SharedCluster } from '../../suites/helpers/cluster.js';
import { eventually, must } from '../../suites/helpers/eventually.js';
import { fleetReady, serversOf } from '../../suites/helpers/fleets.js';
import type { Kubectl } from '../../suites/helpers/kubectl.js';
import { fleetManifest, forwardTo, healthServiceManifest } from '../../suites/helpers/manifests.js';
import { plainManifests, plainSelector, type UpstreamAddress } from '../../suites/helpers/manifests.js';
import { describeConditions, isTrue, podSchema, type Pod } from '../../suites/helpers/objects.js';
import { serviceSettled } from '../../suites/helpers/traffic.js';
import type { ClientOptions } from '../../traffic/client.js';

/** Servers before and after the scaling down. */
export const manyServers = 8;
export const fewServers = 3;
/** The limit of an engine's processor: half a core. */
export const cpuLimitMillis = 500;

/** What an edit changes, so that all servers are replaced: 1m of the processor that an engine is sure of. */
export type Edition = 'first' | 'second';

export interface Contestant {
  readonly name: 'ours' | 'plain';
  readonly clients: readonly ClientOptions[];
  /** Asks for so many servers, and returns at once. */
  scale(servers: number): Promise<void>;
  /** Applies an edit which replaces every server, and returns at once. */
  edit(edition: Edition): Promise<void>;
  /** Resolves when the last edit is through. */
  edited(): Promise<unknown>;
  /** All pods, also those that are stopping. */
  pods(): Promise<readonly Pod[]>;
}

export interface Stage {
  readonly cluster: SharedCluster;
  readonly kubectl: Kubectl;
  readonly upstream: UpstreamAddress;
}

/** Pods are kept small: what is left of a machine after a node was drained must hold them all. */
const cpuRequests: Record<Edition, string> = { first: '20m', second: '21m' };
const service = { type: 'NodePort', externalTrafficPolicy: 'Local' };

/** The fleet, with `fewServers` servers at first. `capacityQps` is set by `declareCapacity`, once it is known. */
export class FleetContestant implements Contestant {
  readonly name = 'ours';
  clients: readonly ClientOptions[] = [];
  readonly #stage: Stage;
  #edition: Edition = 'first';
  #capacityQps: number | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async start(): Promise<void> {
    await this.#apply();
    await this.edited();
    this.clients = await clientsOf(this.#stage, 'ours', { 'dnsfleet.dev/fleet': 'ours' });
  }

  /** Tells the fleet what one server carries. Takes effect without a restart. */
  async declareCapacity(queriesPerSecond: number): Promise<void> {
    this.#capacityQps = queriesPerSecond;
    await this.#apply();
    await this.edited();
  }

  edited(): Promise<unknown> {
    return fleetReady(this.#stage.kubectl, 'ours', 120_000);
  }

  async scale(servers: number): Promise<void> {
    await this.#stage.kubectl.run(['scale', 'dnspool', 'ours-here', `--replicas=${servers}`]);
  }

  async edit(edition: Edition): Promise<void> {
    this.#edition = edition;
    await this.#apply();
  }

  pods(): Promise<readonly Pod[]> {
    return this.#stage.kubectl.list(podSchema, 'pods', serversOf('ours'));
  }

  #apply(): Promise<void> {
    const { kubectl, upstream } = this.#stage;
    return kubectl.apply(
      fleetManifest({
        name: 'ours',
        regions: { here: { here: fewServers } },
        maxServers: manyServers,
        upstreams: forwardTo(upstream),
        service: { type: 'NodePort', nodePort: 30053 },
        autoscaling: { mode: 'Disabled' },
        cpu: `${cpuLimitMillis}m`,
        cpuRequest: cpuRequests[this.#edition],
        ...(this.#capacityQps !== undefined && { capacityQps: this.#capacityQps }),
      }),
    );
  }
}

/** The plain Deployment, with a `preStop` that sleeps 5 s. */
export class PlainContestant implements Contestant {
  readonly name = 'plain';
  clients: readonly ClientOptions[] = [];
  readonly #stage: Stage;
  #replicas = fewServers;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async start(): Promise<void> {
    await this.edit('first');
    await this.edited();
    this.clients = await clientsOf(this.#stage, 'plain', { app: 'plain' });
  }

  edited(): Promise<unknown> {
    return this.#stage.kubectl.run(['rollout', 'status', 'deployment/plain', '--timeout=120s']);
  }

  async scale(servers: number): Promise<void> {
    this.#replicas = servers;
    await this.#stage.kubectl.run(['scale', 'deployment', 'plain', `--replicas=${servers}`]);
  }

  async edit(edition: Edition): Promise<void> {
    const { kubectl, upstream } = this.#stage;
    await kubectl.apply(
      ...plainManifests({
        ...{ name: 'plain', replicas: this.#replicas, upstream, threads: 1, service, nodePort: 30054 },
        cpu: `${cpuLimitMillis}m`,
        cpuRequest: cpuRequests[edition],
      }),
    );
  }

  pods(): Promise<readonly Pod[]> {
    return this.#stage.kubectl.list(podSchema, 'pods', plainSelector('plain'));
  }
}

/** Waits until exactly `count` pods are there, all ready, and none is stopping any more. */
export async function onlyReady(contestant: Contestant, count: number, timeoutMs: number): Promise<readonly Pod[]> {
  return eventually(
    async () => {
      const pods = await contestant.pods();
      const stopping = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined);
      must(stopping.length === 0, `stopping: ${stopping.map((pod) => pod.metadata.name).join(', ')}`);
      must(pods.length === count && pods.every((pod) => isTrue(pod, 'Ready')), pods.map(describeConditions).join('\n'));
      return pods;
    },
    { describe: `${count} servers of ${contestant.name}, and no others`, timeoutMs },
  );
}

/** Two kinds of clients through the cluster IP, and two through the node ports of all nodes that a load balancer finds healthy. */
async function clientsOf({ cluster, kubectl }: Stage, name: string, selector: object): Promise<ClientOptions[]> {
  const { spec } = await kubectl.service(name);
  await kubectl.apply(healthServiceManifest(`${name}-health`, selector));
  const health = (await kubectl.service(`${name}-health`)).spec.healthCheckNodePort;
  const nodePort = spec.ports[0]?.nodePort;
  if (health === undefined || nodePort === undefined) throw new Error(`Service ${name} has no node port`);
  const inside = [{ endpoint: { address: spec.clusterIP, port: 53 } }];
  const outside = (await kubectl.nodes()).map(({ address }) => ({
    endpoint: { address, port: nodePort },
    healthUrl: `http://${address}:${health}/healthz`,
  }));
  await Promise.all([...inside, ...outside].map(({ endpoint }) => serviceSettled(cluster, endpoint)));
  return [
    { title: 'ClusterIP', targets: inside },
    { title: 'NodePort', targets: outside },
  ].flatMap(({ title, targets }) => [
    { name: `${title}, fresh ports`, targets, portLifetimeSeconds: 10 },
    { name: `${title}, fixed ports`, targets, portLifetimeSeconds: Infinity },
  ]);
}
