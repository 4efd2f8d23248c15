/** Reads everything that a decision about a pool needs, from the caches and from the pool's agents. */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { highestCapacity } from '../../api/v1alpha1/server-capacity.js';
import { conditionTypes } from '../../api/v1alpha1/reasons.js';
import { readConfigMap } from '../../builders/config-map.js';
import { buildResolverConfig } from '../../builders/resolver-config.js';
import { controllerOf, keyOf, type KubeObject } from '../../kube/object.js';
import type {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Pod,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
} from '../../kube/resource.js';
import type { Store } from '../../kube/store.js';
import { findCondition } from '../../planning/conditions.js';
import { candidateOf, type ConfigurationObservation } from '../../planning/configuration.js';
import { readServer, type Server } from '../../planning/servers.js';
import type { Clock } from '../../runtime/clock.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import type { AgentDirectory } from './agents.js';
import type { Judge } from './judge.js';
import { keptConfiguration } from './kept.js';
import { recoverText } from './recover.js';
import type { TokenKeeper } from './tokens.js';
import type { Refusals } from '../refusals.js';
import { type ChildKind, childKinds, type PoolObservation, type PoolSight } from './types.js';

/** The caches that the pool controller reads. */
export interface PoolStores {
  readonly pools: Store<DnsPool>;
  readonly deployments: Store<Deployment>;
  readonly services: Store<Service>;
  readonly configMaps: Store<ConfigMap>;
  readonly serviceAccounts: Store<ServiceAccount>;
  readonly podDisruptionBudgets: Store<PodDisruptionBudget>;
  /** With the index `pool`: the key of the pool that one has for its target. */
  readonly horizontalPodAutoscalers: Store<HorizontalPodAutoscaler>;
  /** With the index `pool`: the key of the pool that a pod belongs to. */
  readonly pods: Store<Pod>;
}

/** The name of the index of pods and autoscalers by the key of their pool. */
export const ofPool = 'pool';

export interface PoolGatherer {
  readonly stores: PoolStores;
  readonly directory: AgentDirectory;
  readonly tokens: TokenKeeper;
  readonly judge: Judge;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/** How long after a change a pool is watched closely: longer than the usual `rollout.pauseSeconds`. */
export const watchMs = 300_000;

/** The servers of the pool of that key. */
export const serversOf = ({ pods }: Pick<PoolStores, 'pods'>, key: string): readonly Server[] =>
  pods.byIndex(ofPool, key).flatMap((pod) => readServer(pod) ?? []);

/** What is seen of `pool` at once. Throws only the signal's reason. */
export async function gatherPool(
  { stores, directory, refusals, clock }: PoolGatherer,
  pool: DnsPool,
  signal: AbortSignal,
): Promise<PoolSight> {
  const key = keyOf(pool);
  const own = <T extends KubeObject>(store: Store<T>): T | undefined => {
    const object = store.get(key);
    return object && controllerOf(object)?.uid === pool.metadata.uid ? object : undefined;
  };
  const found: Readonly<Record<ChildKind, KubeObject | undefined>> = {
    ServiceAccount: own(stores.serviceAccounts),
    Service: own(stores.services),
    PodDisruptionBudget: own(stores.podDisruptionBudgets),
    ConfigMap: own(stores.configMaps),
    Deployment: own(stores.deployments),
  };
  const deployment = own(stores.deployments);
  const configMap = own(stores.configMaps);
  const published = configMap && readConfigMap(configMap);
  const servers = serversOf(stores, key);
  const { agents, departed, loads } = await directory.observe({
    pool: key,
    servers,
    hash: published && configHash(published.text),
    capacityQps: highestCapacity(pool.spec.server),
    signal,
  });
  const refusedObject = refusals.find(pool);
  return {
    nowMs: clock.now(),
    pool,
    children: new Set(childKinds.filter((kind) => found[kind] !== undefined)),
    servers,
    agents,
    departed,
    loads,
    hasOtherScaler: stores.horizontalPodAutoscalers.byIndex(ofPool, key).length > 0,
    ...(deployment && { deployment }),
    ...(published && { published }),
    ...(refusedObject && { refusedObject }),
  };
}

/**
 * Asks the servers what only they know of the configuration: the one in force where it was lost, and what an engine says
 * about the one that is wanted. May take as long as their time-outs. Throws only the signal's reason.
 */
export async function consultServers(
  { directory, tokens, judge }: PoolGatherer,
  sight: PoolSight,
  signal: AbortSignal,
): Promise<PoolObservation> {
  const { pool, servers, agents, published } = sight;
  const known: ConfigurationObservation = {
    wanted: buildResolverConfig(pool.spec),
    generation: pool.metadata.generation,
    agents,
    ...(published && { published }),
  };
  const recovered = await recoverText({ directory, tokens }, { pool, servers, observation: known }, signal);
  const texts = { ...(published && { published }), ...(recovered !== undefined && { recovered }) };
  const isKept = keptConfiguration({ pool, ...texts }) !== undefined;
  const text = isKept ? undefined : candidateOf({ ...known, ...texts });
  return {
    ...sight,
    ...(recovered !== undefined && { recovered }),
    judgement:
      text === undefined
        ? { type: 'Unchecked', message: 'nothing is to be checked' }
        : await judge.judge({ pool, text, servers, agents }, signal),
  };
}

/** Whether something is under way in the pool, or was until a moment ago. */
export function isBusy(pool: DnsPool, nowMs: number): boolean {
  const { status, metadata } = pool;
  const ready = findCondition(status?.conditions, conditionTypes.ready);
  if (ready?.status !== 'True' || status?.observedGeneration !== metadata.generation) return true;
  return status.settledTime === undefined || nowMs - Date.parse(status.settledTime) < watchMs;
}
