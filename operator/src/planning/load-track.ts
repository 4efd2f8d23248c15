/**
 * What is known of the load of one server, sample by sample, and what of it can be believed. Pure. Rates are made of two
 * samples of the same engine process by the agent's clock; a sample that does not fit to the one before it never counts
 * for more than that one said.
 */
import type { Load } from '../../../resolver-image/agent/src/contract/load.js';
import { type CpuTrack, takeCpu } from './cpu-track.js';
import { latencyBetween, latencyFigures, type LatencyFigures } from './latency.js';
import { hasMoved } from './load.js';
import type { Freshness, ServerLoad } from './server-load.js';

/** One reading of an engine's counters. */
interface Sample {
  readonly startId: string;
  /** By the agent's clock. */
  readonly sampledAtMs: number;
  /** By our monotonic clock. */
  readonly heardMs: number;
  readonly queries: number;
  readonly servfails: number;
  readonly dropped: number;
  readonly hits: number;
  readonly recursions: number;
  readonly latency: Load['latency'];
  readonly uptimeSeconds: number | undefined;
  readonly probes: number | undefined;
  /** Queries per second over the two seconds before, as the agent counts them: only ever a second opinion. */
  readonly agentRate: number;
}

interface Rates extends LatencyFigures {
  readonly queriesPerSecond: number;
  readonly servfailsPerSecond: number;
  readonly droppedPerSecond: number;
  readonly hitPercent: number | undefined;
}

export interface LoadTrack {
  /** When the server was followed first; this and all that is compared with it by our monotonic clock. */
  readonly sinceMs: number;
  readonly isHeard: boolean;
  /** The last sample of use, with which the next one is compared. */
  readonly last: Sample | undefined;
  /** The last rates that can be believed. */
  readonly rates: Rates | undefined;
  /** More than twice of what was believed before, and said by one sample alone. */
  readonly claim: Rates | undefined;
  /** When the last sample that can be believed was heard. */
  readonly credibleMs: number | undefined;
  /** What was heard last contradicts what was heard before. */
  readonly isDoubted: boolean;
  /** The last answer brought no later sample. */
  readonly isRepeated: boolean;
  /** The time of a sample that was older than `last`. */
  readonly lateMs: number | undefined;
  /** Milliseconds between the two samples of `rates`. */
  readonly basisMs: number;
  /** Undefined while nothing is known of its CPU time. */
  readonly cpu: CpuTrack | undefined;
}

/** A server whose last credible sample is older is stale. */
export const freshMs = 25_000;
/** Samples that are closer than this say nothing about a rate: the agent reads its engine once a second. */
const leastBasisMs = 500;
/** Rates over less than this are more chance than load: another sample is asked for soon. */
const goodBasisMs = 2000;
/** Fifteen of our probes fall into it: an engine that shows none of them, or nothing at all, does not count any more. */
const heartbeatMs = 3000;
/**
 * The agent's clock and ours may differ so much about the time between two samples: its samples are up to a second old,
 * and an answer may be late. More is a clock that somebody set.
 */
const clockTolerance = { ms: 5000, share: 0.1 };
/** A rate may grow by so much between two samples before it has to be said twice. */
const believedGrowth = 2;
/** Queries per second below which a rate is believed as it is: it decides nothing, and varies by more than its half. */
const smallRate = 10;
/** No server answers more than so many times what it is said to carry. */
const mostOfCapacity = 4;

/** The track of a server of which nothing was heard. */
export const newTrack = (sinceMs: number): LoadTrack => ({
  sinceMs,
  isHeard: false,
  last: undefined,
  rates: undefined,
  claim: undefined,
  credibleMs: undefined,
  isDoubted: false,
  isRepeated: false,
  lateMs: undefined,
  basisMs: 0,
  cpu: undefined,
});

/** What is known after one more answer of the agent, heard at `heardMs` by our monotonic clock. */
export function takeLoad(track: LoadTrack, load: Load, heardMs: number): LoadTrack {
  const next = takeCounters(track, load, heardMs);
  // What makes us begin anew with the counters (another engine, another clock) makes us begin anew with the CPU time.
  return { ...next, cpu: takeCpu(next.isDoubted ? undefined : track.cpu, load.cpu) };
}

