/** The result of a benchmark as a file for programs and one line for people, in the form that all benchmarks share. */
import type { Figures } from './figures.js';
import type { Machine } from './machine.js';
import type { BenchOptions } from './options.js';

export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most that `value` may be. */
  readonly goal: number;
  readonly met: boolean;
}

export interface Report {
  readonly name: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly inputs: BenchOptions & {
    /** The limit of the operator's memory, in megabytes; absent if it had none. */
    readonly memoryLimitMb?: number;
  };
  readonly figures: Figures;
  readonly goals: readonly Goal[];
}

/** What a share of one core the operator may take to follow 5,000 servers in 1,000 pools at rest, in percent. */
const followPercent = 30;
/** The memory limit of the chart, in megabytes of 1,000,000 bytes. */
const memoryLimitMb = 536.9;

/** A goal that `value` may reach and not pass. */
export function atMost(name: string, unit: string, { value, goal }: { value: number; goal: number }): Goal {
  return { name, value, unit, goal, met: value <= goal };
}

/** The goals of `make bench-operator`, each judged by the worst of several measurements. */
export function judgeGoals({ rest, restarts, changes, grown }: Figures): Goal[] {
  const graceful = restarts.filter(({ after }) => after === 'SIGTERM');
  const worst = (values: readonly number[]) => Math.max(...values);
  return [
    atMost('writes at rest', 'writes', { value: rest.writes, goal: 0 }),
    atMost('writes after a restart', 'writes', { value: worst(restarts.map(({ writes }) => writes)), goal: 0 }),
    atMost('restart to synced', 's', { value: worst(graceful.map(({ syncedSeconds }) => syncedSeconds)), goal: 10 }),
    atMost('restart to all reconciled', 's', {
      value: worst(graceful.map(({ reconciledSeconds }) => reconciledSeconds)),
      goal: 10,
    }),
    atMost('RSS at rest', 'MB', {
      value: worst([rest.rssMb?.most ?? Number.NaN, ...restarts.map(({ rssMb }) => rssMb)]),
      goal: 250,
    }),
    atMost('objects of others touched by one change', 'objects', {
      value: worst(changes.map(({ objectsOfOthers }) => objectsOfOthers.length)),
      goal: 0,
    }),
    ...(grown ? judgeGrown(grown) : []),
  ];
}

/** The goals of the part with several servers in each pool. */
function judgeGrown({ servers, rest, freshServers }: NonNullable<Figures['grown']>): Goal[] {
  const all = `${servers} servers`;
  const [cpuPercent, peakMb] = [rest.cpuPercent ?? Number.NaN, rest.peakMb ?? Number.NaN];
  return [
    atMost(`processor at rest, ${all}`, '% of a core', { value: cpuPercent, goal: followPercent }),
    atMost(`writes at rest, ${all}`, 'writes', { value: rest.writes, goal: 0 }),
    atMost(`most RSS, ${all}`, 'MB', { value: peakMb, goal: memoryLimitMb }),
    atMost(`not fresh of ${all}`, 'servers', { value: servers - freshServers, goal: 0 }),
  ];
}

/** Such as `RSS at rest 245 MB (goal 250)`. */
export function describeGoal({ name, value, unit, goal, met }: Goal): string {
  return `${name} ${value} ${unit} (${met ? 'goal' : 'MISSED, goal'} ${goal})`;
}

/** All that matters, in one line. */
export function summarize({ name, inputs, figures, goals }: Report): string {
  const { create, rest } = figures;
  const results = goals.map(describeGoal);
  return [
    `${name}: ${inputs.fleets} fleets x ${inputs.pops} PoPs`,
    `settled in ${create.settledSeconds} s with ${create.writes} writes`,
    `CPU at rest ${rest.cpuPercent ?? 0} % of a core`,
    ...results,
  ].join('; ');
}
