/**
 * Wires the operator: reflectors fill caches, caches wake controllers, controllers work on keys. Split in two, because a
 * standby follows the API server too, so that it can take over at once, and only the leader reconciles.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { labels, managedBy, resolverName } from '../api/v1alpha1/labels.js';
import type { Options } from '../config/options.js';
import type { KubeClient, Selection } from '../kube/client.js';
import { EventRecorder } from '../kube/events.js';
import { type LoadSum, sumLoads } from '../planning/load.js';
import { keyOf, objectKey, type KubeObject } from '../kube/object.js';
import { Reflector, type ReflectorOptions } from '../kube/reflector.js';
import {
  configMaps,
  deployments,
  type HorizontalPodAutoscaler,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
  type Resource,
  serviceAccounts,
  services,
} from '../kube/resource.js';
import { byLabel, byNamespace, type Indexer, type Store, type StoreEvent } from '../kube/store.js';
import type { Clock, Random } from '../runtime/clock.js';
import { Controller } from '../runtime/controller.js';
import type { Logger } from '../runtime/logger.js';
import type { DrainMetrics, KubeMetrics, ScaleMetrics } from '../runtime/metrics.js';
import { FleetReconciler } from './fleet/controller.js';
import { type FleetStores, inNamespace, ofFleet } from './fleet/gather.js';
import { refusedNeighbours } from './fleet/look-again.js';
import { createAgentDirectory } from './pool/agents.js';
import { PoolReconciler } from './pool/controller.js';
import { ofPool, type PoolStores, serversOf } from './pool/gather.js';
import { createJudge } from './pool/judge.js';
import { createTokenKeeper, type RandomBytes } from './pool/tokens.js';
import { Refusals } from './refusals.js';
import { dnsFleets, dnsPools } from './resources.js';
import { serverPods } from './server-pods.js';
import { uniteStores } from './union-store.js';

/** The options that the controllers read. */
export type OperatorOptions = Pick<
  Options,
  'resolverImage' | 'resolverImagePullPolicy' | 'watchNamespaces' | 'concurrency' | 'agentPort'
>;

export interface OperatorTools {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: OperatorOptions;
  readonly metrics: KubeMetrics;
  readonly drainMetrics?: DrainMetrics;
  readonly scaleMetrics?: ScaleMetrics;
  readonly logger: Logger;
  /** The name of our pod, for events. */
  readonly instance?: string;
  /** How patiently caches are kept; by the reflector's own numbers but in tests. */
  readonly following?: Pick<ReflectorOptions<KubeObject>, 'resyncMs' | 'backoff'> | undefined;
  /** For tokens; the machine's own but in tests. */
  readonly randomBytes?: RandomBytes;
}

export interface Operator {
  fleets(): readonly DnsFleet[];
  pools(): readonly DnsPool[];
  /** What the servers of a pool say of their load now. */
  loadOf(pool: DnsPool): LoadSum;
  /** True once all caches hold a complete list. */
  hasSynced(): boolean;
  /** Keeps the caches equal to the API server until `signal` aborts; on a standby too. */
  follow(signal: AbortSignal): Promise<void>;
  /** Works until `signal` aborts and what was begun has ended; on the leader alone, once for each time it leads. */
  reconcile(signal: AbortSignal): Promise<void>;
}

/** Follows and reconciles until `signal` aborts. */
export async function runControllers(tools: OperatorTools & { readonly signal: AbortSignal }): Promise<void> {
  const operator = createOperator(tools);
  await Promise.all([operator.follow(tools.signal), operator.reconcile(tools.signal)]);
}

/** What is left of events is written within this when the operator stops; a leader has little time to stop. */
const flushEventsMs = 1000;

/** The operator, not yet running. */
export function createOperator(tools: OperatorTools): Operator {
  const caches = createCaches(tools);
  const { clock, random, logger, metrics, options, client } = tools;
  const events = new EventRecorder({
    client,
    clock,
    random,
    logger,
    controller: 'dnsfleet.dev/operator',
    instance: tools.instance ?? 'dnsfleet-operator',
  });
  const tokens = createTokenKeeper({ client, clock, randomBytes: tools.randomBytes ?? randomBytes });
  const directory = createAgentDirectory({ clock, random, port: options.agentPort });
  const poolReconciler = new PoolReconciler({
    stores: caches,
    client,
    clock,
    directory,
    tokens,
    judge: createJudge({ directory, tokens, clock }),
    refusals: new Refusals(clock),
    events,
    logger: logger.child({ controller: 'pool' }),
    drainMetrics: tools.drainMetrics,
    scaleMetrics: tools.scaleMetrics,
  });
  const fleetReconciler = new FleetReconciler({
    stores: caches,
    client,
    clock,
    image: { image: options.resolverImage, imagePullPolicy: options.resolverImagePullPolicy },
    refusals: new Refusals(clock),
    events,
    logger: logger.child({ controller: 'fleet' }),
  });
  const common = { concurrency: options.concurrency, caches: caches.all, clock, random, logger, metrics };

  return {
    fleets: () => caches.fleets.list(),
    pools: () => caches.pools.list(),
    loadOf: (pool) => {
      const key = keyOf(pool);
      return sumLoads(serversOf(caches, key), directory.loads(key));
    },
    hasSynced: () => caches.all.every((store) => store.hasSynced()),
    follow: async (signal) => {
      // Each reflector waits on it; Node.js takes more than ten listeners for a leak.
      setMaxListeners(0, signal);
      await Promise.all(caches.reflectors.map((reflector) => reflector.run(signal)));
    },
    reconcile: async (signal) => {
      setMaxListeners(0, signal);
      const fleets = new Controller({
        ...common,
        name: 'fleet',
        reconcile: (key, s) => fleetReconciler.reconcile(key, s),
      });
      const pools = new Controller({
        ...common,
        name: 'pool',
        reconcile: (key, s) => poolReconciler.reconcile(key, s),
      });
      const stop = [...wakeFleets(fleets, caches), ...wakePools(pools, caches)];
      const recording = events.run(signal);
      const following = directory.follow({ signal, onNews: (pool) => pools.enqueue(pool) });
      await Promise.all([fleets.run(signal), pools.run(signal), following]);
      stop.forEach((unsubscribe) => unsubscribe());
      await recording;
      await events.flush(flushEventsMs);
    },
  };
}

