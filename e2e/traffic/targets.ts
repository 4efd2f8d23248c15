/**
 * To whom the next query goes: all targets in turn, less those that an emulated cloud load balancer has taken out. It
 * asks a health URL of each target (the health-check node port of a Service with `externalTrafficPolicy: Local`).
 */
import type { Endpoint } from './endpoint.js';

/** A server, or a node, that takes queries. */
export interface Target {
  readonly endpoint: Endpoint;
  /** Answers 200 while the target is to get new queries; without it the target always does. */
  readonly healthUrl?: string | undefined;
}

/** When an emulated load balancer changes its mind: rounds in a row, at one round a second. */
export interface HealthRule {
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

/** One change of a target's health. */
export interface HealthChange {
  readonly target: string;
  readonly healthy: boolean;
  readonly atMs: number;
}

interface State {
  readonly target: Target;
  healthy: boolean;
  /** Rounds in a row that contradict `healthy`. */
  contradictions: number;
}

/** Goes round the healthy targets. */
export class TargetRing {
  readonly #rule: HealthRule;
  readonly #states: readonly State[];
  #serving: readonly Target[];
  #next = 0;

  constructor(targets: readonly Target[], rule: HealthRule) {
    if (targets.length === 0) throw new Error('choosing targets: there are none');
    this.#rule = rule;
    this.#states = targets.map((target) => ({ target, healthy: true, contradictions: 0 }));
    this.#serving = targets;
  }

  /** The target of the next query. When none is healthy, all get queries, as with cloud load balancers. */
  next(): Target {
    const target = this.#serving[this.#next % this.#serving.length];
    this.#next += 1;
    if (!target) throw new Error('choosing a target: the ring is empty');
    return target;
  }

  /** The health of a target before the first query: a load balancer sends nothing to one that it has not found healthy. */
  begin(target: Target, healthy: boolean): void {
    const state = this.#states.find((candidate) => candidate.target === target);
    if (!state) return;
    state.healthy = healthy;
    this.#choose();
  }

  /** Takes in one health answer; returns true if it changed the target's health. */
  observe(target: Target, healthy: boolean): boolean {
    const state = this.#states.find((candidate) => candidate.target === target);
    if (!state) return false;
    state.contradictions = healthy === state.healthy ? 0 : state.contradictions + 1;
    const limit = healthy ? this.#rule.healthyAfter : this.#rule.unhealthyAfter;
    if (state.contradictions < limit) return false;
    state.healthy = healthy;
    state.contradictions = 0;
    this.#choose();
    return true;
  }

  #choose(): void {
    const serving = this.#states.filter((candidate) => candidate.healthy).map((candidate) => candidate.target);
    this.#serving = serving.length > 0 ? serving : this.#states.map((candidate) => candidate.target);
  }
}
