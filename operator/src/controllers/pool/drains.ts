/** Keeps what is known of the drains of each pool from one look to the next, and counts how they ended. */
import { reasons } from '../../api/v1alpha1/reasons.js';
import { keyOf } from '../../kube/object.js';
import { type DrainEnd, type Drains, type DrainsObservation, followDrains } from '../../planning/removal/drains.js';
import { type DrainMetrics, type PoolLabels, poolSeries } from '../../runtime/metrics.js';
import type { Happening } from '../condition-events.js';
import type { PoolObservation, PoolOutcome } from './types.js';

const none: Drains = new Map();

export class DrainFollower {
  readonly #metrics: DrainMetrics;
  readonly #pools = new Map<string, { readonly labels: PoolLabels; readonly drains: Drains }>();

  constructor(metrics: DrainMetrics) {
    this.#metrics = metrics;
  }

  /** What is to be told of the drains that ended since the last look at the pool. */
  follow(observation: DrainsObservation & Pick<PoolObservation, 'pool'>, { removals = [] }: PoolOutcome): Happening[] {
    const { pool } = observation;
    const key = keyOf(pool);
    const before = this.#pools.get(key)?.drains ?? none;
    const { drains, ended } = followDrains(before, observation);
    const undone = removals.filter(({ type }) => type === 'Unmark').length;
    if (drains.size === 0 && ended.length === 0 && undone === 0) {
      const known = this.#pools.get(key);
      if (known) this.#pools.set(key, { ...known, drains });
      return [];
    }
    const labels = poolSeries(pool);
    if (!this.#pools.has(key)) this.#metrics.drainsBegin(labels);
    this.#pools.set(key, { labels, drains });
    for (const { result, queriesPerSecondLeft } of ended) {
      this.#metrics.drained(labels, result);
      const left = result === 'Quiet' ? 0 : queriesPerSecondLeft;
      if (left !== undefined) this.#metrics.queriesLeft(labels, left);
    }
    for (let at = 0; at < undone; at += 1) this.#metrics.drained(labels, 'Undone');
    return ended.map(tellEnd);
  }

  /** Forgets a pool that is gone, and its series. */
  forget(key: string): void {
    const known = this.#pools.get(key);
    if (known) this.#metrics.forgetDrains(known.labels);
    this.#pools.delete(key);
  }
}

function tellEnd({ server, result, seconds, queriesPerSecondLeft }: DrainEnd): Happening {
  const of = { action: 'Drain', key: server } as const;
  switch (result) {
    case 'Quiet':
      return { ...of, type: 'Normal', reason: reasons.serverDrained, note: `${server} was quiet after ${seconds} s` };
    case 'Unproven': {
      const left = queriesPerSecondLeft === undefined ? 'some' : String(Math.round(queriesPerSecondLeft * 10) / 10);
      const note = `${server} still got ${left} queries per second after ${seconds} s, and stops`;
      return { ...of, type: 'Warning', reason: reasons.serverDrainUnproven, note };
    }
    case 'Unknown': {
      const note = `${server} is gone after ${seconds} s, and its agent was not heard to say that it was quiet`;
      return { ...of, type: 'Warning', reason: reasons.serverDrainUnproven, note };
    }
  }
}