interface Caches extends FleetStores, PoolStores {
  readonly all: readonly { hasSynced(): boolean }[];
  readonly reflectors: readonly { run(signal: AbortSignal): Promise<void> }[];
}

/** Only what bears our label is kept in memory; an object that lost it is found when it is to be written. */
const children = { labelSelector: `${labels.managedBy}=${managedBy}` };
const servers = { labelSelector: `${labels.name}=${resolverName}` };

function createCaches({ client, clock, random, logger, metrics, options, following }: OperatorTools): Caches {
  const reflectors: { run(signal: AbortSignal): Promise<void> }[] = [];
  const stores: { hasSynced(): boolean }[] = [];
  const follow = <T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    indexes: Readonly<Record<string, Indexer<T>>> = {},
  ): Store<T> => {
    const followIn = (where: Selection): Store<T> => {
      const common = { client, resource, indexes, clock, random, logger, metrics, ...following };
      const reflector = new Reflector({ ...common, selection: { ...selection, ...where } });
      reflectors.push(reflector);
      stores.push(reflector.store);
      return reflector.store;
    };
    const { watchNamespaces } = options;
    if (watchNamespaces.length === 0) return followIn({});
    return uniteStores(new Map(watchNamespaces.map((namespace) => [namespace, followIn({ namespace })])));
  };
  return {
    fleets: follow(dnsFleets, {}, { [inNamespace]: byNamespace }),
    pools: follow(dnsPools, {}, { [inNamespace]: byNamespace }),
    deployments: follow(deployments, children),
    services: follow(services, children, { [ofFleet]: byLabel(labels.fleet) }),
    configMaps: follow(configMaps, children),
    serviceAccounts: follow(serviceAccounts, children),
    podDisruptionBudgets: follow(podDisruptionBudgets, children),
    horizontalPodAutoscalers: follow(horizontalPodAutoscalers, {}, { [ofPool]: poolTargets }),
    pods: follow(serverPods, servers, { [ofPool]: byLabel(labels.pool) }),
    all: stores,
    reflectors,
  };
}

/** A fleet is looked at when it, one of its pools or one of its Services changes, or what it may be refused for. */
function wakeFleets(controller: Controller, caches: Caches): (() => void)[] {
  caches.fleets.list().forEach((fleet) => controller.enqueue(keyOf(fleet)));
  return [
    controller.follow(caches.fleets, ({ key }) => [key]),
    controller.follow(caches.pools, (event) => ownersOf(event, labels.fleet)),
    controller.follow(caches.services, (event) => ownersOf(event, labels.fleet)),
    controller.follow(caches.fleets, (event) => refusedNeighbours(event, caches.fleets)),
    controller.follow(caches.pools, (event) => refusedNeighbours(event, caches.fleets)),
  ];
}

/** A pool is looked at when it, one of its children or one of its pods changes. */
function wakePools(controller: Controller, caches: Caches): (() => void)[] {
  caches.pools.list().forEach((pool) => controller.enqueue(keyOf(pool)));
  const ofThePool = (event: StoreEvent<KubeObject>) => ownersOf(event, labels.pool);
  return [
    controller.follow(caches.pools, ({ key }) => [key]),
    controller.follow(caches.deployments, ofThePool),
    controller.follow(caches.services, ofThePool),
    controller.follow(caches.configMaps, ofThePool),
    controller.follow(caches.serviceAccounts, ofThePool),
    controller.follow(caches.podDisruptionBudgets, ofThePool),
    controller.follow(caches.horizontalPodAutoscalers, (event) => [
      ...('object' in event && event.object ? poolTargets(event.object) : []),
      ...('old' in event && event.old ? poolTargets(event.old) : []),
    ]),
    controller.follow(caches.pods, ofThePool),
  ];
}

/** The key of the pool that an autoscaler has for its target; none if it scales something else. */
function poolTargets({ metadata, spec: { scaleTargetRef } }: HorizontalPodAutoscaler): string[] {
  const { apiVersion = '', kind, name } = scaleTargetRef;
  return kind === dnsPools.kind && apiVersion.startsWith(`${dnsPools.group}/`)
    ? [objectKey(metadata.namespace, name)]
    : [];
}

/** The owner that a label names, before and after the change: someone may have changed the label. */
function ownersOf(event: StoreEvent<KubeObject>, label: string): Set<string> {
  const states = ['object' in event ? event.object : undefined, 'old' in event ? event.old : undefined];
  return new Set(
    states.flatMap((object) => {
      const name = object?.metadata.labels?.[label];
      return name === undefined ? [] : [objectKey(object?.metadata.namespace, name)];
    }),
  );
}
