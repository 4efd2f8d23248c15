/**
 * A fleet in a few lines, for tests of the rollout planner: pools take a version up, become ready after some time or
 * never, lose load or answer SERVFAIL, and give up their servers one at a time. Time goes in steps of five seconds.
 */
import { planRollout } from '../src/planning/rollout.js';
import type {
  LivePool,
  PoolDifference,
  PoolLoad,
  RolloutAction,
  RolloutObservation,
  RolloutPlan,
  RolloutStep,
} from '../src/planning/rollout-types.js';

export const tickMs = 5000;

export interface SimulatedPop {
  readonly pop: string;
  readonly region: string;
}

export interface SimulatedPool extends SimulatedPop {
  version: number;
  state: 'Active' | 'Retiring';
  servers: number;
  ready: boolean;
  /** Whether the pool controller has looked at the present version. */
  observed: boolean;
  readyChangedMs: number;
  settledMs: number | undefined;
  /** Milliseconds until the present version is ready; Infinity for never. */
  readyAtMs: number;
}

/** How a version behaves in a PoP. */
export interface Behaviour {
  /** Milliseconds until ready; 20 s when omitted. */
  readonly readyAfterMs?: number;
  /** Refused by the engine: the pool says so at once. */
  readonly isRefused?: boolean;
  /** Load with this version; 1000 queries/s without errors when omitted. */
  readonly load?: PoolLoad;
}

export interface SimulatorOptions {
  readonly pops: readonly SimulatedPop[];
  readonly pauseSeconds?: number;
  readonly behaviour?: (version: number, pop: string) => Behaviour;
}

const healthy: PoolLoad = { queriesPerSecond: 1000, servfailPercent: 0 };

/** The fleet: `version` and `pops` may be changed between ticks, as a user would. */
export class RolloutSimulator {
  version = 1;
  pops: readonly SimulatedPop[];
  step: RolloutStep | undefined;
  nowMs = 0;
  lastPlan: RolloutPlan | undefined;
  readonly pools = new Map<string, SimulatedPool>();
  readonly trace: string[] = [];
  readonly #pauseSeconds: number;
  readonly #behaviour: (version: number, pop: string) => Behaviour;

  constructor({ pops, pauseSeconds = 30, behaviour = () => ({}) }: SimulatorOptions) {
    this.pops = pops;
    this.#pauseSeconds = pauseSeconds;
    this.#behaviour = behaviour;
  }

