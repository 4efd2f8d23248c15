/**
 * Judges every change of the number of servers by what really was: the load that clients sent, not the one that the
 * autoscaler believed in, and a history of its own. Throws with the numbers at the first change that must not be.
 */
import type { ScaleDecision } from '../src/planning/autoscale/types.js';
import type { ScalerSettings } from './builtin-scaler.js';
import type { SimulatedServers } from './simulated-servers.js';

interface Tick {
  readonly atMs: number;
  readonly load: number;
  readonly isShedding: boolean;
  readonly isThrottled: boolean;
}

/** Sums of shares differ from the whole by as much. */
const rounding = 1e-9;

export class ScaleAudit {
  readonly counts = { grow: 0, shrink: 0, emergency: 0, byOthers: 0 };
  /** Of looks at which the load of every serving server was known, without a gap. */
  #ticks: Tick[] = [];
  #lastChangeMs = Number.NEGATIVE_INFINITY;
  #wanted: number | undefined;
  readonly #settings: ScalerSettings;
  readonly #servers: SimulatedServers;

  constructor(settings: ScalerSettings, servers: SimulatedServers) {
    this.#settings = settings;
    this.#servers = servers;
  }

  /** The operator was away, or lost its memory: what was before is not known to it. */
  forget(): void {
    this.#ticks = [];
  }

  /** Call before each look of the operator. */
  beforeLook(): void {
    const { nowMs, wanted, serving, isAllFresh, sheddingUntilMs, throttledUntilMs } = this.#servers;
    if (this.#wanted !== undefined && this.#wanted !== wanted) {
      this.counts.byOthers += 1;
      this.#lastChangeMs = nowMs;
    }
    this.#wanted = wanted;
    if (serving === 0 || !isAllFresh) {
      this.forget();
      return;
    }
    this.#ticks.push({
      atMs: nowMs,
      load: this.#servers.load(nowMs),
      isShedding: sheddingUntilMs > nowMs,
      isThrottled: throttledUntilMs > nowMs,
    });
    while ((this.#ticks[0]?.atMs ?? nowMs) < nowMs - this.#cooldownMs) this.#ticks.shift();
  }

  /** Call after it, with the number that is wanted now. */
  afterLook(decision: ScaleDecision, isRollingOut: boolean): void {
    const { nowMs, wanted: to } = this.#servers;
    const from = this.#wanted ?? to;
    this.#wanted = to;
    if (to === from) return;
    const { minServers, maxServers } = this.#settings;
    this.#must(to >= minServers && to <= maxServers, `${from} -> ${to} leaves the limits`);
    if (nowMs - this.#lastChangeMs < this.#cooldownMs) this.#judgeEmergency(from, to);
    if (to < from) this.#judgeShrink(from, to, isRollingOut);
    this.counts[to > from ? 'grow' : 'shrink'] += 1;
    this.#must(decision.to === to, 'another number was written than decided');
    this.#lastChangeMs = nowMs;
  }

  get #cooldownMs(): number {
    return this.#settings.autoscaling.cooldownSeconds * 1000;
  }

  #judgeEmergency(from: number, to: number): void {
    const { redundancy, capacityQps = 0 } = this.#settings;
    // At most: a server that is silent counts with what it said last.
    const believed = this.#servers.observe().reduce((sum, { load }) => sum + (load.queriesPerSecond ?? 0), 0);
    const limit = 0.9 * Math.max(0, from - redundancy) * capacityQps;
    this.#must(
      to > from && believed > limit * (1 - rounding),
      `${from} -> ${to} within the cool-down at ${believed}/s`,
    );
    this.counts.emergency += 1;
  }

  #judgeShrink(from: number, to: number, isRollingOut: boolean): void {
    const { nowMs, serving } = this.#servers;
    const { redundancy, minServers, capacityQps = 0, autoscaling } = this.#settings;
    const change = `${from} -> ${to}`;
    const [first] = this.#ticks;
    this.#must(this.#servers.isAllFresh, `${change} while a server says nothing`);
    this.#must(first !== undefined && first.atMs <= nowMs - this.#cooldownMs, `${change} before the window was seen`);
    this.#must(!isRollingOut, `${change} during a rollout`);
    this.#must(serving === from && this.#servers.observe().length === from, `${change} while servers come or go`);
    this.#must(!this.#ticks.some(({ isShedding }) => isShedding), `${change} after queries were dropped`);
    this.#must(!this.#ticks.some(({ isThrottled }) => isThrottled), `${change} after an engine was throttled`);
    this.#must(from - to <= Math.max(1, from / 10), `${change} at once`);
    const highest = Math.max(...this.#ticks.map(({ load }) => load)) * (1 - rounding);
    const needed = Math.ceil((100 * highest) / (capacityQps * autoscaling.scaleUpThresholdPercent));
    this.#must(to >= Math.max(needed + redundancy, minServers), `${change} with ${needed} needed`);
    const limit = (autoscaling.scaleDownThresholdPercent / 100) * (from - redundancy) * capacityQps;
    this.#must(highest < limit, `${change} at ${highest}/s`);
  }

  #must(holds: boolean, message: string): void {
    if (!holds) throw new Error(`at ${this.#servers.nowMs / 1000} s: ${message}`);
  }
}
