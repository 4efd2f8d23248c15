/**
 * The load of a pool out of those of its servers, and when a change of it is worth a write. Numbers that are written are
 * rounded, because every change of them is a write.
 */
import { isStillP99, latencyFigures, type LatencyFigures, sumLatencies } from './latency.js';
import type { PoolLoad } from './rollout-types.js';
import type { ServerLoad, ServerLoads } from './server-load.js';
import type { Server } from './servers.js';

/** What is known of the load of a pool, with how long the answers of its fresh servers took. */
export interface LoadSum extends LatencyFigures {
  /** Of all servers that are fresh, also those that drain: of the whole pool if `isComplete`, else a lower bound. */
  readonly queriesPerSecond: number;
  /** The share of SERVFAIL among the answers, 0 to 100. */
  readonly servfailPercent: number;
  /** The share of queries that were answered from the cache, 0 to 100; absent without queries. */
  readonly hitPercent?: number;
  /** Every server that answers clients is fresh, and there is one. */
  readonly isComplete: boolean;
  /** CPU cores that the engines use; absent unless it is known of every fresh one that is not stopping. */
  readonly cpuCores?: number;
}

/** The load of all servers together. A server that is not fresh counts for nothing. */
export function sumLoads(servers: readonly Server[], loads: ServerLoads): LoadSum {
  const answering = servers.filter(({ isReady }) => isReady);
  const fresh = servers.flatMap(({ uid }) => {
    const load = loads.get(uid);
    return load?.freshness === 'Fresh' ? [load] : [];
  });
  const queries = sum(fresh, ({ queriesPerSecond = 0 }) => queriesPerSecond);
  const servfails = sum(fresh, ({ servfailsPerSecond = 0 }) => servfailsPerSecond);
  const hits = sum(fresh, ({ queriesPerSecond = 0, hitPercent = 0 }) => queriesPerSecond * hitPercent);
  return {
    queriesPerSecond: queries,
    servfailPercent: queries > 0 ? Math.min(100, (100 * servfails) / queries) : 0,
    ...(queries > 0 && { hitPercent: Math.min(100, hits / queries) }),
    isComplete: answering.length > 0 && answering.every(({ uid }) => loads.get(uid)?.freshness === 'Fresh'),
    ...latencyFigures(sumLatencies(fresh.flatMap(({ latency }) => latency ?? []))),
    ...sumCpu(servers, loads),
  };
}

/** The kubelet ends the probe of a server that stops, and with it the readings: such a server is left out. */
function sumCpu(servers: readonly Server[], loads: ServerLoads): Pick<LoadSum, 'cpuCores'> {
  const staying = servers
    .filter(({ isStopping }) => !isStopping)
    .flatMap(({ uid }) => loads.get(uid) ?? [])
    .filter(({ freshness }) => freshness === 'Fresh');
  const isKnown = staying.length > 0 && staying.every(({ cpuCores }) => cpuCores !== undefined);
  return isKnown ? { cpuCores: sum(staying, ({ cpuCores = 0 }) => cpuCores) } : {};
}

/** What the schema of the status allows: an int32. Rounding takes it down, never beyond. */
const mostQueriesPerSecond = 2 ** 31 - 1;

/**
 * The load of a pool as it is to be written after `written`; undefined unless it is known for every server that answers,
 * because a part of it would look like a loss.
 */
export function measureLoad(servers: readonly Server[], loads: ServerLoads, written?: PoolLoad): PoolLoad | undefined {
  const { queriesPerSecond, servfailPercent, hitPercent, isComplete, latency, latencyP99Milliseconds } = sumLoads(
    servers,
    loads,
  );
  if (!isComplete) return undefined;
  const bounded = Math.min(mostQueriesPerSecond, queriesPerSecond);
  const load: PoolLoad = {
    queriesPerSecond: roundToTwoDigits(bounded),
    servfailPercent: Math.round(servfailPercent),
    ...(hitPercent !== undefined && { hitPercent: Math.round(hitPercent) }),
  };
  if (!latency || latencyP99Milliseconds === undefined) return load;
  const before = written?.latencyP99Milliseconds;
  const asBefore: PoolLoad = { ...load, latencyP99Milliseconds: before };
  if (before !== undefined && !isOtherLoad(written, asBefore) && isStillP99(latency, before)) return asBefore;
  return { ...load, latencyP99Milliseconds: Math.max(1, roundToTwoDigits(latencyP99Milliseconds)) };
}

