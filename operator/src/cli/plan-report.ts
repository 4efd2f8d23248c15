/** A proposal in words and tables. Pure. */
import { countOf } from '../planning/autoscale/messages.js';
import { thousands } from '../planning/thousands.js';
import type { LossOutcome } from '../planning/capacity/plan.js';
import type { CapacityProposal, GrowthAction, GrowthYear } from '../planning/capacity/types.js';
import { alignGrid, type Grid, markdownGrid } from './grid.js';
import type { PlanRequest } from './plan-inputs.js';

export interface PlanResult extends PlanRequest {
  readonly proposal: CapacityProposal;
  /** What is left when `lost` is; absent when nobody asked. */
  readonly loss?: readonly LossOutcome[];
  /** Every PoP carries its load with its spare servers lost, also after the loss that was asked for. */
  readonly keepsRedundancy: boolean;
}

/** The proposal for people, as aligned text or as Markdown. */
export function renderPlan(result: PlanResult, format: 'table' | 'markdown'): string {
  const grid = format === 'table' ? alignGrid : markdownGrid;
  const heading = (text: string) => (format === 'table' ? text : `## ${text}`);
  const { inputs, proposal, fleet, lost, loss } = result;
  const { redundancy, targetUtilizationPercent: target } = inputs;
  const title = `${fleet === undefined ? 'New fleet' : `Fleet ${fleet}`}: ${qps(inputs.expectedQps)} expected`;
  const basis = `${qps(inputs.capacityQps)} a server, ${target} % planned for, ${redundancy} of each PoP to spare, ${inputs.popSizing}.`;
  return [
    heading(title),
    basis,
    '',
    grid(popGrid(result)),
    '',
    ...summary(result),
    '',
    heading(`Growth of ${inputs.growthPercentPerYear} % a year`),
    grid(growthGrid(proposal.years)),
    ...(lost && loss ? ['', heading(`Without ${lost.name}`), grid(lossGrid(loss)), ...lossSummary(loss, target)] : []),
    '',
  ].join('\n');
}

function popGrid({ inputs, proposal, fleet }: PlanResult): Grid {
  const hasToday = fleet !== undefined;
  const rows = proposal.pops.map(({ name, plannedQps, servers, missing, sum }, at) => {
    const { sharePercent = 0, minServers = 0, maxServers = 0 } = inputs.pops[at] ?? {};
    const today = hasToday ? [`${minServers}..${maxServers}`] : [];
    return [
      name,
      percent(sharePercent),
      thousands(plannedQps),
      ...today,
      String(servers),
      missing > 0 ? String(missing) : '',
      sum,
    ];
  });
  return {
    columns: [
      { title: 'PoP', align: 'left' },
      { title: 'Share', align: 'right' },
      { title: 'Planned q/s', align: 'right' },
      ...(hasToday ? [{ title: 'Min..max', align: 'right' as const }] : []),
      { title: 'Servers', align: 'right' },
      { title: 'Missing', align: 'right' },
      { title: 'Why', align: 'left' },
    ],
    rows,
  };
}

function summary({ inputs, proposal }: PlanResult): readonly string[] {
  const { servers, mostQps, targetQps, firstLimit, cache, missing } = proposal;
  const { targetUtilizationPercent: target, redundancy } = inputs;
  return [
    `${countOf(servers)} answer ${qps(mostQps)} at their limit, and ${qps(targetQps)} at ${target} %.`,
    `${firstLimit.pop} is the first at its limit: at ${qps(firstLimit.expectedQps)} of the whole fleet, with ${countOf(redundancy)} lost.`,
    `The cache of a server takes ${mebibytes(cache.bytes)}: ${thousands(cache.names)} names of ${inputs.entryBytes} bytes.`,
    ...(missing > 0
      ? [`${countOf(missing)} missing: the PoPs do not keep ${redundancy} to spare within their maxServers.`]
      : []),
  ];
}

function growthGrid(years: readonly GrowthYear[]): Grid {
  return {
    columns: [
      { title: 'Year', align: 'right' },
      { title: 'Queries/s', align: 'right' },
      { title: 'PoPs', align: 'right' },
      { title: 'Servers', align: 'right' },
      { title: 'Missing', align: 'right' },
      { title: 'To do', align: 'left' },
    ],
    rows: years.map(({ year, expectedQps, sizing, actions }) => [
      String(year),
      thousands(expectedQps),
      String(sizing.pops.length),
      String(sizing.servers),
      sizing.missing > 0 ? String(sizing.missing) : '',
      tellActions(actions, sizing.missing),
    ]),
  };
}

function tellActions(actions: readonly GrowthAction[], missing: number): string {
  const servers = actions.flatMap((action) => (action.type === 'AddServers' ? [action] : []));
  const added = servers.reduce((sum, { from, to }) => sum + to - from, 0);
  const parts = actions.flatMap((action) => {
    if (action.type === 'AddPops') return [`add ${countOf(action.count, 'PoP')} of ${countOf(action.serversEach)}`];
    if (action.type === 'EnlargeCache') {
      return [`enlarge the cache to ${mebibytes(action.toBytes)}`];
    }
    return [];
  });
  return [
    ...(added > 0 ? [`add ${countOf(added)} in ${countOf(servers.length, 'PoP')}`] : []),
    ...parts,
    ...(missing > 0 ? [`raise maxServers: ${missing} more are needed`] : []),
  ].join(', ');
}

function lossGrid(loss: readonly LossOutcome[]): Grid {
  return {
    columns: [
      { title: 'PoP', align: 'left' },
      { title: 'Queries/s', align: 'right' },
      { title: 'Servers', align: 'right' },
      { title: 'Utilization', align: 'right' },
    ],
    rows: loss.map(({ name, queriesPerSecond, servers, utilizationPercent }) => [
      name,
      thousands(queriesPerSecond),
      String(servers),
      Number.isFinite(utilizationPercent) ? percent(utilizationPercent) : 'no server left',
    ]),
  };
}

function lossSummary(loss: readonly LossOutcome[], target: number): readonly string[] {
  const over = loss.filter(({ holds }) => !holds).map(({ name }) => name);
  return ['', over.length === 0 ? `All stay at or below ${target} %.` : `Above ${target} %: ${over.join(', ')}.`];
}

const qps = (value: number): string => `${thousands(value)} queries/s`;
const percent = (value: number): string => `${Number(value.toFixed(1))} %`;
const mebibytes = (bytes: number): string => `${thousands(Math.ceil(bytes / 2 ** 20))} MiB`;
