/** The chart of `make bench-scale`: the minute after the step, as the mean of the counted steps of each. Pure. */
import type { Span } from '../../traffic/ledger.js';
import type { Chart, Series } from '../chart.js';
import { countedSeconds, serversAfter } from './inputs.js';
import type { StepRun } from './step.js';

export interface ChartedScaler {
  readonly title: string;
  readonly color: string;
  readonly runs: readonly StepRun[];
}

export function scaleChart(scalers: readonly ChartedScaler[], subtitle: string): Chart {
  const series = (of: (run: StepRun, second: number) => number): Series[] =>
    scalers
      .map(({ title, color, runs }) => ({ title, color, counted: runs.filter(({ isCounted }) => isCounted) }))
      .filter(({ counted }) => counted.length > 0)
      .map(({ title: label, color, counted }) => ({
        label,
        color,
        points: Array.from({ length: countedSeconds }, (_, second) => {
          const sum = counted.reduce((total, run) => total + of(run, second), 0);
          return [second, sum / counted.length] as const;
        }),
      }));
  const rate = (of: (span: Span) => number) =>
    series(({ seconds }, second) => {
      const span = seconds[second];
      return span ? of(span) : 0;
    });
  return {
    title: 'A step of the load, from 40 to 140 % of what the servers carry',
    subtitle,
    bands: [],
    axis: 'minutes since the step',
    panels: [
      {
        title: 'Servers that serve',
        series: series(servingAt),
        limit: { value: serversAfter, label: 'what the load takes' },
      },
      { title: 'Lost, queries/s', series: rate(({ lost }) => lost) },
      { title: 'Slower than 100 ms, queries/s', series: rate(({ delayed }) => delayed) },
    ],
  };
}

export function servingAt({ serving }: Pick<StepRun, 'serving'>, second: number): number {
  return serving.findLast(({ atSecond }) => atSecond <= second)?.serving ?? 0;
}
