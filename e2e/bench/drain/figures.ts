/** The figures, the goals, the table and the chart of a run of `make bench-drain`. Pure. */
import type { Chart, Panel } from '../chart.js';
import type { Goal } from '../report.js';
import { alignColumns } from '../../../operator/src/cli/grid.js';
import { phaseNames, phaseTitles, type PhaseName } from './options.js';
import type { PhaseResult } from './phases.js';

/** One phase of one contestant over all repeats. */
export interface PhaseFigures {
  readonly phase: PhaseName;
  readonly contestant: PhaseResult['contestant'];
  readonly sent: number;
  readonly lostUdp: number;
  /** After one retry on a new connection. */
  readonly lostTcp: number;
  readonly wrong: number;
  /** TCP connections that the server ended with a reset, or while queries waited; every such query was asked again. */
  readonly tcpCut: number;
  /** Queries over UDP that were asked to come over TCP, and did. */
  readonly truncated: number;
  /** Lost, by the kind of client, all transports together. */
  readonly lostByClient: Readonly<Record<string, number>>;
  /** Of names that were answered from the cache, in the worst repeat. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the action, in each repeat. */
  readonly seconds: readonly number[];
  /** Servers that left, in each repeat. */
  readonly left: readonly number[];
  /** Containers that were restarted, over all repeats; 0 unless the machine is too busy for what it is asked. */
  readonly restarts: number;
  /** What was wrong with the load itself; empty as a rule. */
  readonly objections: readonly string[];
}

export function computeFigures(results: readonly PhaseResult[]): PhaseFigures[] {
  return phaseNames.flatMap((phase) =>
    (['ours', 'plain'] as const).flatMap((contestant) => {
      const repeats = results.filter((each) => each.phase === phase && each.contestant === contestant);
      return repeats.length > 0 ? [figuresOf(phase, contestant, repeats)] : [];
    }),
  );
}

function figuresOf(
  phase: PhaseName,
  contestant: PhaseResult['contestant'],
  repeats: readonly PhaseResult[],
): PhaseFigures {
  const loads = repeats.map(({ load }) => load);
  const sum = (of: (load: PhaseResult['load']) => number) => loads.reduce((total, load) => total + of(load), 0);
  const overClients = (of: (client: PhaseResult['load']['clients'][string]) => number) =>
    sum(({ clients }) => Object.values(clients).reduce((total, client) => total + of(client), 0));
  const names = Object.keys(loads[0]?.clients ?? {});
  const lostOf = (name: string) =>
    sum(({ clients }) => (clients[name]?.udp.lost ?? 0) + (clients[name]?.tcp.lost ?? 0));
  return {
    phase,
    contestant,
    sent: sum(({ total }) => total.sent),
    lostUdp: sum(({ byTransport }) => byTransport.udp.lost),
    lostTcp: sum(({ byTransport }) => byTransport.tcp.lost),
    wrong: sum(({ total }) => total.wrong),
    tcpCut: overClients(({ connections }) => Math.max(connections.reset, connections.cutOff)),
    truncated: overClients(({ truncated }) => truncated),
    lostByClient: Object.fromEntries(names.map((name) => [name, lostOf(name)])),
    p50Ms: Math.max(...loads.map(({ latencyMs }) => latencyMs.cached.p50)),
    p99Ms: Math.max(...loads.map(({ latencyMs }) => latencyMs.cached.p99)),
    seconds: repeats.map(({ actionSeconds }) => actionSeconds),
    left: repeats.map(({ left }) => left),
    restarts: repeats.reduce((total, { restarts }) => total + restarts, 0),
    objections: loads.flatMap(({ objections }) => objections),
  };
}

/** Of ours: nothing is lost, nothing is answered wrongly, and the load was one that could tell. */
export function judgeGoals(figures: readonly PhaseFigures[]): Goal[] {
  const none = (name: string, unit: string, value: number): Goal => ({ name, value, unit, goal: 0, met: value <= 0 });
  const ours = figures.filter(({ contestant }) => contestant === 'ours');
  return [
    ...ours.map(({ phase, lostUdp, lostTcp }) => none(`lost in '${phaseTitles[phase]}'`, 'queries', lostUdp + lostTcp)),
    none(
      'wrong answers',
      'queries',
      sumOf(ours, ({ wrong }) => wrong),
    ),
    none(
      'objections to the load',
      'objections',
      sumOf(figures, ({ objections }) => objections.length),
    ),
  ];
}

/** One sentence for each goal that was missed. */
export function describeMissed(goals: readonly Goal[]): string[] {
  return goals
    .filter(({ met }) => !met)
    .map(({ name, value, unit, goal }) => `${name}: ${value} ${unit}, where ${goal} are allowed`);
}

/** A table for the terminal. */
export function tabulate(figures: readonly PhaseFigures[]): string {
  const head = [
    'phase',
    '',
    'sent',
    'lost UDP',
    'lost TCP',
    'TCP cut',
    'to TCP',
    'p50 ms',
    'p99 ms',
    'servers',
    'seconds',
  ];
  const rows = figures.map((row) =>
    [
      ...[
        phaseTitles[row.phase],
        row.contestant,
        row.sent,
        row.lostUdp,
        row.lostTcp,
        row.tcpCut,
        row.truncated,
        row.p50Ms,
        row.p99Ms,
      ],
      ...[row.left.join(', '), row.seconds.join(', ')],
    ].map(String),
  );
  return alignColumns([head, ...rows]);
}

/** Losses by the kind of client, for the terminal. */
export function tabulateClients(figures: readonly PhaseFigures[]): string {
  const names = Object.keys(figures[0]?.lostByClient ?? {});
  const rows = figures.map(({ phase, contestant, lostByClient }) => [
    ...[phaseTitles[phase], contestant],
    ...names.map((name) => String(lostByClient[name] ?? 0)),
  ]);
  return alignColumns([['lost', '', ...names], ...rows]);
}

const colors = { ours: '#1f77b4', plain: '#d62728' } as const;

export function drainChart(results: readonly PhaseResult[], subtitle: string): Chart {
  const ours = results.filter(({ contestant }) => contestant === 'ours');
  const perSecond = (title: string, of: (second: PhaseResult['load']['timeline'][number]) => number): Panel => ({
    title,
    series: (['ours', 'plain'] as const).map((contestant) => ({
      label: contestant === 'ours' ? 'dnsfleet' : 'plain Deployment',
      color: colors[contestant],
      points: results
        .filter((each) => each.contestant === contestant)
        .flatMap(({ startSecond, load }) =>
          load.timeline.map((second, index) => [startSecond + index, of(second)] as const),
        ),
    })),
  });
  return {
    title: 'Servers leave: a fleet, and a plain Deployment with a preStop that sleeps 5 s',
    subtitle,
    axis: 'minutes since the first phase',
    bands: ours.map(({ phase, startSecond, load }) => ({
      label: phaseTitles[phase],
      fromSeconds: startSecond,
      toSeconds: startSecond + load.durationSeconds,
    })),
    panels: [
      perSecond('Queries lost, of those sent in each second', ({ lost }) => lost),
      perSecond('Queries answered, of those sent in each second', ({ answered }) => answered),
    ],
  };
}

const sumOf = (figures: readonly PhaseFigures[], of: (row: PhaseFigures) => number): number =>
  figures.reduce((sum, row) => sum + of(row), 0);
