/**
 * What was seen of the pools, by one clock: when the number of servers was changed, when the containers of a server ran,
 * and when it was among the endpoints of its Service. Times are those at which a watch told, in milliseconds since the
 * epoch: what the kubelet writes into the status of a pod are whole seconds.
 */
import { z } from 'zod';
import { labels } from '../../../operator/src/api/v1alpha1/labels.js';
import { containerStatus, podSchema, resourceSchema } from '../../suites/helpers/objects.js';

const poolSchema = resourceSchema.extend({
  spec: z.looseObject({ fleet: z.string(), replicas: z.number().optional() }),
  status: z
    .looseObject({
      servers: z.looseObject({ fresh: z.number().default(0) }).optional(),
      load: z.looseObject({ queriesPerSecond: z.number() }).optional(),
      scaling: z.looseObject({ utilizationPercent: z.number().optional(), message: z.string() }).optional(),
    })
    .default({}),
});
const runningSchema = containerStatus.extend({
  state: z.looseObject({ running: z.looseObject({}).optional() }).default({}),
});
const runningPodSchema = podSchema.extend({
  status: podSchema.shape.status.extend({
    containerStatuses: z.array(runningSchema).default([]),
    initContainerStatuses: z.array(runningSchema).default([]),
  }),
});
const sliceSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  endpoints: z
    .array(
      z.looseObject({
        conditions: z.looseObject({ ready: z.boolean().default(false) }),
        targetRef: z.looseObject({ uid: z.string() }).optional(),
      }),
    )
    .nullish()
    .transform((endpoints) => endpoints ?? []),
});

export type SeenPool = z.infer<typeof poolSchema>;

/** A change of the number of servers that is wanted. */
export interface Decision {
  readonly atMs: number;
  readonly replicas: number;
}

/** What a pool says its load is. */
export interface ToldLoad {
  readonly atMs: number;
  readonly queriesPerSecond: number;
}

/** One server, and when it came. */
export interface SeenServer {
  readonly uid: string;
  readonly name: string;
  readonly address?: string | undefined;
  readonly runningMs?: number;
  readonly servingMs?: number;
}

interface Turn {
  readonly atMs: number;
  readonly serving: number;
}

/** Takes in objects of one namespace, and tells what happened to each fleet of one pool. */
export class Sightings {
  readonly #pools = new Map<string, SeenPool>();
  readonly #decisions = new Map<string, Decision[]>();
  readonly #loads = new Map<string, ToldLoad[]>();
  readonly #servers = new Map<string, { readonly fleet: string; readonly server: SeenServer }>();
  readonly #ready = new Map<string, { readonly fleet: string; readonly uids: ReadonlySet<string> }>();
  readonly #firstServing = new Map<string, number>();
  readonly #turns = new Map<string, Turn[]>();

  /** A DnsPool. @throws Error when it is none */
  onPool(json: string, atMs: number): void {
    const pool = poolSchema.parse(JSON.parse(json));
    const { fleet, replicas } = pool.spec;
    const before = this.#pools.get(fleet)?.spec.replicas;
    this.#pools.set(fleet, pool);
    if (replicas !== undefined && replicas !== before) listOf(this.#decisions, fleet).push({ atMs, replicas });
    const { queriesPerSecond } = pool.status.load ?? {};
    const loads = listOf(this.#loads, fleet);
    if (queriesPerSecond !== undefined && loads.at(-1)?.queriesPerSecond !== queriesPerSecond) {
      loads.push({ atMs, queriesPerSecond });
    }
  }

  /** A Pod. @throws Error when it is none */
  onPod(json: string, atMs: number): void {
    const { metadata, status } = runningPodSchema.parse(JSON.parse(json));
    const all = [...status.initContainerStatuses, ...status.containerStatuses];
    const isRunning = all.length > 1 && all.every(({ state }) => state.running !== undefined);
    const { uid, name } = metadata;
    const runningMs = this.#servers.get(uid)?.server.runningMs ?? (isRunning ? atMs : undefined);
    const server = { uid, name, address: status.podIP, ...(runningMs !== undefined && { runningMs }) };
    this.#servers.set(uid, { fleet: metadata.labels[labels.fleet] ?? '', server });
  }

  /** An EndpointSlice; those of other Services than the fleet's own are left out. @throws Error when it is none */
  onSlice(json: string, atMs: number): void {
    const { metadata, endpoints } = sliceSchema.parse(JSON.parse(json));
    const fleet = metadata.labels['kubernetes.io/service-name'] ?? '';
    const ready = endpoints.filter(({ conditions }) => conditions.ready);
    const uids = new Set(ready.flatMap(({ targetRef }) => (targetRef ? [targetRef.uid] : [])));
    this.#ready.set(metadata.name, { fleet, uids });
    for (const uid of uids) if (!this.#firstServing.has(uid)) this.#firstServing.set(uid, atMs);
    const turns = listOf(this.#turns, fleet);
    const serving = this.#servingOf(fleet);
    if (turns.at(-1)?.serving !== serving) turns.push({ atMs, serving });
  }

  /** As it was seen last. */
  pool(fleet: string): SeenPool | undefined {
    return this.#pools.get(fleet);
  }

  /** In order of time; the first is what was wanted when the pool was seen first. */
  decisions(fleet: string): readonly Decision[] {
    return listOf(this.#decisions, fleet);
  }

  /** What the pool's status says of its load, from each change on: what an HPA on queries gets to know. */
  loads(fleet: string): readonly ToldLoad[] {
    return listOf(this.#loads, fleet);
  }

  servers(fleet: string): readonly SeenServer[] {
    return [...this.#servers.values()]
      .filter((server) => server.fleet === fleet)
      .map(({ server }) => {
        const servingMs = this.#firstServing.get(server.uid);
        return servingMs === undefined ? server : { ...server, servingMs };
      });
  }

  /** How many servers were endpoints of the Service, from each time on. */
  serving(fleet: string): readonly Turn[] {
    return listOf(this.#turns, fleet);
  }

  /** A Service of two address families has a slice of each, with the same servers. */
  #servingOf(fleet: string): number {
    const uids = [...this.#ready.values()].filter((slice) => slice.fleet === fleet).flatMap((slice) => [...slice.uids]);
    return new Set(uids).size;
  }
}

function listOf<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
