/**
 * The counters of an engine that answers clients at a given rate, as a real one would count them: whole queries that come
 * by chance (Poisson), and the supervisor's probes. Between two readings the rate is that of the later one.
 */
import type { LoadCpu } from '../../resolver-image/agent/src/contract/load.js';
import type { EngineSample } from '../../resolver-image/agent/src/engines/engine.js';
import { LATENCY_BOUNDS } from '../../resolver-image/agent/src/engines/unbound/stats.js';
import type { Random } from '../../operator/src/runtime/clock.js';

export interface SimulatedEngineOptions {
  readonly startMs: number;
  /** Mean queries per second at a moment, in milliseconds since the epoch. */
  readonly queriesPerSecond: (nowMs: number) => number;
  readonly random: Random;
}

const probesPerSecond = 5;
const hitShare = 0.8;
/** What a recursion takes on average. */
const recursionSeconds = 0.03;
/** What a query takes of a core. */
const cpuSeconds = 0.00004;
/** The liveness probe reads the CPU time so often. */
const cpuEveryMs = 5000;

export class SimulatedEngine {
  readonly #options: SimulatedEngineOptions;
  readonly #startId: string;
  #countedMs: number;
  #queries = 0;
  #cpu: LoadCpu | undefined;

  constructor(options: SimulatedEngineOptions) {
    this.#options = options;
    this.#startId = String(options.startMs);
    this.#countedMs = options.startMs;
  }

  /** The counters at `nowMs`, which must not be before the reading before. */
  sample(nowMs: number): EngineSample {
    const { startMs, queriesPerSecond, random } = this.#options;
    const expected = (queriesPerSecond(nowMs) * (nowMs - this.#countedMs)) / 1000;
    this.#queries += Math.max(0, Math.round(expected + Math.sqrt(expected) * normal(random)));
    this.#countedMs = nowMs;
    const queries = this.#queries;
    const cacheHits = Math.floor(queries * hitShare);
    const cacheMisses = queries - cacheHits;
    return {
      startId: this.#startId,
      version: '1.22.0',
      uptimeSeconds: (nowMs - startMs) / 1000,
      counters: {
        ...{ queries, cacheHits, cacheMisses, expired: 0, prefetches: 0, dropped: 0 },
        recursiveReplies: cacheMisses,
        recursionSeconds: cacheMisses * recursionSeconds,
        probes: Math.floor((probesPerSecond * (nowMs - startMs)) / 1000),
        rcodes: { NOERROR: queries },
      },
      gauges: { openRecursions: 0, openClientRecursions: 0, cacheBytes: 12_000_000, cacheEntries: 40_000 },
      // Half of them take half as long, the others twice as long.
      recursion: LATENCY_BOUNDS.map((leSeconds) => ({
        leSeconds,
        count:
          leSeconds < recursionSeconds / 2
            ? 0
            : leSeconds < recursionSeconds * 2
              ? Math.floor(cacheMisses / 2)
              : cacheMisses,
      })),
      answerEntries: 20_000,
      recordEntries: 20_000,
      answerBytes: 6_000_000,
      recordBytes: 6_000_000,
      knownServers: 2,
    };
  }

  /** The CPU time as of the last probe, after the reading of `sample` at `nowMs`. */
  cpu(nowMs: number): LoadCpu {
    if (!this.#cpu || nowMs - this.#cpu.sampledAtMs >= cpuEveryMs) {
      const unlimited = { throttledSeconds: 0, periods: 0, throttledPeriods: 0 };
      this.#cpu = { usageSeconds: this.#queries * cpuSeconds, ...unlimited, sampledAtMs: nowMs };
    }
    return this.#cpu;
  }
}

/** A normally distributed number, mean 0 and standard deviation 1 (Box and Muller): what Poisson is for many queries. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
