/** The figures, the goals and the chart of the simulated runs. Pure. */
import type { Chart, Series } from './chart.js';
import { atMost, type Goal } from './report.js';
import { capacityQps, redundancy, type Run, type Second } from './scale-simulation-run.js';
import { alignColumns } from '../../operator/src/cli/grid.js';

export interface PolicyFigures {
  readonly policy: string;
  /** Changes of the number of servers: mean and most of a run. */
  readonly scaleEvents: { readonly mean: number; readonly most: number };
  readonly growths: number;
  readonly shrinks: number;
  /** Growths of a run that did not wait for the cool-down. */
  readonly emergencies: number;
  /** Load by the capacity of all servers that serve, over all seconds of all runs. */
  readonly utilizationPercent: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Of a run, with servers that start or drain. */
  readonly serverHours: number;
  /** Seconds of a run in which the load was more than the serving servers can answer. */
  readonly secondsAbove100Percent: number;
  /** Seconds of a run in which it would have been if two of them had died. */
  readonly secondsWithoutRedundancy: number;
}

export function computeFigures(policy: string, runs: readonly Run[]): PolicyFigures {
  const mean = (of: (run: Run) => number) => round(runs.reduce((sum, run) => sum + of(run), 0) / runs.length);
  const events = ({ growths, shrinks }: Run) => growths + shrinks;
  const secondsOver = (spare: number) => (run: Run) =>
    run.seconds.filter(({ queriesPerSecond, serving }) => queriesPerSecond > (serving - spare) * capacityQps).length;
  const utilizations = Float64Array.from(runs.flatMap(({ seconds }) => seconds.map(percentUsed))).sort();
  const percentile = (percent: number) =>
    round(utilizations[Math.ceil((utilizations.length * percent) / 100) - 1] ?? Number.NaN);
  return {
    policy,
    scaleEvents: { mean: mean(events), most: Math.max(...runs.map(events)) },
    growths: mean(({ growths }) => growths),
    shrinks: mean(({ shrinks }) => shrinks),
    emergencies: mean(({ emergencies }) => emergencies),
    utilizationPercent: { p50: percentile(50), p95: percentile(95), p99: percentile(99) },
    serverHours: mean(({ seconds }) => seconds.reduce((sum, { pods }) => sum + pods, 0) / 3600),
    secondsAbove100Percent: mean(secondsOver(0)),
    secondsWithoutRedundancy: mean(secondsOver(redundancy)),
  };
}

const percentUsed = ({ queriesPerSecond, serving }: Second): number =>
  (100 * queriesPerSecond) / (serving * capacityQps);

export function judgeGoals(ours: PolicyFigures, peer: PolicyFigures): Goal[] {
  const eventsOf = ({ scaleEvents }: PolicyFigures) => scaleEvents.mean;
  return [
    atMost('scale events', 'a run', { value: eventsOf(ours), goal: eventsOf(peer) }),
    atMost('seconds above 100 %', 's a run', { value: ours.secondsAbove100Percent, goal: 0 }),
    atMost('seconds without redundancy', 's a run', {
      value: ours.secondsWithoutRedundancy,
      goal: peer.secondsWithoutRedundancy,
    }),
  ];
}

/** A table for the terminal. */
export function tabulate(figures: readonly PolicyFigures[]): string {
  const rows = [
    ['', ...figures.map(({ policy }) => policy)],
    ['scale events, mean (most)', ...figures.map(({ scaleEvents: { mean, most } }) => `${mean} (${most})`)],
    ['growths / shrinks', ...figures.map(({ growths, shrinks }) => `${growths} / ${shrinks}`)],
    ['growths before the end of the cool-down', ...figures.map(({ emergencies }) => String(emergencies))],
    [
      'utilization p50 / p95 / p99, %',
      ...figures.map(({ utilizationPercent: { p50, p95, p99 } }) => `${p50} / ${p95} / ${p99}`),
    ],
    ['server-hours', ...figures.map(({ serverHours }) => String(serverHours))],
    ['seconds above 100 %', ...figures.map(({ secondsAbove100Percent }) => String(secondsAbove100Percent))],
    [
      `seconds above 100 % if ${redundancy} servers died`,
      ...figures.map(({ secondsWithoutRedundancy }) => String(secondsWithoutRedundancy)),
    ],
  ];
  return alignColumns(rows);
}

/** Points of a chart are so many seconds apart. */
const everySeconds = 5;

export interface NamedRun {
  readonly policy: string;
  readonly color: string;
  readonly run: Run;
}

export function simulationChart(runs: readonly NamedRun[], subtitle: string): Chart {
  const series = (of: (second: Second) => number): Series[] =>
    runs.map(({ policy: label, color, run }) => ({ label, color, points: pointsOf(run, of) }));
  const [first] = runs;
  return {
    title: 'A pool under a load of two hours, in simulated time',
    subtitle,
    bands: [],
    axis: 'minutes',
    panels: [
      {
        title: 'Load, 1,000 queries/s',
        series: first
          ? [{ label: 'queries', color: '#777', points: pointsOf(first.run, (at) => at.queriesPerSecond / 1000) }]
          : [],
      },
      { title: 'Servers that serve', series: series(({ serving }) => serving) },
      {
        title: 'Utilization of them, %',
        series: series(percentUsed),
        limit: { value: 100, label: 'queries are lost above' },
      },
    ],
  };
}

const pointsOf = ({ seconds }: Run, of: (second: Second) => number): Series['points'] =>
  seconds.flatMap((second, at) => (at % everySeconds === 0 ? [[at, of(second)] as const] : []));

const round = (value: number): number => Math.round(value * 10) / 10;