/** Servers that are ready and not stopping, by what is known of their load. */
export interface FreshnessCounts {
  readonly fresh: number;
  readonly stale: number;
  readonly absent: number;
  /** So many of the last two have been followed for too short a time to be judged: two samples take a moment. */
  readonly unjudged: number;
}

/** For how long a server that was never fresh is not judged. */
const judgedAfterMs = 10_000;

/** Counts the servers that answer clients by what is known of their load. */
export function countFreshness(servers: readonly Server[], loads: ServerLoads): FreshnessCounts {
  const known = servers
    .filter(({ isReady, isStopping }) => isReady && !isStopping)
    .map(({ uid }): ServerLoad => loads.get(uid) ?? { freshness: 'Absent' });
  const count = (freshness: ServerLoad['freshness']) => known.filter((load) => load.freshness === freshness).length;
  return {
    fresh: count('Fresh'),
    stale: count('Stale'),
    absent: count('Absent'),
    unjudged: known.filter(isUnjudged).length,
  };
}

const isUnjudged = ({ freshness, queriesPerSecond, staleForMs = 0 }: ServerLoad): boolean =>
  freshness !== 'Fresh' && queriesPerSecond === undefined && staleForMs < judgedAfterMs;

/** 1234 is 1200: two digits are what a decision needs. `round` says which way what is between them goes. */
export function roundToTwoDigits(value: number, round: (steps: number) => number = Math.round): number {
  if (value < 1) return value >= 0.5 ? 1 : 0;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return round(value / step) * step;
}

/** Constant load, give or take this share, is rest (design, section 3): nothing is written. */
const restPercent = 20;
/** Points of SERVFAIL that are worth a write; below the rise that stops a rollout. */
const restServfailPoints = 2;
/** Points of the hit ratio that are worth a write: twice what chance does to that of 10 queries/s. */
const restHitPoints = 10;
/** A latency that is less than twice another is about the same: buckets are wider than that. */
const otherLatency = 2;

/** Whether `next` says something that `written` does not. */
export function isOtherLoad(written: PoolLoad | undefined, next: PoolLoad | undefined): boolean {
  if (!written || !next) return written !== next;
  const difference = Math.abs(next.queriesPerSecond - written.queriesPerSecond);
  const largest = Math.max(next.queriesPerSecond, written.queriesPerSecond);
  return (
    difference * 100 > largest * restPercent ||
    Math.abs(next.servfailPercent - written.servfailPercent) >= restServfailPoints ||
    isOther(written.hitPercent, next.hitPercent, (before, now) => Math.abs(now - before) >= restHitPoints) ||
    isOther(
      written.latencyP99Milliseconds,
      next.latencyP99Milliseconds,
      (before, now) => Math.max(before, now) >= otherLatency * Math.min(before, now),
    )
  );
}

/** A number that is not known now, as without queries, is what it was. */
function isOther(
  written: number | undefined,
  next: number | undefined,
  differs: (before: number, now: number) => boolean,
): boolean {
  return next !== undefined && (written === undefined || differs(written, next));
}

/** A rate that moved by this share is worth a look. */
const movedShare = 0.1;

/**
 * Whether a decision could turn out otherwise with `now` queries per second than with `seen`: more than 10 % apart, and
 * more than what chance does to a count over a second (three standard deviations, Poisson).
 */
export function hasMoved(seen: number, now: number): boolean {
  const chance = 3 * Math.sqrt(Math.max(seen, now));
  return Math.abs(now - seen) > Math.max(1, movedShare * seen, chance);
}

function sum(loads: readonly ServerLoad[], valueOf: (load: ServerLoad) => number): number {
  return loads.reduce((total, load) => total + valueOf(load), 0);
}
