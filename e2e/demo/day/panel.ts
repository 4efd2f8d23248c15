/** The live view of the day: a story as the lines of a panel, or as one line where nothing can be redrawn. Pure. */
import { thousands } from '../../../operator/src/planning/thousands.js';
import { playSeconds, timeAt } from './curve.js';
import { drawGraph } from './graph.js';
import type { Happening, Sample, ServerState, Story } from './story.js';
import { paint, type Color, type Piece, type Surface } from './style.js';

/** Room for the panel; with less, lines are printed one after the other. */
export const leastColumns = 72;

const looks: Readonly<Record<ServerState, readonly [string, Color]>> = {
  serving: ['●', 'green'],
  starting: ['○', 'yellow'],
  draining: ['◐', 'magenta'],
};
const states: readonly ServerState[] = ['serving', 'starting', 'draining'];

const happeningColors: Readonly<Record<Happening['type'], Color>> = {
  Grow: 'yellow',
  Shrink: 'magenta',
  Drained: 'green',
  Unproven: 'red',
};

/** How many of the last happenings are shown. */
const shownHappenings = 6;
const barColumns = 50;
const thresholds = [30, 70];

const none: Sample = { second: 0, queriesPerSecond: 0, servers: { starting: 0, serving: 0, draining: 0 }, carried: 0 };

/** The panel: the same number of lines for every story. */
export function renderPanel(story: Story, surface: Surface): readonly string[] {
  const { samples, capacity, second, verdict } = story;
  const now = samples.at(-1) ?? none;
  const rows: readonly (readonly Piece[])[] = [
    [['A day in two minutes', 'bold'], `   ${timeAt(second)}   ${clock(second)}`],
    [],
    ['queries/s   ', ['█', 'blue'], ' sent   ', ['─', 'green'], ` carried beside ${capacity.redundancy} to spare`],
    ...drawGraph(samples),
    [],
    [
      label('Load'),
      `${thousands(now.queriesPerSecond)} queries/s, of ${thousands(now.carried)} that the serving servers carry`,
    ],
    [label('Utilization'), ...utilizationBar(now.utilizationPercent)],
    [label('Servers'), ...serverRow(story)],
    [label('Queries'), ...queryRow(story)],
    [label('Autoscaler'), verdict],
    [],
    ...happeningRows(story.happenings),
  ];
  return rows.map((row) => paint(row, surface));
}

/** The same in one line, for a log. */
export function renderLine({ samples, counts, second, happenings }: Story): string {
  const now = samples.at(-1) ?? none;
  const last = happenings.at(-1);
  const share = now.utilizationPercent === undefined ? '' : ` (${now.utilizationPercent} %)`;
  return [
    `${timeAt(second)} ${clock(second).padStart(12)}`,
    `${thousands(now.queriesPerSecond)} of ${thousands(now.carried)} queries/s${share}`,
    describeServers(now.servers),
    `${thousands(counts.answered)} answered, ${thousands(counts.lost)} lost`,
    ...(last ? [`last: ${timeAt(last.second)} ${describeHappening(last)}`] : []),
  ].join(' | ');
}

/** A happening in a few words. */
export function describeHappening({ type, change, reason, message }: Happening): string {
  if (change) return `${change[0]} → ${change[1]} servers: ${reason}`;
  return type === 'Drained' ? 'drained, proven quiet' : `drain not proven: ${message}`;
}

/** `1 serving, 2 starting`; states without a server are left out. */
export function describeServers(servers: Sample['servers']): string {
  const parts = states.filter((state) => servers[state] > 0).map((state) => `${servers[state]} ${state}`);
  return parts.length === 0 ? 'no server' : parts.join(', ');
}

const clock = (second: number): string =>
  second <= playSeconds
    ? `${Math.floor(second)} of ${playSeconds} s`
    : `the day is over; waiting for the first drain to end, ${Math.floor(second)} s`;

const label = (text: string): string => text.padEnd(13);

function utilizationBar(percent: number | undefined): readonly Piece[] {
  if (percent === undefined) return [['nothing but spare servers', 'red']];
  const filled = Math.min(barColumns, Math.round((percent * barColumns) / 100));
  const bar = Array.from({ length: barColumns }, (_, index): string => {
    const isThreshold = thresholds.some((threshold) => Math.round((threshold * barColumns) / 100) === index);
    return isThreshold ? '│' : index < filled ? '█' : '·';
  }).join('');
  const color = percent > 90 ? 'red' : percent > 70 ? 'yellow' : 'green';
  return [`${percent} % `.padStart(6), [bar.slice(0, filled), color], [bar.slice(filled), 'dim'], ' 30 and 70 %'];
}

function serverRow({ servers }: Story): readonly Piece[] {
  const present = [...servers.values()];
  const counts = { serving: 0, starting: 0, draining: 0 };
  for (const state of present) counts[state] += 1;
  const symbols = states.map((state): Piece => {
    const [symbol, color] = looks[state];
    return [`${symbol} `.repeat(counts[state]), color];
  });
  return [...symbols, `  ${describeServers(counts)}`];
}

function queryRow({ counts }: Story): readonly Piece[] {
  const { sent, answered, lost, wrong } = counts;
  const waiting = thousands(sent - answered - lost);
  const bad: Color = lost > 0 ? 'red' : 'green';
  const wrongs: readonly Piece[] = wrong > 0 ? [[`, ${thousands(wrong)} wrong`, 'red']] : [];
  return [`${thousands(answered)} answered, ${waiting} waiting, `, [`${thousands(lost)} lost`, bad], ...wrongs];
}

function happeningRows(happenings: readonly Happening[]): readonly (readonly Piece[])[] {
  const shown = happenings.slice(-shownHappenings);
  return Array.from({ length: shownHappenings }, (_, index): readonly Piece[] => {
    const happening = shown[index];
    if (!happening) return [];
    return [`${timeAt(happening.second)}  `, [describeHappening(happening), happeningColors[happening.type]]];
  });
}
