/** Load against capacity as bars of text: one column for each two seconds of the day. Pure. */
import { playSeconds, timeAt } from './curve.js';
import type { Sample } from './story.js';
import type { Piece } from './style.js';

const eighths = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const graphColumns = 60;
const graphRows = 7;
/** The least top of the axis, and its step, in queries per second. */
const axisStep = 500;
/** Characters of the axis before the graph. */
const margin = 6;

interface Column {
  readonly queriesPerSecond: number;
  readonly carried: number;
}

/** The graph with its axes: the same number of lines whatever the samples. */
export function drawGraph(samples: readonly Sample[]): readonly (readonly Piece[])[] {
  // What follows after the day must find room too.
  const span = Math.max(playSeconds, samples.at(-1)?.second ?? 0);
  const columns = gather(samples, span);
  const highest = Math.max(1, ...samples.flatMap(({ queriesPerSecond, carried }) => [queriesPerSecond, carried]));
  const top = Math.ceil(highest / axisStep) * axisStep;
  const rows = Array.from({ length: graphRows }, (_, index) => {
    const row = graphRows - 1 - index;
    const label = row === graphRows - 1 ? String(top) : row === 0 ? '0' : '';
    return [label.padStart(margin - 2), ' │', ...columns.map((column) => cell(column, (row * top) / graphRows, top))];
  });
  return [...rows, [' '.repeat(margin - 1) + '└' + '─'.repeat(graphColumns)], [timeAxis(span)]];
}

/** The highest load and the last capacity of each column; undefined where nothing was seen. */
function gather(samples: readonly Sample[], span: number): readonly (Column | undefined)[] {
  const columns = new Array<Column | undefined>(graphColumns).fill(undefined);
  for (const { second, queriesPerSecond, carried } of samples) {
    const index = Math.min(graphColumns - 1, Math.floor((second * graphColumns) / span));
    columns[index] = { queriesPerSecond: Math.max(columns[index]?.queriesPerSecond ?? 0, queriesPerSecond), carried };
  }
  return columns;
}

/** One character: the part of the bar that lies between `from` and the next row, else the line of the capacity. */
function cell(column: Column | undefined, from: number, top: number): Piece {
  if (!column) return ' ';
  const height = top / graphRows;
  const filled = Math.round(((column.queriesPerSecond - from) / height) * 8);
  const isOver = column.queriesPerSecond > column.carried;
  if (filled > 0) return [eighths[Math.min(8, filled)] ?? '█', isOver ? 'red' : 'blue'];
  // A capacity that is just the top of a row is drawn in it.
  const isHere = column.carried > from && column.carried <= from + height;
  return isHere ? ['─', 'green'] : ' ';
}

function timeAxis(span: number): string {
  const line = new Array<string>(margin + graphColumns + 5).fill(' ');
  for (let hours = 0; hours <= 24; hours += 6) {
    const second = (hours * playSeconds) / 24;
    const at = margin + Math.floor((second * graphColumns) / span) - 2;
    line.splice(Math.max(0, at), 5, ...Array.from(timeAt(second)));
  }
  return line.join('').trimEnd();
}
