/** How many servers each PoP takes for a load. Pure arithmetic; the model is in docs/capacity.md. */
import { thousands } from '../thousands.js';
import { neededServers } from '../utilization.js';
import type { CacheNeed, CapacityInputs, PopInputs, PopPlan, Sizing } from './types.js';

/** The sizes for the expected load of `inputs`. */
export function sizePops(inputs: CapacityInputs): Sizing {
  const loads = planLoads(inputs);
  const pops = inputs.pops.map((pop, index) => sizePop(inputs, pop, loads[index] ?? 0));
  const servers = total(pops.map((pop) => pop.servers));
  const mostQps = servers * inputs.capacityQps;
  return {
    pops,
    servers,
    mostQps,
    targetQps: (mostQps * inputs.targetUtilizationPercent) / 100,
    cache: largestCache(inputs, pops),
    missing: total(pops.map(({ missing }) => missing)),
  };
}

/**
 * What each PoP must be able to carry, in their order. A fleet of one PoP cannot survive its loss, so that its share is all
 * that it is planned for.
 */
function planLoads({ expectedQps, popSizing, pops }: CapacityInputs): readonly number[] {
  switch (popSizing) {
    case 'WholeLoadPerPop':
      return pops.map(() => expectedQps);
    case 'EvenShare':
      return pops.map(({ sharePercent }) => shareOf(expectedQps, sharePercent, 100));
    case 'SurviveLargestPop': {
      const [largest, next] = [...pops].sort((a, b) => b.sharePercent - a.sharePercent);
      return pops.map((pop) => {
        const lost = (pop === largest ? next : largest)?.sharePercent ?? 0;
        return shareOf(expectedQps, pop.sharePercent, 100 - lost);
      });
    }
  }
}

/**
 * The part of `queriesPerSecond` that a share of `whole` is. To twelve digits: thirds have no exact form, and what
 * they leave over must not take a server.
 */
export function shareOf(queriesPerSecond: number, share: number, whole: number): number {
  return Number(((queriesPerSecond * share) / whole).toPrecision(12));
}

function sizePop(inputs: CapacityInputs, pop: PopInputs, load: number): PopPlan {
  const { capacityQps, targetUtilizationPercent, redundancy } = inputs;
  const needed = neededServers({
    queriesPerSecond: load,
    capacityQps,
    scaleUpThresholdPercent: targetUtilizationPercent,
  });
  const wanted = Math.max(needed + redundancy, pop.minServers);
  const servers = Math.min(pop.maxServers, wanted);
  const floor = wanted > needed + redundancy ? `, and the floor is ${pop.minServers}` : '';
  const limit = servers < wanted ? `; \`maxServers\` allows ${pop.maxServers}` : '';
  return {
    name: pop.name,
    plannedQps: load,
    needed,
    servers,
    missing: wanted - servers,
    sum: `ceil(${thousands(load)} / (${thousands(capacityQps)} x ${targetUtilizationPercent} %)) + ${redundancy} = ${needed + redundancy}${floor}${limit}`,
  };
}

/**
 * Names that a server keeps asking for, for each query per second of its load: a million for 100,000 queries/s, the
 * textbook figure of the requirements; what a fleet really asks is to be measured (docs/capacity.md).
 */
const namesPerQps = 10;

/** The cache of a server that answers `queriesPerSecond`. */
export function cacheFor(queriesPerSecond: number, entryBytes: number): CacheNeed {
  const names = Math.ceil(queriesPerSecond * namesPerQps);
  return { names, bytes: names * entryBytes };
}

function largestCache({ entryBytes }: CapacityInputs, pops: readonly PopPlan[]): CacheNeed {
  return cacheFor(Math.max(0, ...pops.map((pop) => pop.plannedQps / Math.max(1, pop.needed))), entryBytes);
}

/** How many PoPs a new fleet should have (the rule of the requirements). */
export function popsForNewFleet(expectedQps: number): number {
  if (expectedQps < 100_000) return 3;
  if (expectedQps < 1_000_000) return 5;
  return Math.max(10, Math.floor(expectedQps / 500_000));
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