function takeCounters(track: LoadTrack, load: Load, heardMs: number): LoadTrack {
  const heard: LoadTrack = { ...track, isHeard: true, isRepeated: true };
  const sample = sampleOf(load, heardMs);
  // An agent that was just started has not read its engine yet.
  if (!sample) return heard;
  if (!isSound(sample)) return { ...heard, isDoubted: true };
  const { last } = track;
  if (last?.startId !== sample.startId) return beginWith(heard, sample);
  if (sample.sampledAtMs < last.sampledAtMs) {
    // One that is late is dropped; when the next is older too, and later than that one, the agent's clock was set back.
    const isClockSet = track.lateMs !== undefined && sample.sampledAtMs > track.lateMs;
    return isClockSet ? beginWith(heard, sample) : { ...heard, lateMs: sample.sampledAtMs };
  }
  if (sample.sampledAtMs - last.sampledAtMs < leastBasisMs) return heard;
  if (isClockSet(last, sample) || hasFallen(last, sample)) return beginWith(heard, sample);
  if (isStill(last, sample)) {
    // `last` stays: when the counters move again, the rate is that of the whole time.
    return sample.sampledAtMs - last.sampledAtMs < heartbeatMs ? heard : { ...heard, isDoubted: true };
  }
  return {
    ...heard,
    ...believe(track, last, sample),
    last: sample,
    credibleMs: heardMs,
    isDoubted: false,
    isRepeated: false,
    lateMs: undefined,
    basisMs: sample.sampledAtMs - last.sampledAtMs,
  };
}

/** Whether what is known of a server counts at `nowMs` of our monotonic clock. */
export function freshnessOf({ isHeard, rates, isDoubted, credibleMs, sinceMs }: LoadTrack, nowMs: number): Freshness {
  if (!isHeard) return 'Absent';
  const isYoung = nowMs - (credibleMs ?? sinceMs) <= freshMs;
  return rates !== undefined && !isDoubted && isYoung ? 'Fresh' : 'Stale';
}

/** Queries per second of a server that is fresh, else 0: of `loadOfServer` what is needed at each answer of any server. */
export function freshRate(track: LoadTrack, nowMs: number, capacityQps = Infinity): number {
  if (freshnessOf(track, nowMs) !== 'Fresh') return 0;
  return Math.min(mostOfCapacity * capacityQps, track.rates?.queriesPerSecond ?? 0);
}

/** What counts of a server at `nowMs` of our monotonic clock. No rate is above four times `capacityQps`. */
export function loadOfServer(track: LoadTrack, nowMs: number, capacityQps = Infinity): ServerLoad {
  if (!track.isHeard) return { freshness: 'Absent', staleForMs: nowMs - track.sinceMs };
  const { rates, credibleMs, last, cpu } = track;
  const freshness = freshnessOf(track, nowMs);
  const ageMs = nowMs - (credibleMs ?? track.sinceMs);
  const known: ServerLoad = { freshness, staleForMs: freshness === 'Fresh' ? 0 : ageMs };
  if (!rates) return known;
  const most = mostOfCapacity * capacityQps;
  const { queriesPerSecond, servfailsPerSecond, droppedPerSecond, hitPercent, ...latencies } = rates;
  return {
    ...known,
    queriesPerSecond: Math.min(most, queriesPerSecond),
    servfailsPerSecond: Math.min(most, servfailsPerSecond),
    droppedPerSecond: Math.min(most, droppedPerSecond),
    ...(hitPercent !== undefined && { hitPercent }),
    ...latencies,
    ...cpu?.rates,
    ...(last?.uptimeSeconds !== undefined && { engineAgeSeconds: last.uptimeSeconds }),
  };
}

/** Whether the agent has seen a rise that the rate over the whole time since the sample before does not show yet. */
const isRising = ({ last, rates }: LoadTrack): boolean =>
  last !== undefined &&
  rates !== undefined &&
  hasMoved(rates.queriesPerSecond, Math.max(rates.queriesPerSecond, last.agentRate));

/** Seconds for which the agent may hold its next answer back while nothing changes. */
const waits = { confirm: 1, basis: 3, repeated: 5, doubted: 10, calm: 20 };
/** What is not cleared up after this is asked less often: it may last. */
const clearUpMs = 30_000;

