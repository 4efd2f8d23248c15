/**
 * How long answers took, out of histograms: between two samples of one server, and added up over servers. Pure. Within a
 * bucket the answers are taken to be spread evenly, as Prometheus does.
 */
import type { LoadLatency } from '../../../resolver-image/agent/src/contract/load.js';
import type { Latency, ServerLoad } from './server-load.js';

/** The counters of one engine that tell how long its answers took, since its start. */
export interface AnswerCounts {
  readonly hits: number;
  readonly recursions: number;
  readonly latency?: LoadLatency | undefined;
}

/** What came between two samples; undefined unless both have the same buckets, and counts that fit to each other. */
export function latencyBetween(before: AnswerCounts, now: AnswerCounts, seconds: number): Latency | undefined {
  if (!before.latency || !now.latency || !hasSameBounds(before.latency, now.latency)) return undefined;
  const counts = before.latency.recursions;
  const increases = now.latency.recursions.map((count, index) => count - (counts[index] ?? Number.NaN));
  const all = now.recursions - before.recursions;
  const isRising = [0, ...increases, all].every((count, index, line) => index === 0 || count >= (line[index - 1] ?? 0));
  if (!isRising || !Number.isFinite(all) || !(seconds > 0)) return undefined;
  return {
    boundsSeconds: now.latency.boundsSeconds,
    recursions: increases.map((count) => count / seconds),
    recursionsPerSecond: all / seconds,
    // The hits are a difference of counters, and may fall by one.
    hitsPerSecond: Math.max(0, now.hits - before.hits) / seconds,
    seconds,
  };
}

/** Bounds and counts in pairs, the bounds rising and the same in both. */
function hasSameBounds(before: LoadLatency, now: LoadLatency): boolean {
  const { boundsSeconds, recursions } = now;
  return (
    boundsSeconds.length > 0 &&
    boundsSeconds.length === recursions.length &&
    boundsSeconds.length === before.boundsSeconds.length &&
    boundsSeconds.every((bound, index) => bound === before.boundsSeconds[index]) &&
    boundsSeconds.every((bound, index) => bound > (boundsSeconds[index - 1] ?? 0))
  );
}

/**
 * All together; undefined for none. Servers of another version may have other buckets: those of the first count, and the
 * others are left out.
 */
export function sumLatencies(latencies: readonly Latency[]): Latency | undefined {
  const [first] = latencies;
  if (!first) return undefined;
  const same = latencies.filter(
    ({ boundsSeconds }) =>
      boundsSeconds.length === first.boundsSeconds.length &&
      boundsSeconds.every((bound, index) => bound === first.boundsSeconds[index]),
  );
  const sum = (valueOf: (latency: Latency) => number) => same.reduce((total, latency) => total + valueOf(latency), 0);
  const recursionsPerSecond = sum((latency) => latency.recursionsPerSecond);
  const hitsPerSecond = sum((latency) => latency.hitsPerSecond);
  const answers = sum((latency) => latency.seconds * (latency.recursionsPerSecond + latency.hitsPerSecond));
  const rate = recursionsPerSecond + hitsPerSecond;
  return {
    boundsSeconds: first.boundsSeconds,
    recursions: first.recursions.map((_, index) => sum(({ recursions }) => recursions[index] ?? 0)),
    recursionsPerSecond,
    hitsPerSecond,
    // So that the rate and the seconds give the number of answers that were counted.
    seconds: rate > 0 ? answers / rate : first.seconds,
  };
}

/** The same without the answers from the cache. */
export const recursionsOnly = (latency: Latency): Latency => ({ ...latency, hitsPerSecond: 0 });

const slowShare = 0.01;

/**
 * 99 % of the answers took no longer than so many milliseconds; undefined without answers. What took longer than the last
 * bound counts as that.
 */
export function p99Milliseconds(latency: Latency): number | undefined {
  const { boundsSeconds, recursions, recursionsPerSecond, hitsPerSecond } = latency;
  const rank = (1 - slowShare) * (recursionsPerSecond + hitsPerSecond);
  if (!(rank > 0)) return undefined;
  let [fromSeconds, before] = [0, 0];
  for (const [index, toSeconds] of boundsSeconds.entries()) {
    const upTo = hitsPerSecond + (recursions[index] ?? 0);
    if (upTo >= rank) return 1000 * (fromSeconds + ((toSeconds - fromSeconds) * (rank - before)) / (upTo - before));
    [fromSeconds, before] = [toSeconds, upTo];
  }
  return 1000 * fromSeconds;
}

/** A latency, and what 99 % of the answers took at most: of all, and of those for which an engine had to ask upstream. */
export type LatencyFigures = Pick<ServerLoad, 'latency' | 'latencyP99Milliseconds' | 'recursionP99Milliseconds'>;

/** What is known of `latency`; nothing without it. */
export function latencyFigures(latency: Latency | undefined): LatencyFigures {
  if (!latency) return {};
  const all = p99Milliseconds(latency);
  const ofRecursions = p99Milliseconds(recursionsOnly(latency));
  return {
    latency,
    ...(all !== undefined && { latencyP99Milliseconds: all }),
    ...(ofRecursions !== undefined && { recursionP99Milliseconds: ofRecursions }),
  };
}

/** The answers per second that took longer than `milliseconds`. */
function slowerThan(latency: Latency, milliseconds: number): number {
  const { boundsSeconds, recursions, recursionsPerSecond, hitsPerSecond } = latency;
  const all = recursionsPerSecond + hitsPerSecond;
  let [fromSeconds, before] = [0, 0];
  for (const [index, toSeconds] of boundsSeconds.entries()) {
    const upTo = hitsPerSecond + (recursions[index] ?? 0);
    const seconds = milliseconds / 1000;
    if (seconds < toSeconds) {
      return all - before - ((upTo - before) * Math.max(0, seconds - fromSeconds)) / (toSeconds - fromSeconds);
    }
    [fromSeconds, before] = [toSeconds, upTo];
  }
  return all - before;
}

/**
 * Whether chance explains that one answer in a hundred was said to take longer than `milliseconds`: between half as many and
 * twice as many did, give or take three standard deviations of such a count (Poisson). Where one in a hundred answers needs
 * recursion, the exact number jumps between the fastest and the slowest at every look.
 */
export function isStillP99(latency: Latency, milliseconds: number): boolean {
  const { seconds, recursionsPerSecond, hitsPerSecond } = latency;
  const slower = seconds * slowerThan(latency, milliseconds);
  const expected = seconds * slowShare * (recursionsPerSecond + hitsPerSecond);
  const chance = (count: number) => 3 * Math.sqrt(count);
  return slower >= expected / 2 - chance(expected / 2) && slower <= 2 * expected + chance(2 * expected);
}
