/**
 * How many servers run a configuration. Apart from the status, because of what it presumes: an operator that was just
 * started has not heard from every agent yet, and an agent that misses its first question has not lost its
 * configuration. Without that, a restart on an unchanged cluster would take pools for unready, and write it down.
 */
import type { PoolObservation } from './types.js';

/**
 * The number of running servers whose agents say that the configuration `hash` is in force; with those that were not
 * heard since our start, but not more than our predecessor had counted for the same configuration.
 */
export function countInForce({ pool, servers, agents }: PoolObservation, hash: string | undefined): number {
  if (hash === undefined) return 0;
  const running = servers.filter(({ isStopping }) => !isStopping);
  const inForce = running.filter(({ uid }) => agents.get(uid)?.load?.config?.hash === hash).length;
  const unheard = running.filter(({ uid, isReady }) => isReady && agents.get(uid)?.load === undefined).length;
  const { configuration } = pool.status ?? {};
  const counted = configuration?.hash === hash ? configuration.serversInForce : 0;
  return Math.max(inForce, Math.min(inForce + unheard, counted));
}
