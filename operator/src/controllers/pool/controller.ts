/**
 * One PoP: its servers, its configuration and what it reports. Looks again every few seconds while something is under
 * way, because much of it is a matter of time; agents wake it with their news.
 */
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { type EventRecorder, referenceTo } from '../../kube/events.js';
import { applyStatusIfChanged } from '../../kube/status.js';
import type { ReconcileResult } from '../../runtime/controller.js';
import type { Logger } from '../../runtime/logger.js';
import { dnsPools } from '../resources.js';
import { type DrainMetrics, noDrainMetrics, noScaleMetrics, type ScaleMetrics } from '../../runtime/metrics.js';
import { applyPool, type PoolApplier } from './apply.js';
import { DrainFollower } from './drains.js';
import { tellPool, tellScaling } from './events.js';
import { consultServers, gatherPool, isBusy, type PoolGatherer } from './gather.js';
import { planPool } from './plan.js';
import { PoolScaler } from './scaling.js';
import { observePool } from './status.js';
import { chooseStatus } from './status-write.js';
import type { PoolObservation, PoolPlan } from './types.js';

export interface PoolReconcilerOptions extends PoolGatherer, PoolApplier {
  readonly events: Pick<EventRecorder, 'record'>;
  readonly logger: Logger;
  readonly drainMetrics?: DrainMetrics | undefined;
  readonly scaleMetrics?: ScaleMetrics | undefined;
}

/** Seconds until the next look: while the cache does not show what we wrote, after a push, while something is under way, and at rest. */
const lookAgainSeconds = { behind: 1, afterPush: 1, busy: 5, rest: 30 };

export class PoolReconciler {
  readonly #options: PoolReconcilerOptions;
  readonly #startMs: number;
  readonly #drains: DrainFollower;
  readonly #scaler: PoolScaler;
  readonly #statusWrittenMs = new Map<string, number>();

  constructor(options: PoolReconcilerOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#drains = new DrainFollower(options.drainMetrics ?? noDrainMetrics);
    this.#scaler = new PoolScaler({
      client: options.client,
      clock: options.clock,
      metrics: options.scaleMetrics ?? noScaleMetrics,
    });
  }

  /** Brings the pool called `key` where it should be. Throws what is to be tried again. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { stores, refusals } = this.#options;
    const pool = stores.pools.get(key);
    if (!pool) {
      // One that exists and cannot be read is not gone; but nobody tells any more which servers it has.
      if (stores.pools.invalid(key)) this.#options.directory.forget(key);
      else this.#forget(key);
      return undefined;
    }
    // The garbage collector takes the children of a pool that is deleted, with or without us.
    if (pool.metadata.deletionTimestamp !== undefined) return undefined;

    if (this.#scaler.isBehind(pool)) return { requeueAfterSeconds: lookAgainSeconds.behind };

    const logger = this.#options.logger.child({ dnspool: key, region: pool.spec.region });
    const sight = await gatherPool(this.#options, pool, signal);
    const scaling = this.#scaler.decide(sight);
    if (scaling.decision.type !== 'Hold') {
      // Before all else, which may wait for servers: what comes of the number is for the next look.
      await this.#scaler.carryOut({ pool, scaling, logger }, signal);
      this.#options.events.record({ regarding: referenceTo(dnsPools, pool), ...tellScaling(scaling.decision) });
      return { requeueAfterSeconds: lookAgainSeconds.behind };
    }
    const observation = await consultServers(this.#options, sight, signal);
    const plan = planPool(observation, scaling);
    const outcome = await applyPool(this.#options, { observation, plan, logger, signal });
    if (outcome.refused) refusals.remember(pool, outcome.refused);

    const status = observePool(observation, plan, outcome);
    const live = await this.#report({ observation, status, signal });
    const story = { observation, plan, outcome, conditions: live.status?.conditions ?? [] };
    for (const happening of [...tellPool(story), ...this.#drains.follow(observation, outcome)]) {
      this.#options.events.record({ regarding: referenceTo(dnsPools, pool), ...happening });
    }
    if (outcome.error) throw outcome.error;
    return { requeueAfterSeconds: nextLook(observation, plan) };
  }

  /** Returns the pool with the status that it has now. */
  async #report(report: {
    readonly observation: PoolObservation;
    readonly status: DnsPoolStatus;
    readonly signal: AbortSignal;
  }): Promise<DnsPool> {
    const { client, clock } = this.#options;
    const { observation, signal } = report;
    const { pool } = observation;
    const key = `${pool.metadata.namespace}/${pool.metadata.name}`;
    const nowMs = clock.now();
    const sinceWriteMs = clock.monotonic() - (this.#statusWrittenMs.get(key) ?? this.#startMs);
    const isWatched = isBusy(pool, nowMs);
    const status = chooseStatus({ pool, status: report.status, nowMs, sinceWriteMs, isWatched });
    if (!status) return pool;
    const { object } = await applyStatusIfChanged({
      client,
      resource: dnsPools,
      live: pool,
      status,
      manager: fieldManagers.pool,
      signal,
    });
    this.#statusWrittenMs.set(key, clock.monotonic());
    return object;
  }

  #forget(key: string): void {
    const { directory, tokens, judge, refusals } = this.#options;
    [directory, tokens, judge, refusals, this.#drains, this.#scaler].forEach((memory) => memory.forget(key));
    this.#statusWrittenMs.delete(key);
  }
}

function nextLook(observation: PoolObservation, plan: PoolPlan): number {
  const { nextLookMs = Infinity } = plan.scaling?.decision ?? {};
  const scalingSeconds = Math.max(lookAgainSeconds.behind, (nextLookMs - observation.nowMs) / 1000);
  return Math.min(scalingSeconds, nextLookAtServers(observation, plan));
}

function nextLookAtServers({ pool, servers, nowMs }: PoolObservation, { actions }: PoolPlan): number {
  if (actions.some(({ type }) => type === 'Push')) return lookAgainSeconds.afterPush;
  // Without an agent to ask there is nothing to look for: the API server calls when something changes.
  const hasAgents = servers.some(({ ip }) => ip !== undefined);
  const isDraining = servers.some(({ mark }) => mark !== undefined);
  return hasAgents && (isDraining || isBusy(pool, nowMs)) ? lookAgainSeconds.busy : lookAgainSeconds.rest;
}
