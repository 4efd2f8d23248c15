/**
 * What a server counts for whose cache is cold: its misses cost more, so it carries less. Only what serves now is weighed;
 * how many servers the load needs is always counted in warm ones, so that coldness alone never asks for more of them.
 */
import { isServing } from './autoscale/memory.js';
import type { ScaledServer } from './autoscale/types.js';
import { costOfQuery, leastQueriesForHitRatio } from './query-cost.js';

/** An engine that is older is warm, whatever its hit ratio: then that is the ratio of its clients. */
const warmAfterSeconds = 600;
/** A server of which the ratio is not known yet; an empty cache makes it a third where 80 % are usual. */
const unknownWeight = 0.5;
const leastWeight = 0.2;
/** A difference that is smaller is chance: such a server is warm. */
const warmWeight = 0.9;

export interface WeighedServers {
  readonly servers: readonly ScaledServer[];
  /** The hit ratio of the warm servers, now or when there was one last. */
  readonly warmHitPercent?: number;
}

/**
 * The servers with what they count for. Without a warm one, now or at an earlier look, nobody knows what warm would be, and
 * each counts in full: a new pool must not look overloaded.
 */
export function weighServers(servers: readonly ScaledServer[], knownHitPercent: number | undefined): WeighedServers {
  const warmHitPercent = warmHitPercentOf(servers) ?? knownHitPercent;
  if (warmHitPercent === undefined) return { servers };
  return {
    warmHitPercent,
    servers: servers.map((server) => {
      const weight = weightOf(server, warmHitPercent);
      return weight < 1 ? { ...server, weight } : server;
    }),
  };
}

/** By the queries of each: of all that warm servers are asked, what they answer from the cache. */
function warmHitPercentOf(servers: readonly ScaledServer[]): number | undefined {
  let [queries, hits] = [0, 0];
  for (const server of servers) {
    const { freshness, queriesPerSecond, hitPercent } = server.load;
    const isKnown = freshness === 'Fresh' && queriesPerSecond !== undefined && hitPercent !== undefined;
    if (!isKnown || !isServing(server) || isYoung(server)) continue;
    queries += queriesPerSecond;
    hits += queriesPerSecond * hitPercent;
  }
  return queries >= leastQueriesForHitRatio ? hits / queries : undefined;
}

/** An agent that does not say the age of its engine is from before this was asked; its server counts as warm. */
const isYoung = ({ load: { engineAgeSeconds = Infinity } }: ScaledServer): boolean =>
  engineAgeSeconds < warmAfterSeconds;

function weightOf(server: ScaledServer, warmHitPercent: number): number {
  const { freshness, queriesPerSecond = 0, hitPercent } = server.load;
  // Of one that was never heard there is no age either; it has just started, or says nothing, which is told elsewhere.
  if (!isYoung(server)) return 1;
  if (freshness !== 'Fresh' || hitPercent === undefined || queriesPerSecond < leastQueriesForHitRatio) {
    return unknownWeight;
  }
  const weight = costOfQuery(warmHitPercent) / costOfQuery(hitPercent);
  return weight >= warmWeight ? 1 : Math.max(leastWeight, weight);
}
