/** What the servers of a pool say at one look about queries and processor time, and whether something can be learnt from it. */
import { isServing } from '../autoscale/memory.js';
import type { ScaledServer } from '../autoscale/types.js';
import { costOfQuery, leastQueriesForHitRatio } from '../query-cost.js';
import type { ServerLoad } from '../server-load.js';

/**
 * Below this share of its limit a server teaches nothing. What an engine takes beside its queries, it takes at any rate: 0.006
 * cores when nobody asks, 0.025 when it wakes up for single queries, which it does not at its limit (measured with one
 * thread and a limit of 0.1). So the capacity looks a sixth too small at this share of one core, and less above that; on a
 * limit of 0.1 it is half of the truth at half of the limit. Too small makes a pool grow, and never shrink.
 */
const leastShare = 0.15;
/** An engine that is younger fills its cache and its tables, and teaches nothing. */
const leastAgeSeconds = 120;
/** Of the scheduler's periods: a server that is throttled more often may show that it carries less, but not that it carries more. */
const mostThrottledPercent = 10;

/** What the middle server does. */
export interface Reading {
  /** Hits per second; a miss counts for several. */
  readonly demand: number;
  /** The share of its CPU limit that it uses, from 0 to 1. */
  readonly share: number;
}

export interface Readings {
  /** Absent when no server can teach anything now. */
  readonly reading?: Reading;
  /** The hit ratio of the middle server; absent while they answer too few queries to tell. */
  readonly hitPercent?: number;
  /** The fewest cores that an engine can use of any server: its CPU limit, or one for each thread if that is less. */
  readonly cores?: number;
  /** Why nothing can be learnt from any server, whatever its load. */
  readonly lack?: 'NoLimit' | 'NoReading';
}

export interface ReadingOptions {
  /** `engine.threads`: an engine cannot use more cores than that. */
  readonly threads: number;
  /** Hits per second of a server at its limit, as far as it was learnt: the most that a throttled one may show. */
  readonly learnt?: number | undefined;
}

export function readServers(servers: readonly ScaledServer[], { threads, learnt }: ReadingOptions): Readings {
  const fresh = servers.filter((server) => isServing(server) && server.load.freshness === 'Fresh');
  const loads = fresh.map(({ load }) => load);
  const warm = loads.filter(isWarm);
  const hitPercent = median((warm.length > 0 ? warm : loads).flatMap(hitPercentOf));
  const limits = loads.flatMap(({ cpuLimitCores }) => cpuLimitCores ?? []);
  const cores = limits.length > 0 ? Math.min(threads, ...limits) : undefined;
  const readings = warm.flatMap((load) => readServer(load, { threads, learnt }) ?? []);
  const demand = median(readings.map((reading) => reading.demand));
  const share = median(readings.map((reading) => reading.share));
  const lack = lackOf(loads);
  return {
    ...(demand !== undefined && share !== undefined && { reading: { demand, share } }),
    ...(hitPercent !== undefined && { hitPercent }),
    ...(cores !== undefined && { cores }),
    ...(lack && { lack }),
  };
}

/** A server whose engine does not say its age is taken for a new one. */
const isWarm = ({ engineAgeSeconds = 0 }: ServerLoad): boolean => engineAgeSeconds >= leastAgeSeconds;

const hitPercentOf = ({ queriesPerSecond = 0, hitPercent }: ServerLoad): readonly number[] =>
  hitPercent !== undefined && queriesPerSecond >= leastQueriesForHitRatio ? [hitPercent] : [];

function readServer(load: ServerLoad, { threads, learnt }: ReadingOptions): Reading | undefined {
  const { queriesPerSecond, hitPercent, cpuCores, cpuLimitCores, throttledPercent = 0 } = load;
  if (queriesPerSecond === undefined || hitPercent === undefined) return undefined;
  if (cpuCores === undefined || cpuLimitCores === undefined) return undefined;
  const share = Math.min(1, cpuCores / Math.min(threads, cpuLimitCores));
  if (!(share >= leastShare) || !(queriesPerSecond >= leastQueriesForHitRatio)) return undefined;
  const demand = queriesPerSecond * costOfQuery(hitPercent);
  const isBounded = learnt !== undefined && throttledPercent > mostThrottledPercent;
  return { demand: isBounded ? Math.min(demand, learnt * share) : demand, share };
}

function lackOf(loads: readonly ServerLoad[]): Readings['lack'] {
  const readable = loads.filter(({ cpuCores }) => cpuCores !== undefined);
  if (readable.length === 0) return 'NoReading';
  return readable.every(({ cpuLimitCores }) => cpuLimitCores === undefined) ? 'NoLimit' : undefined;
}

/** The middle one; of two the mean. Undefined for none. */
function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
