/** The chart of a run of `make bench-operator`: requests, memory and processor over time. Pure. */
import type { ApiRequest } from './audit.js';
import type { Chart, Series } from './chart.js';
import type { Measurement } from './measurement.js';
import type { BenchOptions } from './options.js';
import type { Usage } from './proc.js';
import { isLease, isWrite } from './requests.js';

/** Requests are counted in steps of so many seconds. */
const stepSeconds = 5;

export function operatorChart(measurement: Measurement, { fleets, pops }: BenchOptions): Chart {
  const { create, watched, rest, restarts, changes, grown, usage, requests } = measurement;
  const phases = [create, watched, rest, ...[...restarts, ...changes].map(({ phase }) => phase)];
  if (grown) phases.push(grown.growth, grown.watched, grown.rest);
  const { startMs } = create;
  const since = (ms: number) => (ms - startMs) / 1000;
  const rate = (label: string, color: string, belongs: (request: ApiRequest) => boolean): Series => ({
    label,
    color,
    points: ratesOf(requests.filter(belongs).map(({ atMs }) => since(atMs))),
  });
  const seen = usage.filter(({ atMs }) => atMs >= startMs);
  const memory = seen.map(({ atMs, rssMb }) => [since(atMs), rssMb] as const);
  const processor = cpuPercents(seen).map(([atMs, percent]) => [since(atMs), percent] as const);
  return {
    title: `The operator with ${fleets} fleets of ${pops} PoPs`,
    subtitle: 'requests by the audit log of the API server; memory and processor by the kernel',
    bands: phases
      .filter((phase) => phase.endMs > phase.startMs)
      .map((phase) => ({ label: phase.name, fromSeconds: since(phase.startMs), toSeconds: since(phase.endMs) })),
    panels: [
      {
        title: 'Requests to the API server, per second',
        series: [
          rate('reads', '#1f77b4', (request) => !isWrite(request) && !isLease(request)),
          rate('writes', '#d62728', (request) => isWrite(request) && !isLease(request)),
          rate('the lease', '#777', isLease),
        ],
      },
      {
        title: 'Resident memory, MB',
        series: [{ label: 'RSS', color: '#1f77b4', points: memory }],
        limit: { value: 250, label: 'goal at rest: 250 MB' },
      },
      {
        title: 'Processor, % of one core',
        series: [{ label: 'user and system', color: '#1f77b4', points: processor }],
      },
    ],
  };
}

/** Events per second in steps, without a hole where there are none. */
export function ratesOf(secondsOfEvents: readonly number[]): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  let last = 0;
  for (const second of secondsOfEvents) {
    if (second < 0) continue;
    const step = Math.floor(second / stepSeconds);
    counts.set(step, (counts.get(step) ?? 0) + 1);
    last = Math.max(last, step);
  }
  return Array.from({ length: last + 1 }, (_, step) => [
    (step + 0.5) * stepSeconds,
    (counts.get(step) ?? 0) / stepSeconds,
  ]);
}

/** The share of one core between each two samples; none across a restart, where the count begins anew. */
export function cpuPercents(usage: readonly Usage[]): (readonly [number, number])[] {
  return usage.flatMap((sample, index) => {
    const before = usage[index - 1];
    if (!before || sample.cpuSeconds < before.cpuSeconds) return [];
    const seconds = (sample.atMs - before.atMs) / 1000;
    return [[sample.atMs, (100 * (sample.cpuSeconds - before.cpuSeconds)) / seconds] as const];
  });
}
