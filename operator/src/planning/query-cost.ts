/** What a query costs a resolver, in hits of its cache: the measure in which servers of different hit ratios compare. */

/** A query that must be asked upstream costs so many times one that is answered from the cache (Unbound; measured: 5.4). */
const costOfMiss = 5;

/** With fewer queries per second a hit ratio is chance. */
export const leastQueriesForHitRatio = 10;

/** The mean cost of a query when `hitPercent` (0 to 100) of them are answered from the cache: from 1 to 5. */
export function costOfQuery(hitPercent: number): number {
  const hits = Math.min(100, Math.max(0, hitPercent)) / 100;
  return hits + costOfMiss * (1 - hits);
}
