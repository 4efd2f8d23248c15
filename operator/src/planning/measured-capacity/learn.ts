/**
 * Learns from readings what a server carries at its CPU limit. Separate from what is made of it (measured-capacity.ts): here
 * is arithmetic, there the policy. Means are exponential in time, so that it does not matter how often one looks.
 */
import type { Reading } from './readings.js';
import type { Learnt } from './types.js';

/** Time constants of the means. */
const slowSeconds = 600;
const quickSeconds = 120;
/** A reading stands for no longer than this: the longest time between two looks. */
export const longestLookSeconds = 30;
/** Readings for this long are enough. */
const enoughSeconds = 300;
/** A mean distance of this between readings (65 %) makes them worthless. */
const worthlessSpread = 0.5;
/** What was learnt is good for an hour, and then ever less, until a day has passed. */
const goodMs = 3_600_000;
const worthlessMs = 25 * goodMs;
/** No reading counts for more than so many times what was learnt, nor for less than its inverse. */
const mostFactor = 2;

export interface Lesson {
  readonly nowMs: number;
  /** Since the look before, at most `longestLookSeconds`. */
  readonly seconds: number;
  readonly reading: Reading;
  /** What was learnt is in use: a wild reading must not overthrow it. */
  readonly isProven: boolean;
}

/** What is known after one more reading. */
export function learn(learnt: Learnt | undefined, { nowMs, seconds, reading, isProven }: Lesson): Learnt {
  if (!learnt) return beginWith(reading, nowMs);
  const said = reading.demand / reading.share;
  const factor = said / learnt.hitsPerSecond;
  // While it is not in use, two readings that contradict each other are both forgotten.
  if (!isProven && (factor > mostFactor || factor < 1 / mostFactor)) return { ...learnt, ...beginWith(reading, nowMs) };
  const bounded = learnt.hitsPerSecond * Math.min(mostFactor, Math.max(1 / mostFactor, factor));
  const seenSeconds = Math.min(slowSeconds, learnt.seenSeconds + seconds);
  const quick = seconds / Math.min(quickSeconds, seenSeconds || 1);
  const slow = seconds / Math.min(slowSeconds, seenSeconds || 1);
  const demand = mix(learnt.demand, bounded * reading.share, quick);
  const share = mix(learnt.share, reading.share, quick);
  return {
    ...learnt,
    hitsPerSecond: learnt.hitsPerSecond * (demand / share / learnt.hitsPerSecond) ** Math.min(1, slow),
    demand,
    share,
    spread: mix(learnt.spread, Math.abs(Math.log(factor)), slow),
    seenSeconds,
    seenMs: nowMs,
  };
}

function beginWith({ demand, share }: Reading, seenMs: number): Learnt {
  return { hitsPerSecond: demand / share, demand, share, spread: 0, seenSeconds: 0, seenMs };
}

const mix = (before: number, now: number, share: number): number => before + (now - before) * Math.min(1, share);

/** What was known before a restart: hits per second at the limit, with a confidence from 0 to 100. */
export function recall(hitsPerSecond: number, confidencePercent: number, nowMs: number): Learnt {
  return {
    ...beginWith({ demand: hitsPerSecond, share: 1 }, nowMs),
    seenSeconds: (enoughSeconds * confidencePercent) / 100,
  };
}

/** The same for servers with another number of cores. */
export function scaleToCores(learnt: Learnt, cores: number): Learnt {
  const factor = cores / (learnt.cores ?? cores);
  return { ...learnt, hitsPerSecond: learnt.hitsPerSecond * factor, demand: learnt.demand * factor, cores };
}

/** Hits per second at the limit: the mean over ten minutes, or over two if that is lower. A fall counts soon, a rise when it lasts. */
export const hitsAtLimit = ({ hitsPerSecond, demand, share }: Learnt): number =>
  Math.min(hitsPerSecond, demand / share);

/** How sure what was learnt is, from 0 to 100: by how long it was seen, how far readings lie apart, and how old it is. */
export function confidenceOf({ seenSeconds, spread, seenMs }: Learnt, nowMs: number): number {
  const coverage = Math.min(1, seenSeconds / enoughSeconds);
  const agreement = Math.max(0, 1 - spread / worthlessSpread);
  const ageMs = Math.max(0, nowMs - seenMs);
  const youth = Math.min(1, Math.max(0, (worthlessMs - ageMs) / (worthlessMs - goodMs)));
  return 100 * coverage * agreement * youth;
}
