/**
 * The algorithm of the HorizontalPodAutoscaler of Kubernetes 1.34 (pkg/controller/podautoscaler), as a peer in
 * simulations: one external metric of the whole pool with a target of type AverageValue, and the default behaviour.
 */

export const syncMs = 15_000;
const tolerance = 0.1;
const downStabilizationMs = 300_000;
/** Both policies of the default behaviour for scaling up count changes of this period. */
const upPeriodMs = 15_000;
const upPods = 4;

export interface HpaOptions {
  /** How much of the metric one pod should have. */
  readonly targetAverage: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

export interface HpaObservation {
  readonly nowMs: number;
  /** `spec.replicas` of the scale. */
  readonly replicas: number;
  /** `status.replicas`: all pods. */
  readonly pods: number;
  /** The metric of the whole pool. */
  readonly usage: number;
}

interface Timed {
  readonly atMs: number;
  readonly value: number;
}

export class HorizontalPodAutoscaler {
  readonly #options: HpaOptions;
  #recommendations: Timed[] | undefined;
  #changes: Timed[] = [];

  constructor(options: HpaOptions) {
    this.#options = options;
  }

  /** What `spec.replicas` shall be. Call every 15 s. */
  sync({ nowMs, replicas, pods, usage }: HpaObservation): number {
    const recommended = this.#recommend({ replicas, pods, usage });
    const stable = this.#stabilize(recommended, { nowMs, replicas });
    const to = this.#limit(stable, { nowMs, replicas });
    if (to !== replicas) this.#changes.push({ atMs: nowMs, value: to - replicas });
    return to;
  }

  /** GetExternalPerPodMetricReplicas. */
  #recommend({ replicas, pods, usage }: Omit<HpaObservation, 'nowMs'>): number {
    const { targetAverage } = this.#options;
    const ratio = usage / (targetAverage * pods);
    const isWithin = ratio >= 1 - tolerance && ratio <= 1 + tolerance;
    return isWithin ? replicas : Math.ceil(usage / targetAverage);
  }

  /** stabilizeRecommendationWithBehaviors: up at once, down to the highest recommendation of five minutes. */
  #stabilize(recommended: number, { nowMs, replicas }: { readonly nowMs: number; readonly replicas: number }): number {
    // recordInitialRecommendation: what runs at the first sync counts as recommended.
    const before = this.#recommendations ?? [{ atMs: nowMs, value: replicas }];
    this.#recommendations = before.filter(({ atMs }) => atMs > nowMs - downStabilizationMs);
    const highest = Math.max(recommended, ...this.#recommendations.map(({ value }) => value));
    this.#recommendations.push({ atMs: nowMs, value: recommended });
    return Math.min(highest, Math.max(replicas, recommended));
  }

  /** convertDesiredReplicasWithBehaviorRate: up by 100 % or four pods in 15 s, whichever is more; down without a limit. */
  #limit(stable: number, { nowMs, replicas }: { readonly nowMs: number; readonly replicas: number }): number {
    const { minReplicas, maxReplicas } = this.#options;
    this.#changes = this.#changes.filter(({ atMs }) => atMs > nowMs - upPeriodMs);
    const atStart = replicas - this.#changes.reduce((sum, { value }) => sum + value, 0);
    const most = Math.max(replicas, atStart * 2, atStart + upPods);
    return Math.max(minReplicas, Math.min(maxReplicas, most, stable));
  }
}
