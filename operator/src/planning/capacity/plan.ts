/** The capacity plan of a fleet: its PoPs for the expected load, what gives way first, and the years to come. */
import { utilization } from '../utilization.js';
import { planGrowth } from './growth.js';
import { shareOf, sizePops } from './sizing.js';
import type { CapacityInputs, CapacityProposal, FirstLimit, PopInputs, Sizing } from './types.js';

/** Computes the plan. `inputs` are sound (`findInputProblems` says nothing). */
export function planCapacity(inputs: CapacityInputs): CapacityProposal {
  const sizing = sizePops(inputs);
  return { ...sizing, firstLimit: findFirstLimit(inputs, sizing), years: planGrowth(inputs) };
}

/** The PoP that has the least room for its planned load when its spare servers are lost. */
function findFirstLimit(inputs: CapacityInputs, { pops }: Sizing): FirstLimit {
  const { expectedQps, capacityQps, targetUtilizationPercent, redundancy } = inputs;
  const limits = pops.map(({ name, plannedQps: load, servers }) => {
    const room = (Math.max(0, servers - redundancy) * capacityQps * targetUtilizationPercent) / 100;
    return { pop: name, expectedQps: Math.floor(shareOf(expectedQps, room, load)) };
  });
  return limits.reduce((least, limit) => (limit.expectedQps < least.expectedQps ? limit : least));
}

/** What a PoP would have to carry if another were lost, against its servers without the spare ones. */
export interface LossOutcome {
  readonly name: string;
  readonly queriesPerSecond: number;
  readonly servers: number;
  /** Infinity when the redundancy leaves no server. */
  readonly utilizationPercent: number;
  readonly holds: boolean;
}

/** What remains when the PoP `lost` is gone and its clients go to the others in proportion to their shares. */
export function losePop(inputs: CapacityInputs, { pops }: Sizing, lost: PopInputs): readonly LossOutcome[] {
  const rest = inputs.pops.filter(({ name }) => name !== lost.name);
  const { capacityQps, redundancy, targetUtilizationPercent } = inputs;
  return rest.map(({ name, sharePercent }) => {
    const queriesPerSecond = shareOf(inputs.expectedQps, sharePercent, 100 - lost.sharePercent);
    const servers = pops.find((pop) => pop.name === name)?.servers ?? 0;
    const utilizationPercent = 100 * utilization({ queriesPerSecond, serving: servers, redundancy, capacityQps });
    return {
      name,
      queriesPerSecond,
      servers,
      utilizationPercent,
      holds: utilizationPercent <= targetUtilizationPercent,
    };
  });
}

/** Room for rounding: thirds of 100 do not add up to it. */
const shareTolerance = 0.01;

/** What is wrong with the inputs, each named with its value and what would be right; empty when they are sound. */
export function findInputProblems(inputs: CapacityInputs): readonly string[] {
  const { pops } = inputs;
  const shares = pops.reduce((sum, { sharePercent }) => sum + sharePercent, 0);
  const names = pops.map(({ name }) => name);
  const double = names.find((name, at) => names.indexOf(name) !== at);
  return [
    ...between('expectedQps', inputs.expectedQps, [1, 1e12]),
    ...between('capacityQps', inputs.capacityQps, [1, 1e9]),
    ...between('targetUtilizationPercent', inputs.targetUtilizationPercent, [1, 100]),
    ...between('redundancy', inputs.redundancy, [0, 100]),
    ...between('growthPercentPerYear', inputs.growthPercentPerYear, [0, 1000]),
    ...between('horizonYears', inputs.horizonYears, [0, 20]),
    ...between('entryBytes', inputs.entryBytes, [1, 1e6]),
    ...between('the number of PoPs', pops.length, [1, 512]),
    ...(double === undefined ? [] : [`the PoP ${double} is named twice: every PoP needs a name of its own`]),
    ...pops.flatMap((pop) => popProblems(pop)),
    ...(pops.length > 0 && Math.abs(shares - 100) > shareTolerance
      ? [`the shares of the PoPs add up to ${Number(shares.toFixed(2))}: they must add up to 100`]
      : []),
    ...(takesAll(inputs) ? ['a share of 100 leaves nothing for the other PoPs: give each a share above 0'] : []),
  ];
}

function popProblems({ name, minServers, maxServers, sharePercent }: PopInputs): readonly string[] {
  return [
    ...between(`${name}: the share`, sharePercent, [0, 100]),
    ...between(`${name}: minServers`, minServers, [1, 1000]),
    ...between(`${name}: maxServers`, maxServers, [Math.max(1, minServers), 1000]),
  ];
}

/** The planned load of the others would be infinite. */
const takesAll = ({ pops }: CapacityInputs): boolean =>
  pops.length > 1 && pops.some(({ sharePercent }) => sharePercent >= 100);

function between(what: string, value: number, [least, most]: readonly [number, number]): readonly string[] {
  if (value >= least && value <= most) return [];
  return [`${what} is ${value}: it must be between ${least} and ${most}`];
}
