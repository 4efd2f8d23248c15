/**
 * The autoscaler of each pool: puts its facts together, remembers what it saw from one look to the next, and writes the
 * number that was decided on. Separate from the rest of the pool, which follows `spec.replicas` whoever writes it.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import type { KubeClient } from '../../kube/client.js';
import { hasCode } from '../../kube/errors.js';
import { keyOf } from '../../kube/object.js';
import { isOlder } from '../../kube/resource-version.js';
import { type CapacityJudgment, judgeCapacity } from '../../planning/autoscale/capacity.js';
import { remember } from '../../planning/autoscale/memory.js';
import { readPauses } from '../../planning/autoscale/pauses.js';
import { planScale } from '../../planning/autoscale/plan.js';
import type {
  PoolFacts,
  ScaleDecision,
  ScaleMemory,
  ScaleObservation,
  ScaleRecord,
} from '../../planning/autoscale/types.js';
import { countFreshness } from '../../planning/load.js';
import { clampReplicas } from '../../planning/replicas.js';
import type { Logger } from '../../runtime/logger.js';
import type { PoolLabels, ScaleMetrics } from '../../runtime/metrics.js';
import { dnsPools } from '../resources.js';
import { observeWorkload } from './removal.js';
import type { PoolObservation } from './types.js';

/** What came of a look of the autoscaler. */
export interface Scaling {
  readonly facts: ScaleObservation;
  readonly decision: ScaleDecision;
  readonly capacity: CapacityJudgment;
  /** False while the load of a server cannot be told yet: of one that was just started, of all after our own start. */
  readonly isJudged: boolean;
}

export interface PoolScalerOptions {
  readonly client: Pick<KubeClient, 'get' | 'setScale'>;
  readonly metrics: ScaleMetrics;
}

/** What the process alone knows of a pool. */
interface Known {
  readonly memory: ScaleMemory;
  /** Those of its series; absent before its number was changed. */
  readonly labels?: PoolLabels;
  /** The version of the pool after our last write of its number: an older one in the cache does not show it yet. */
  readonly writtenVersion?: string;
  /** A change whose record was persisted and whose number was not: the record of before, and the version of the record. */
  readonly unwritten?: { readonly lastScaleTime: string | undefined; readonly before: ScaleRecord };
}

export class PoolScaler {
  readonly #options: PoolScalerOptions;
  readonly #pools = new Map<string, Known>();

  constructor(options: PoolScalerOptions) {
    this.#options = options;
  }

  /**
   * Whether the cache has the pool as it was before our last write of its number, which would then look like a change by
   * somebody else.
   */
  isBehind(pool: DnsPool): boolean {
    const version = this.#pools.get(keyOf(pool))?.writtenVersion;
    return version !== undefined && isOlder(pool.metadata.resourceVersion, version);
  }

  /** What is decided now, and what it remembers of it. */
  decide(observation: PoolObservation): Scaling {
    const key = keyOf(observation.pool);
    const known = this.#pools.get(key);
    const facts = readFacts(observation, known);
    const memory = remember(known?.memory, facts);
    this.#pools.set(key, { ...known, memory });
    const decision = planScale({ ...facts, memory });
    const { unjudged } = countFreshness(observation.servers, observation.loads);
    const isJudged = unjudged === 0 || decision.type !== 'Hold';
    return { facts: { ...facts, memory }, decision, capacity: judgeCapacity(facts), isJudged };
  }

  /**
   * Writes the number that was decided on, when its record is in the status: a crash in between costs one cool-down, and
   * never makes two events of one. `live` is the pool with that status. Throws KubeError; Conflict when somebody else
   * has changed the number since.
   */
  async carryOut({ live, scaling, logger }: ScaleOrder, signal: AbortSignal): Promise<void> {
    const { decision, facts } = scaling;
    const key = keyOf(live);
    const labels = labelsOf(live);
    // Until it is written, the record tells of a change that was not made; it must not pass for one by somebody else.
    const lastScaleTime = live.status?.scaling?.lastScaleTime;
    const known = { memory: facts.memory, ...this.#pools.get(key) };
    this.#pools.set(key, { ...known, unwritten: { lastScaleTime, before: facts.record } });
    const { resourceVersion } = await this.#write(live, decision, signal);
    this.#pools.set(key, { memory: known.memory, labels, writtenVersion: resourceVersion });
    if (decision.type !== 'Hold')
      this.#options.metrics.scaled(labels, { type: decision.type, reason: decision.reason });
    // With all that it was decided from, so that it can be decided again in a test.
    const { from, to, reason, message } = decision;
    logger.info('Scaled by load', { from, to, reason, message, observation: facts });
  }

  async #write(
    live: DnsPool,
    { to }: ScaleDecision,
    signal: AbortSignal,
  ): Promise<{ readonly resourceVersion: string }> {
    const { client } = this.#options;
    const key = keyOf(live);
    const setScale = (pool: DnsPool) =>
      client.setScale(
        dnsPools,
        { key, replicas: to },
        { manager: fieldManagers.scale, resourceVersion: pool.metadata.resourceVersion, signal },
      );
    try {
      return await setScale(live);
    } catch (error) {
      if (!hasCode(error, 'Conflict')) throw error;
      // Not by another number: an annotation, for example. A growth does not wait for a cool-down because of that.
      const now = await client.get(dnsPools, key, { signal });
      if (now?.metadata.generation !== live.metadata.generation) throw error;
      return setScale(now);
    }
  }

  /** Forgets a pool that is gone, and its series. */
  forget(key: string): void {
    const labels = this.#pools.get(key)?.labels;
    if (labels) this.#options.metrics.forgetScaling(labels);
    this.#pools.delete(key);
  }
}

export interface ScaleOrder {
  readonly live: DnsPool;
  readonly scaling: Scaling;
  readonly logger: Logger;
}

const labelsOf = ({ metadata, spec }: DnsPool): PoolLabels => ({
  namespace: metadata.namespace,
  dnsfleet: spec.fleet,
  dnspool: metadata.name,
});

function readFacts(
  { nowMs, pool, deployment, servers, loads, hasOtherScaler }: PoolObservation,
  known: Known | undefined,
): PoolFacts {
  const { spec, status, metadata } = pool;
  const workload = deployment && observeWorkload(deployment);
  return {
    nowMs,
    autoscaling: spec.autoscaling,
    minServers: spec.minServers,
    maxServers: spec.maxServers,
    redundancy: spec.capacity.redundancy,
    ...(spec.server.capacityQps !== undefined && { capacityQps: spec.server.capacityQps }),
    wanted: clampReplicas(spec),
    servers: servers.map(({ uid, isReady, isStopping, mark }) => ({
      uid,
      isReady,
      isStopping,
      isMarked: mark !== undefined,
      load: loads.get(uid) ?? { freshness: 'Absent' },
    })),
    record: readRecord(status?.scaling, known),
    isRollingOut: workload === undefined || workload.isRollingOut || !workload.isObserved,
    isRetiring: spec.state === 'Retiring',
    pauses: readPauses(metadata.annotations),
    hasOtherScaler,
  };
}

function readRecord(scaling: NonNullable<DnsPool['status']>['scaling'], known: Known | undefined): ScaleRecord {
  if (known?.unwritten && known.unwritten.lastScaleTime === scaling?.lastScaleTime) return known.unwritten.before;
  const lastScaleMs = Date.parse(scaling?.lastScaleTime ?? '');
  return {
    ...(!Number.isNaN(lastScaleMs) && { lastScaleMs }),
    ...(scaling && { wanted: scaling.servers }),
  };
}
