/**
 * The autoscaler of each pool: puts its facts together, remembers what it saw from one look to the next, and writes the
 * number that was decided on. Separate from the rest of the pool, which follows `spec.replicas` whoever writes it.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import type { KubeClient, Scale } from '../../kube/client.js';
import { hasCode, KubeError } from '../../kube/errors.js';
import { keyOf } from '../../kube/object.js';
import { isOlder } from '../../kube/resource-version.js';
import { applyStatusIfChanged } from '../../kube/status.js';
import { type CapacityJudgment, judgeCapacity } from '../../planning/autoscale/capacity.js';
import { remember } from '../../planning/autoscale/memory.js';
import { readPauses } from '../../planning/autoscale/pauses.js';
import { planScale } from '../../planning/autoscale/plan.js';
import type { ScaleDecision, ScaleMemory, ScaleObservation } from '../../planning/autoscale/types.js';
import { countFreshness } from '../../planning/load.js';
import type { MeasuredCapacity } from '../../planning/measured-capacity/types.js';
import { isSame } from '../../planning/same.js';
import type { Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import { type PoolLabels, poolSeries, type ScaleMetrics } from '../../runtime/metrics.js';
import { dnsPools } from '../resources.js';
import { withCapacity } from './capacity-status.js';
import { type KnownFacts, readFacts } from './scale-facts.js';
import { renderScaling } from './scaling-status.js';
import type { PoolSight } from './types.js';

/** What came of a look of the autoscaler. */
export interface Scaling {
  readonly facts: ScaleObservation;
  readonly decision: ScaleDecision;
  readonly capacity: CapacityJudgment;
  /** False while the load of a server cannot be told yet: of one that was just started, of all after our own start. */
  readonly isJudged: boolean;
  /** Present when the capacity of the servers is measured. */
  readonly measured?: MeasuredCapacity;
}

export interface PoolScalerOptions {
  readonly client: Pick<KubeClient, 'applyStatus' | 'get' | 'setScale'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly metrics: ScaleMetrics;
}

/** What the process alone knows of a pool. */
interface Known extends KnownFacts {
  readonly memory: ScaleMemory;
  /** Those of its series; absent before its number was changed. */
  readonly labels?: PoolLabels;
  /** The version of the pool after our last write of its number, and when (monotonic): an older one does not show it. */
  readonly written?: { readonly version: string; readonly atMs: number };
}

export class PoolScaler {
  readonly #options: PoolScalerOptions;
  readonly #pools = new Map<string, Known>();

  constructor(options: PoolScalerOptions) {
    this.#options = options;
  }

  /**
   * Whether the cache has the pool as it was before our last write of its number, which would then look like a change by
   * somebody else. Not for longer than a cache may be late: versions begin anew when a cluster is restored.
   */
  isBehind(pool: DnsPool): boolean {
    const written = this.#pools.get(keyOf(pool))?.written;
    const isLate = written !== undefined && this.#options.clock.monotonic() - written.atMs < mostLateMs;
    return isLate && isOlder(pool.metadata.resourceVersion, written.version);
  }

  /** What is decided now, and what it remembers of it. */
  decide(observation: PoolSight): Scaling {
    const key = keyOf(observation.pool);
    const known = this.#pools.get(key);
    const { facts, measured, warmHitPercent } = readFacts(observation, known);
    const memory = remember(known?.memory, facts);
    this.#pools.set(key, { ...known, memory, capacity: measured?.memory, warmHitPercent });
    const decision = planScale({ ...facts, memory });
    const { unjudged } = countFreshness(observation.servers, observation.loads);
    const isJudged = unjudged === 0 || decision.type !== 'Hold';
    return {
      facts: { ...facts, memory },
      decision,
      capacity: judgeCapacity(facts),
      isJudged,
      ...(measured && { measured }),
    };
  }

  /**
   * Writes the number that was decided on, after its record: a crash in between costs one cool-down, and never makes two
   * events of one. Throws KubeError; Conflict when the spec or a pause has changed since it was looked at.
   */
  async carryOut({ pool, scaling, logger }: ScaleOrder, signal: AbortSignal): Promise<void> {
    const { decision, facts } = scaling;
    const key = keyOf(pool);
    const labels = poolSeries(pool);
    const { object: recorded } = await applyStatusIfChanged({
      client: this.#options.client,
      resource: dnsPools,
      live: pool,
      status: { ...pool.status, scaling: renderScaling(pool, scaling), ...withCapacity(pool, scaling) },
      manager: fieldManagers.pool,
      signal,
    });
    // Until it is written, the record tells of a change that was not made; it must not pass for one by somebody else.
    const lastScaleTime = recorded.status?.scaling?.lastScaleTime;
    this.#pools.set(key, { ...this.#knownOf(key, facts), unwritten: { lastScaleTime, before: facts.record } });
    const { resourceVersion: version } = await this.#write({ pool, recorded, replicas: decision.to }, signal);
    const written = { version, atMs: this.#options.clock.monotonic() };
    this.#pools.set(key, { ...this.#knownOf(key, facts), unwritten: undefined, labels, written });
    if (decision.type !== 'Hold')
      this.#options.metrics.scaled(labels, { type: decision.type, reason: decision.reason });
    // With all that it was decided from, so that it can be decided again in a test.
    const { from, to, reason, message } = decision;
    logger.info('Scaled by load', { from, to, reason, message, observation: facts });
  }

  #knownOf(key: string, { memory }: ScaleObservation): Known {
    return this.#pools.get(key) ?? { memory };
  }

  async #write({ pool, recorded, replicas }: NumberWrite, signal: AbortSignal): Promise<Scale> {
    const { client } = this.#options;
    const key = keyOf(pool);
    const setScale = (live: DnsPool | undefined) => {
      if (!live || !isAsLookedAt(pool, live)) {
        throw new KubeError('Conflict', `scaling DnsPool ${key}: it was changed since it was looked at`);
      }
      const { resourceVersion } = live.metadata;
      return client.setScale(dnsPools, { key, replicas }, { manager: fieldManagers.scale, resourceVersion, signal });
    };
    try {
      return await setScale(recorded);
    } catch (error) {
      // By a label or a note, perhaps: a growth does not wait because of that.
      if (!hasCode(error, 'Conflict')) throw error;
      return setScale(await client.get(dnsPools, key, { signal }));
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
  /** As it was looked at. */
  readonly pool: DnsPool;
  readonly scaling: Scaling;
  readonly logger: Logger;
}

interface NumberWrite {
  readonly pool: DnsPool;
  /** With the record in its status. */
  readonly recorded: DnsPool;
  readonly replicas: number;
}

/** How late a cache may be; a watch that is silent for longer is opened anew. */
const mostLateMs = 60_000;

/** Neither the spec nor a pause has changed. */
function isAsLookedAt(before: DnsPool, now: DnsPool): boolean {
  return (
    before.metadata.generation === now.metadata.generation &&
    now.metadata.deletionTimestamp === undefined &&
    isSame(readPauses(before.metadata.annotations), readPauses(now.metadata.annotations))
  );
}