/** How long the next answer may take, in seconds. */
export function waitSecondsOf(track: LoadTrack, nowMs: number): number {
  if (!track.last) return waits.calm;
  const isOpen = track.isDoubted || track.claim !== undefined || track.rates === undefined;
  if (isOpen || track.isRepeated) {
    if (nowMs - (track.credibleMs ?? track.sinceMs) > clearUpMs) return waits.doubted;
    return isOpen ? waits.confirm : waits.repeated;
  }
  if (isRising(track)) return waits.confirm;
  return track.basisMs < goodBasisMs ? waits.basis : waits.calm;
}

function sampleOf(
  { counters, engine, latency, sampledAtMs, queriesPerSecond }: Load,
  heardMs: number,
): Sample | undefined {
  if (!counters) return undefined;
  return {
    startId: engine.startId,
    sampledAtMs,
    heardMs,
    queries: counters.queries,
    servfails: counters.rcodes['SERVFAIL'] ?? 0,
    dropped: counters.dropped,
    hits: counters.cacheHits,
    recursions: counters.recursiveReplies,
    latency,
    uptimeSeconds: engine.uptimeSeconds,
    probes: counters.probes,
    agentRate: queriesPerSecond,
  };
}

function isSound({ queries, servfails, dropped, hits, probes = 0, agentRate, sampledAtMs }: Sample): boolean {
  const counts = [queries, servfails, dropped, hits, probes, agentRate];
  return counts.every((value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER) && Number.isFinite(sampledAtMs);
}

/** Starts over with `sample`. The rates stay, but the server is not fresh before there are new ones. */
function beginWith(track: LoadTrack, sample: Sample): LoadTrack {
  return {
    ...track,
    last: sample,
    claim: undefined,
    isDoubted: true,
    isRepeated: false,
    lateMs: undefined,
    basisMs: 0,
  };
}

function isClockSet(last: Sample, sample: Sample): boolean {
  const oursMs = sample.heardMs - last.heardMs;
  const difference = Math.abs(sample.sampledAtMs - last.sampledAtMs - oursMs);
  return difference > clockTolerance.ms + clockTolerance.share * oursMs;
}

/** The hits are no count of the engine's own but a difference, so they are only bounded. */
const hasFallen = (last: Sample, sample: Sample): boolean =>
  sample.queries < last.queries ||
  sample.servfails < last.servfails ||
  sample.dropped < last.dropped ||
  (sample.probes ?? Infinity) < (last.probes ?? 0);

/**
 * Whether nothing shows that the engine still counts. Without probes only queries could: those of a server without
 * clients look as if they were frozen, and it must not make a pool shrink.
 */
const isStill = (last: Sample, sample: Sample): boolean =>
  sample.probes === undefined ? sample.queries === last.queries : sample.probes === last.probes;

/** The new rates if one sample is enough for them, else what is lower until the next one says so too. */
function believe(
  { rates: before, claim }: LoadTrack,
  last: Sample,
  sample: Sample,
): Pick<LoadTrack, 'rates' | 'claim'> {
  const rates = ratesOf(last, sample);
  // The lower of both opinions of the agent: neither of the two samples can speak for itself.
  const known = Math.max(before?.queriesPerSecond ?? 0, Math.min(last.agentRate, sample.agentRate));
  if (rates.queriesPerSecond <= Math.max(smallRate, believedGrowth * known)) return { rates, claim: undefined };
  if (!claim) return { rates: before, claim: rates };
  const confirmed = claim.queriesPerSecond < rates.queriesPerSecond ? claim : rates;
  const isMore = rates.queriesPerSecond > believedGrowth * confirmed.queriesPerSecond;
  return { rates: confirmed, claim: isMore ? rates : undefined };
}

function ratesOf(last: Sample, sample: Sample): Rates {
  const seconds = (sample.sampledAtMs - last.sampledAtMs) / 1000;
  const queries = sample.queries - last.queries;
  const hits = Math.min(queries, Math.max(0, sample.hits - last.hits));
  return {
    queriesPerSecond: queries / seconds,
    // Answers of now may belong to queries of before.
    servfailsPerSecond: Math.min(queries, sample.servfails - last.servfails) / seconds,
    droppedPerSecond: (sample.dropped - last.dropped) / seconds,
    hitPercent: queries > 0 ? (100 * hits) / queries : undefined,
    ...latencyFigures(latencyBetween(last, sample, seconds)),
  };
}
