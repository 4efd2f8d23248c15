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
  /** Serving servers whose load is not known now. */
  readonly unknownServers: number;
  readonly isShedding: boolean;
}

/**
 * Adds up the load. A server that does not say it now counts with what it said last, as long as clients reach it; the
 * clients of one that is not ready or stops are at the others by then, and would count twice.
 */
export function sumLoad(servers: readonly ScaledServer[]): PresentLoad {
  const isFresh = ({ load }: ScaledServer) => load.freshness === 'Fresh' && isRate(load.queriesPerSecond);
  const isReached = ({ isReady, isStopping }: ScaledServer) => isReady && !isStopping;
  const rates = servers
    .filter((server) => isFresh(server) || (isReached(server) && server.load.freshness === 'Stale'))
    .flatMap(({ load: { queriesPerSecond } }) => (isRate(queriesPerSecond) ? [queriesPerSecond] : []));
  return {
    ...(rates.length > 0 && { queriesPerSecond: rates.reduce((sum, rate) => sum + rate, 0) }),
    isComplete: servers.some(isServing) && servers.filter(isReached).every(isFresh),
    unknownServers: servers.filter((server) => isServing(server) && !isFresh(server)).length,
    isShedding: servers.some(({ load }) => (load.droppedPerSecond ?? 0) > 0),
  };
}

const isRate = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value >= 0;

/** The memory with one more look at the pool; `undefined` for none yet. */
export function remember(memory: ScaleMemory | undefined, facts: PoolFacts): ScaleMemory {
  const { nowMs, servers, autoscaling } = facts;
  const { queriesPerSecond, isComplete, isShedding } = sumLoad(servers);
  const window = observeWindow(memory?.window, {
    nowMs,
    ...(isComplete && queriesPerSecond !== undefined && { queriesPerSecond }),
    isShedding,
    cooldownMs: autoscaling.cooldownSeconds * 1000,
  });
  const isMissing = servers.filter(isServing).length < wantedServers(facts);
  return { ...(window && { window }), ...(isMissing && { missingSinceMs: memory?.missingSinceMs ?? nowMs }) };
}
