/** What the coming years take: the load grows by the same share each year, and the PoPs within their limits. */
import { sizePops } from './sizing.js';
import type { CapacityInputs, GrowthAction, GrowthYear, PopInputs, Sizing } from './types.js';

/** The years from now to the horizon. A PoP that was added for one year is there in all that follow. */
export function planGrowth(inputs: CapacityInputs): readonly GrowthYear[] {
  const years: GrowthYear[] = [{ year: 0, expectedQps: inputs.expectedQps, sizing: sizePops(inputs), actions: [] }];
  let { pops } = inputs;
  for (let year = 1; year <= inputs.horizonYears; year += 1) {
    const expectedQps = Math.round(inputs.expectedQps * (1 + inputs.growthPercentPerYear / 100) ** year);
    const before = years[year - 1]?.sizing ?? sizePops(inputs);
    const grown = { ...inputs, expectedQps, pops };
    const added = missingPops(grown);
    pops = withPops(pops, added);
    const sizing = sizePops({ ...grown, pops });
    // More servers of the same load each have less to keep; nobody makes a cache smaller for that.
    const cacheBytes = Math.max(...years.map((former) => former.sizing.cache.bytes));
    years.push({ year, expectedQps, sizing, actions: actionsOf({ before, cacheBytes, added }, sizing) });
  }
  return years;
}

/** No fleet takes more PoPs than this: 16 regions of 32. */
const mostPops = 512;

/**
 * How many PoPs more it takes until all have room; 0 when they have, and when more PoPs are of no use: because each has to
 * carry all of the load, or because no number is enough.
 */
function missingPops(inputs: CapacityInputs): number {
  if (inputs.popSizing === 'WholeLoadPerPop') return 0;
  const isEnough = (count: number) => sizePops({ ...inputs, pops: withPops(inputs.pops, count) }).missing === 0;
  let [tooFew, enough] = [-1, Math.max(0, mostPops - inputs.pops.length)];
  if (!isEnough(enough)) return 0;
  // With each PoP more there is less to carry for all, so that halving finds the fewest.
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** New PoPs have the limits of the largest, and take the mean share from all alike. */
function withPops(pops: readonly PopInputs[], count: number): readonly PopInputs[] {
  if (count === 0) return pops;
  const share = 100 / (pops.length + count);
  const left = (100 - count * share) / 100;
  const maxServers = Math.max(...pops.map((pop) => pop.maxServers));
  const minServers = Math.min(...pops.map((pop) => pop.minServers));
  const names = new Set(pops.map(({ name }) => name));
  const added: PopInputs[] = [];
  for (let number = 1; added.length < count; number += 1) {
    const name = `new-${number}`;
    if (!names.has(name)) added.push({ name, minServers, maxServers, sharePercent: share });
  }
  return [...pops.map((pop) => ({ ...pop, sharePercent: pop.sharePercent * left })), ...added];
}

interface Former {
  readonly before: Sizing;
  /** The largest cache of the years before. */
  readonly cacheBytes: number;
  /** PoPs that are new in this year. */
  readonly added: number;
}

function actionsOf({ before, cacheBytes, added }: Former, after: Sizing): readonly GrowthAction[] {
  const former = new Map(before.pops.map(({ name, servers }) => [name, servers]));
  const servers = after.pops.flatMap(({ name, servers: to }): GrowthAction[] => {
    const from = former.get(name);
    return from !== undefined && to > from ? [{ type: 'AddServers', pop: name, from, to }] : [];
  });
  const serversEach = after.pops.at(-1)?.servers ?? 0;
  return [
    ...(added > 0 ? [{ type: 'AddPops' as const, count: added, serversEach }] : []),
    ...servers,
    ...(after.cache.bytes > cacheBytes
      ? [{ type: 'EnlargeCache' as const, fromBytes: cacheBytes, toBytes: after.cache.bytes }]
      : []),
  ];
}