  /** Plans once, applies the plan, lets time pass. Returns the actions. */
  tick(): readonly RolloutAction[] {
    const plan = planRollout(this.observe());
    const said = `${plan.progress.state}: ${plan.progress.message}`;
    const before = this.lastPlan && `${this.lastPlan.progress.state}: ${this.lastPlan.progress.message}`;
    for (const { type, why } of plan.actions) this.#log(`${type}: ${why}`);
    if (said !== before) this.#log(said);
    this.lastPlan = plan;
    this.step = plan.step;
    plan.actions.forEach((action) => this.#apply(action));
    this.nowMs += tickMs;
    for (const pool of this.pools.values()) this.#advance(pool);
    return plan.actions;
  }

  /** Ticks until nothing is left to do, or `ticks` are over. Returns whether it came to rest. */
  run(ticks = 400): boolean {
    for (let index = 0; index < ticks; index += 1) {
      if (this.tick().length === 0 && this.lastPlan?.progress.state === 'Complete' && this.#allReady()) return true;
    }
    return false;
  }

  observe(): RolloutObservation {
    const names = new Set(this.pops.map(({ pop }) => pop));
    return {
      nowMs: this.nowMs,
      pauseSeconds: this.#pauseSeconds,
      wanted: this.pops.map(({ pop, region }) => {
        const pool = this.pools.get(pop);
        return { pop, region, difference: this.#differenceOf(pool), ...(pool && { live: this.#liveOf(pool) }) };
      }),
      leaving: [...this.pools.values()]
        .filter(({ pop }) => !names.has(pop))
        .sort((a, b) => a.pop.localeCompare(b.pop))
        .map((pool) => ({ pop: pool.pop, live: this.#liveOf(pool) })),
      ...(this.step && { step: this.step }),
    };
  }

  /** Takes the servers of a PoP away, as the loss of a site does. */
  lose(pop: string): void {
    const pool = this.pools.get(pop);
    if (pool) Object.assign(pool, { ready: false, readyChangedMs: this.nowMs, readyAtMs: Infinity, servers: 0 });
  }

  #log(line: string): void {
    this.trace.push(`${String(this.nowMs / 1000).padStart(5)} s  ${line}`);
  }

  #allReady = (): boolean => [...this.pools.values()].every(({ ready }) => ready);

  #differenceOf(pool: SimulatedPool | undefined): PoolDifference {
    if (!pool) return 'Missing';
    if (pool.state === 'Retiring') return 'Leaving';
    return pool.version === this.version ? 'None' : 'Change';
  }

  #liveOf(pool: SimulatedPool): LivePool {
    const behaviour = this.#behaviour(pool.version, pool.pop);
    const isRetired = pool.state === 'Retiring' && pool.servers === 0;
    return {
      state: pool.state,
      isDeleting: false,
      isObserved: pool.observed,
      isReady: pool.observed && pool.ready,
      readyChangedMs: pool.readyChangedMs,
      hasFailed: pool.observed && behaviour.isRefused === true,
      isRetired,
      message: behaviour.isRefused ? 'the engine refuses it' : `${pool.servers} servers`,
      readyServers: pool.readyAtMs === Infinity && !pool.ready && pool.servers === 0 ? 0 : pool.servers,
      desiredServers: 3,
      ...(pool.settledMs !== undefined && { settledMs: pool.settledMs }),
      load: behaviour.load ?? healthy,
    };
  }

  #apply({ type, pop }: RolloutAction): void {
    const pool = this.pools.get(pop);
    if (type === 'Create') {
      const placed = this.pops.find((wanted) => wanted.pop === pop);
      if (!placed) throw new Error(`creating a pool that nobody wants: ${pop}`);
      this.pools.set(
        pop,
        this.#begin({ ...placed, state: 'Active', servers: 3, ready: false, readyChangedMs: this.nowMs }),
      );
      return;
    }
    if (!pool) throw new Error(`${type} of a pool that is not there: ${pop}`);
    switch (type) {
      case 'Change':
        this.pools.set(pop, this.#begin(pool));
        break;
      case 'Resume':
        Object.assign(pool, { state: 'Active', servers: 3, observed: false });
        break;
      case 'Retire':
        Object.assign(pool, { state: 'Retiring', ready: false, readyChangedMs: this.nowMs, observed: false });
        break;
      case 'Delete':
        this.pools.delete(pop);
        break;
      case 'Adjust':
        break;
    }
  }

  #begin(pool: Omit<SimulatedPool, 'version' | 'observed' | 'settledMs' | 'readyAtMs'>): SimulatedPool {
    const { readyAfterMs = 20_000, isRefused } = this.#behaviour(this.version, pool.pop);
    const readyAtMs = isRefused === true ? Infinity : this.nowMs + readyAfterMs;
    return { ...pool, version: this.version, observed: false, settledMs: undefined, readyAtMs };
  }

  #advance(pool: SimulatedPool): void {
    if (!pool.observed) {
      pool.observed = true;
      if (pool.state === 'Active' && this.nowMs < pool.readyAtMs) this.#setReady(pool, false);
      return;
    }
    if (pool.state === 'Retiring') {
      pool.servers = Math.max(0, pool.servers - 1);
    } else if (this.nowMs >= pool.readyAtMs) {
      this.#setReady(pool, true);
      pool.settledMs ??= this.nowMs;
    }
  }

  #setReady(pool: SimulatedPool, ready: boolean): void {
    if (pool.ready !== ready) Object.assign(pool, { ready, readyChangedMs: this.nowMs });
  }
}
