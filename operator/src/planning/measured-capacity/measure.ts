/**
 * What one server counts for when its capacity is measured. In doubt the number of servers holds or grows, and never
 * shrinks: the user's lower bound counts until enough was learnt; after that a fall counts at once, within a step; a rise
 * counts in a shrink only when it has lasted for the whole cool-down and what was learnt is sure.
 */
import type { CapacityBounds } from '../../api/v1alpha1/server-capacity.js';
import type { ScaledServer } from '../autoscale/types.js';
import { costOfQuery } from '../query-cost.js';
import { confidenceOf, hitsAtLimit, learn, longestLookSeconds, recall, scaleToCores } from './learn.js';
import { readServers, type Readings } from './readings.js';
import type { CapacityMemory, Learnt, MeasuredCapacity } from './types.js';

/** From this confidence on what was learnt counts, and is good enough for a shrink. */
export const enoughConfidence = 50;
/** The most by which the capacity moves in 30 s, up and down; other bounds, and other CPU limits, count at once. */
export const mostStep = { up: 1.05, down: 0.75 };
/**
 * Time constants of the mean hit ratio: while what was learnt counts, a single look that takes every hit for a miss moves it by
 * no more than a step; before that, the cold cache of the beginning is soon forgotten.
 */
const hitSeconds = { proven: 300, unproven: 30 };

export interface CapacityLook {
  readonly nowMs: number;
  readonly servers: readonly ScaledServer[];
  readonly bounds: CapacityBounds;
  /** `engine.threads`. */
  readonly threads: number;
  readonly cooldownMs: number;
}

/** What was persisted before a restart. */
export interface PersistedCapacity {
  readonly qps: number;
  readonly confidencePercent: number;
  readonly hitPercent: number;
}

/** The memory of a process that was just started. */
export function recallCapacity(
  { qps, confidencePercent, hitPercent }: PersistedCapacity,
  nowMs: number,
): CapacityMemory {
  return {
    lookMs: nowMs,
    learnt: recall(qps * costOfQuery(hitPercent), confidencePercent, nowMs),
    hitPercent,
    isProven: true,
    qps,
    lowest: { sinceMs: nowMs, qps, beforeQps: qps },
  };
}

/** What a server counts for after one more look. */
export function measureCapacity(memory: CapacityMemory | undefined, look: CapacityLook): MeasuredCapacity {
  const { nowMs, servers, threads, bounds } = look;
  const seconds = Math.min(longestLookSeconds, Math.max(0, (nowMs - (memory?.lookMs ?? nowMs)) / 1000));
  const readings = readServers(servers, { threads, ...(memory?.isProven && { learnt: memory.learnt?.hitsPerSecond }) });
  // Without a limit there is nothing to be measured against; what was learnt before holds for other servers.
  const known = readings.lack === 'NoLimit' ? undefined : memory;
  const learnt = learnFrom(known, { readings, nowMs, seconds });
  const hitShare = 1 - Math.exp(-seconds / hitSeconds[memory?.isProven ? 'proven' : 'unproven']);
  const hitPercent = meanHitPercent(memory?.hitPercent, readings.hitPercent, hitShare);
  const confidencePercent = learnt ? confidenceOf(learnt, nowMs) : 0;
  const isProven = learnt !== undefined && (known?.isProven === true || confidencePercent >= enoughConfidence);
  const qps = isProven ? capacityOf(learnt, { known, hitPercent, seconds, bounds }) : bounds.minQps;
  const lowest = lowestOf(memory?.lowest, { qps, ...look });
  const isSure = isProven && confidencePercent >= enoughConfidence;
  return {
    qps,
    shrinkQps: isSure ? Math.min(lowest.qps, lowest.beforeQps) : bounds.minQps,
    source: isProven ? 'Measured' : 'Minimum',
    confidencePercent,
    ...(hitPercent !== undefined && { hitPercent }),
    ...(!isProven && { problem: problemOf(readings) }),
    memory: {
      lookMs: nowMs,
      ...(learnt && { learnt }),
      ...(hitPercent !== undefined && { hitPercent }),
      isProven,
      qps,
      lowest,
    },
  };
}

function learnFrom(
  known: CapacityMemory | undefined,
  { readings, nowMs, seconds }: { readonly readings: Readings; readonly nowMs: number; readonly seconds: number },
): Learnt | undefined {
  const { reading, cores } = readings;
  const before = known?.learnt && cores !== undefined ? scaleToCores(known.learnt, cores) : known?.learnt;
  if (!reading) return before;
  const learnt = learn(before, { nowMs, seconds, reading, isProven: known?.isProven ?? false });
  return { ...learnt, ...(cores !== undefined && { cores }) };
}

function meanHitPercent(before: number | undefined, now: number | undefined, share: number): number | undefined {
  if (before === undefined || now === undefined) return now ?? before;
  return before + (now - before) * share;
}

interface Estimate {
  readonly known: CapacityMemory | undefined;
  readonly hitPercent: number | undefined;
  readonly seconds: number;
  readonly bounds: CapacityBounds;
}

function capacityOf(learnt: Learnt, { known, hitPercent = 0, seconds, bounds }: Estimate): number {
  const estimate = hitsAtLimit(learnt) / costOfQuery(hitPercent);
  if (!known?.isProven) return clamp(estimate, bounds);
  const from = (known.qps * (learnt.cores ?? 1)) / (known.learnt?.cores ?? learnt.cores ?? 1);
  const steps = seconds / longestLookSeconds;
  return clamp(Math.min(from * mostStep.up ** steps, Math.max(from * mostStep.down ** steps, estimate)), bounds);
}

const clamp = (qps: number, { minQps, maxQps }: CapacityBounds): number => Math.min(maxQps, Math.max(minQps, qps));

function lowestOf(
  before: CapacityMemory['lowest'] | undefined,
  { qps, nowMs, cooldownMs }: { readonly qps: number; readonly nowMs: number; readonly cooldownMs: number },
): CapacityMemory['lowest'] {
  if (!before) return { sinceMs: nowMs, qps, beforeQps: qps };
  const isFull = nowMs - before.sinceMs >= cooldownMs;
  return isFull ? { sinceMs: nowMs, qps, beforeQps: before.qps } : { ...before, qps: Math.min(before.qps, qps) };
}

const lackMessages: Readonly<Record<NonNullable<Readings['lack']>, string>> = {
  NoLimit: 'the servers have no CPU limit (`server.resources.limits.cpu`)',
  NoReading: 'no server says how much processor time it takes',
};

const problemOf = ({ lack }: Readings): string =>
  lack
    ? lackMessages[lack]
    : 'not enough was learnt yet, which takes five minutes in which the servers use 15 % of their CPU limit or more';
