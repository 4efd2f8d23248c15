/** What the process remembers of a pool from one look to the next, and how the load of its servers adds up. */
import type { PoolFacts, ScaledServer, ScaleMemory } from './types.js';
import { observeWindow } from './window.js';

/** A server that answers clients and stays. */
export function isServing({ isReady, isStopping, isMarked }: ScaledServer): boolean {
  return isReady && !isStopping && !isMarked;
}

/** The number of servers that is wanted, within the limits also if the fact is not. */
export function wantedServers({ wanted, minServers, maxServers }: PoolFacts): number {
  return Math.min(maxServers, Math.max(minServers, wanted));
}

export interface PresentLoad {
  /** What is known: a lower bound unless complete; absent when nothing is. */
  readonly queriesPerSecond?: number;
  /** The load of every server that clients reach is known now. */
  readonly isComplete: boolean;
  readonly servingServers: number;
  /** How many warm servers they are worth. */
  readonly servingWeight: number;
  /** Serving servers whose load is not known now. */
  readonly unknownServers: number;
  readonly isShedding: boolean;
  /** An engine uses up its CPU limit, for more than a moment. */
  readonly isThrottled: boolean;
}

/**
 * More of the time than this, in percent, and an engine is short of CPU. A single period at the start, or one that its own
 * probe uses up under a very small limit, are less.
 */
export const throttledThresholdPercent = 10;

/**
 * Adds up the load. A server that does not say it now counts with what it said last, as long as clients reach it; the
 * clients of one that is not ready or stops are at the others by then, and would count twice.
 */
export function sumLoad(servers: readonly ScaledServer[]): PresentLoad {
  const rates: number[] = [];
  let [servingServers, servingWeight, unknownServers] = [0, 0, 0];
  let [isComplete, isShedding, isThrottled] = [true, false, false];
  // One pass: this is done for every pool at every look.
  for (const server of servers) {
    const { freshness, queriesPerSecond, droppedPerSecond = 0, throttledPercent = 0 } = server.load;
    const isReached = server.isReady && !server.isStopping;
    const isFresh = freshness === 'Fresh' && isRate(queriesPerSecond);
    if (isRate(queriesPerSecond) && (isFresh || (isReached && freshness === 'Stale'))) rates.push(queriesPerSecond);
    if (isReached && !isFresh) isComplete = false;
    if (isServing(server)) {
      servingServers += 1;
      servingWeight += server.weight ?? 1;
      if (!isFresh) unknownServers += 1;
    }
    if (droppedPerSecond > 0) isShedding = true;
    if (throttledPercent > throttledThresholdPercent) isThrottled = true;
  }
  return {
    ...(rates.length > 0 && { queriesPerSecond: rates.reduce((sum, rate) => sum + rate, 0) }),
    isComplete: isComplete && servingServers > 0,
    servingServers,
    servingWeight,
    unknownServers,
    isShedding,
    isThrottled,
  };
}

const infinity = Number.POSITIVE_INFINITY;
const isRate = (value: number | undefined): value is number => value !== undefined && value >= 0 && value < infinity;

/** The memory with one more look at the pool; `undefined` for none yet. */
export function remember(memory: ScaleMemory | undefined, facts: PoolFacts): ScaleMemory {
  const { nowMs, servers, autoscaling } = facts;
  const { queriesPerSecond, isComplete, servingServers, isShedding, isThrottled } = sumLoad(servers);
  const window = observeWindow(memory?.window, {
    nowMs,
    ...(isComplete && queriesPerSecond !== undefined && { queriesPerSecond }),
    isShedding,
    isThrottled,
    cooldownMs: autoscaling.cooldownSeconds * 1000,
  });
  const isMissing = servingServers < wantedServers(facts);
  return { ...(window && { window }), ...(isMissing && { missingSinceMs: memory?.missingSinceMs ?? nowMs }) };
}
