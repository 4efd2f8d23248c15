/**
 * The servers of a pool and their load, for tests and benchmarks of scaling: servers start some time after they are
 * wanted, go one at a time after a drain, share the load evenly, die, and stop saying what their load is. Time is given.
 */
import type { ScaledServer } from '../src/planning/autoscale/types.js';
import type { ServerLoad } from '../src/planning/server-load.js';

interface SimulatedServer {
  readonly uid: string;
  readonly readyAtMs: number;
  /** Set when its drain begins; it gets no load from then on. */
  goneAtMs?: number;
  /** It says nothing until then. */
  silentUntilMs: number;
  /** What it said last. */
  load: ServerLoad;
}

export interface SimulatedServersOptions {
  readonly wanted: number;
  /** The load of the pool, in queries per second. */
  readonly load: (nowMs: number) => number;
  readonly startMs: number;
  readonly drainMs: number;
}

export class SimulatedServers {
  wanted: number;
  /** New servers find no node until then. */
  unschedulableUntilMs = 0;
  /** Engines drop queries until then. */
  sheddingUntilMs = 0;
  /** Engines use up their CPU limit until then. */
  throttledUntilMs = 0;
  load: (nowMs: number) => number;
  nowMs = 0;
  #servers: SimulatedServer[] = [];
  #count = 0;
  readonly #startMs: number;
  readonly #drainMs: number;

  constructor({ wanted, load, startMs, drainMs }: SimulatedServersOptions) {
    this.wanted = wanted;
    this.load = load;
    this.#startMs = startMs;
    this.#drainMs = drainMs;
    for (let index = 0; index < wanted; index += 1) this.#start(0);
  }

  /** Lets time pass: the workload follows `wanted`, then the load is shared. */
  advance(nowMs: number): void {
    this.nowMs = nowMs;
    this.#servers = this.#servers.filter(({ goneAtMs = Number.POSITIVE_INFINITY }) => goneAtMs > nowMs);
    const staying = this.#servers.filter(({ goneAtMs }) => goneAtMs === undefined);
    for (let missing = this.wanted - staying.length; missing > 0; missing -= 1) {
      this.#start(Math.max(nowMs, this.unschedulableUntilMs) + this.#startMs);
    }
    const isDraining = staying.length < this.#servers.length;
    // The workload prefers one that does not serve yet, as the ReplicaSet controller does.
    const victim = staying.find((server) => !this.#isReady(server)) ?? staying.at(-1);
    if (staying.length > this.wanted && !isDraining && victim) victim.goneAtMs = nowMs + this.#drainMs;
    const share = this.load(nowMs) / this.serving;
    for (const server of this.#servers) this.#report(server, server.goneAtMs === undefined ? share : 0);
  }

  /** Servers that answer clients and stay. */
  get serving(): number {
    return this.#reached().length;
  }

  get isAllFresh(): boolean {
    return this.#reached().every(({ load }) => load.freshness === 'Fresh');
  }

  /** As the controller of the pool sees them. */
  observe(): ScaledServer[] {
    return this.#servers.map((server) => ({
      uid: server.uid,
      isReady: this.#isReady(server),
      isStopping: server.goneAtMs !== undefined,
      isMarked: false,
      load: server.load,
    }));
  }

  /** Takes servers away without a word. */
  kill(count: number): void {
    this.#servers.splice(0, count);
  }

  /** The agents of so many servers say nothing for a while. */
  silence(count: number, untilMs: number): void {
    for (const server of this.#servers.slice(0, count)) server.silentUntilMs = untilMs;
  }

  #start(readyAtMs: number): void {
    this.#count += 1;
    this.#servers.push({ uid: `s-${this.#count}`, readyAtMs, silentUntilMs: 0, load: { freshness: 'Absent' } });
  }

  #isReady({ readyAtMs }: SimulatedServer): boolean {
    return readyAtMs <= this.nowMs;
  }

  #reached(): readonly SimulatedServer[] {
    return this.#servers.filter((server) => this.#isReady(server) && server.goneAtMs === undefined);
  }

  #report(server: SimulatedServer, queriesPerSecond: number): void {
    if (!this.#isReady(server)) return;
    if (server.silentUntilMs > this.nowMs) {
      if (server.load.freshness === 'Fresh') server.load = { ...server.load, freshness: 'Stale' };
      return;
    }
    const droppedPerSecond = this.sheddingUntilMs > this.nowMs ? 1 : 0;
    const throttledPercent = this.throttledUntilMs > this.nowMs ? 50 : 0;
    server.load = { freshness: 'Fresh', queriesPerSecond, droppedPerSecond, throttledPercent };
  }
}
