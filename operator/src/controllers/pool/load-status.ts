/** What a pool reports of its load: what was measured, and for a while what was measured before. */
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { countFreshness, measureLoad } from '../../planning/load.js';
import type { PoolLoad } from '../../planning/rollout-types.js';
import type { PoolObservation } from './types.js';

type LoadObservation = Pick<PoolObservation, 'pool' | 'servers' | 'agents' | 'loads'>;

/** A server whose load is not known for this long leaves that of the pool unknown. */
const staleLoadMs = 120_000;

/** What cannot be measured just now is what it was, until it is too old to be trusted. */
export function loadOf({ servers, agents, loads, pool }: LoadObservation): PoolLoad | undefined {
  const measured = measureLoad(servers, loads, pool.status?.load);
  if (measured) return measured;
  const answering = servers.filter(({ isReady }) => isReady);
  const isStale = answering.some(({ uid }) => {
    const unknownForMs = loads.get(uid)?.staleForMs ?? agents.get(uid)?.silentForMs ?? 0;
    return unknownForMs > staleLoadMs;
  });
  return answering.length === 0 || isStale ? undefined : pool.status?.load;
}

/** The servers that are ready, by what is known of their load. */
export type Freshness = Pick<NonNullable<DnsPoolStatus['servers']>, 'fresh' | 'stale' | 'absent'>;

/**
 * How many servers report a load that can be trusted. While that cannot be told of one that was just started, or of all
 * after a start of the operator, it is what it was: a restart on an unchanged cluster writes nothing.
 */
export function freshnessOf({ servers, loads, pool }: LoadObservation): Freshness {
  const { fresh, stale, absent, unjudged } = countFreshness(servers, loads);
  return unjudged > 0 ? writtenFreshness(pool) : { fresh, stale, absent };
}

/** What the status of `pool` says now. */
export function writtenFreshness({ status }: DnsPool): Freshness {
  const { fresh, stale, absent } = status?.servers ?? {};
  return {
    ...(fresh !== undefined && { fresh }),
    ...(stale !== undefined && { stale }),
    ...(absent !== undefined && { absent }),
  };
}
