/** Draws a run as SVG: panels over one time axis, with the phases of the run behind them. Pure. */
import { drawMoments, placeMoments, rowHeight, type Moment } from './chart-moments.js';
import { fixed, text, ticks, widthOf } from '../../operator/src/cli/svg.js';

export interface Series {
  readonly label: string;
  readonly color: string;
  /** [seconds since the start, value] in order of time; a gap of more than ten seconds breaks the line. */
  readonly points: readonly (readonly [number, number])[];
  /** Each value holds until the next, instead of a straight line between them. */
  readonly isStepped?: boolean;
}

/** A line across the panel. */
export interface Limit {
  readonly value: number;
  readonly label: string;
}

export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  /** Areas, each upon the one before; all have points at the same seconds. */
  readonly stack?: readonly Series[];
  /** What should not be passed. */
  readonly limit?: Limit | readonly Limit[];
  /** Dots on the axis of time, each with its number. */
  readonly dots?: Pick<Series, 'label' | 'color' | 'points'>;
  /** Values above are drawn at the edge. */
  readonly most?: number;
}

export interface Band {
  readonly label: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly bands: readonly Band[];
  readonly panels: readonly Panel[];
  /** What the time counts from; since the first apply when omitted. */
  readonly axis?: string;
  /** Labels of the axis of time; full minutes when omitted. */
  readonly axisMarks?: readonly { readonly second: number; readonly label: string }[];
  readonly moments?: readonly Moment[];
}

const width = 1000;
const left = 70;
const right = 20;
const panelHeight = 150;
const panelGap = 46;
const plotWidth = width - left - right;
/** Samples are due every second or five; a longer gap is a time without any. */
const gapSeconds = 10;

/** From seconds to pixels. */
type Scale = (second: number) => number;

export function drawChart(chart: Chart): string {
  const { title, subtitle, bands, panels, axis = 'minutes since the first apply', moments = [] } = chart;
  const lastSecond = Math.max(
    1,
    ...bands.map(({ toSeconds }) => toSeconds),
    ...panels.flatMap(({ series, stack = [] }) =>
      [...series, ...stack].flatMap(({ points }) => points.map(([second]) => second)),
    ),
  );
  const x = (second: number) => left + (plotWidth * second) / lastSecond;
  const placed = placeMoments(moments, x, width - right);
  const momentsTop = bands.length > 0 ? 100 : 72;
  const top = momentsTop + 20 + rowHeight * Math.max(0, ...placed.map(({ row }) => row + 1));
  const bottom = top + panels.length * (panelHeight + panelGap) - panelGap;
  const marks =
    chart.axisMarks ?? ticks(lastSecond / 60, 10).map((minute) => ({ second: minute * 60, label: `${minute}` }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 48}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text({ x: left, y: 26, size: 17 }, title),
    text({ x: left, y: 45, color: '#555' }, subtitle),
    ...bands.flatMap((band, index) => drawBand(band, { index, x, top, bottom })),
    ...panels.flatMap((panel, index) => drawPanel(panel, { y: top + index * (panelHeight + panelGap), x })),
    ...drawMoments(placed, { top: momentsTop, bottom }),
    ...panels.flatMap((panel, index) => drawHeading(panel, top + index * (panelHeight + panelGap) - 8)),
    ...marks.map(({ second, label }) => text({ x: x(second), y: bottom + 18, anchor: 'middle' }, label)),
    text({ x: left + plotWidth / 2, y: bottom + 37, anchor: 'middle', color: '#555' }, axis),
    '</svg>',
    '',
  ].join('\n');
}

function drawBand(
  { label, fromSeconds, toSeconds }: Band,
  at: { readonly index: number; readonly x: Scale; readonly top: number; readonly bottom: number },
): string[] {
  const [from, to] = [at.x(fromSeconds), at.x(toSeconds)];
  const fill = at.index % 2 === 0 ? '#f3f3f3' : '#e8e8e8';
  // Neighbours that are narrow would write over each other on one line.
  const y = 68 + 14 * (at.index % 2);
  return [
    `<rect x="${fixed(from)}" y="${at.top}" width="${fixed(to - from)}" height="${at.bottom - at.top}" fill="${fill}"/>`,
    text({ x: from + 2, y, color: '#555', size: 11 }, label),
  ];
}

function drawPanel(panel: Panel, at: { readonly y: number; readonly x: Scale }): string[] {
  const { series, stack = [], limit = [], dots } = panel;
  const limits = 'value' in limit ? [limit] : limit;
  const levels = pileUp(stack);
  const values = [...series, ...levels].flatMap(({ points }) => points.map(([, value]) => value));
  const highest = Math.max(1, ...limits.map(({ value }) => value), ...values) * 1.05;
  const most = Math.min(panel.most ?? highest, highest);
  const y = (value: number) => at.y + panelHeight - (panelHeight * Math.min(value, most)) / most;
  const line = (value: number, style: string) =>
    `<line x1="${left}" x2="${left + plotWidth}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" ${style}/>`;
  const path = (points: readonly (readonly [number, number])[]) =>
    points.map(([second, value]) => `${fixed(at.x(second))},${fixed(y(value))}`).join(' ');
  return [
    // From the highest down: each covers all but its own part of the one before.
    ...levels.toReversed().flatMap(({ points, color }) =>
      segments(points).map((segment) => {
        const [first = [0, 0], last = first] = [segment[0], segment.at(-1)];
        const area = [[first[0], 0] as const, ...stepped(segment), [last[0], 0] as const];
        return `<polygon points="${path(area)}" fill="${color}"/>`;
      }),
    ),
    ...ticks(most, 4).flatMap((mark) => [
      line(mark, 'stroke="#ccc"'),
      text({ x: left - 8, y: y(mark) + 4, anchor: 'end' }, String(mark)),
    ]),
    ...series.flatMap(({ points, color, isStepped = false }) =>
      segments(points).map((segment) => {
        const drawn = path(isStepped ? stepped(segment) : segment);
        return `<polyline points="${drawn}" fill="none" stroke="${color}" stroke-width="1.4"/>`;
      }),
    ),
    ...limits.flatMap(({ value, label }) => [
      line(value, 'stroke="#b00" stroke-dasharray="6 4"'),
      // Below the line where there is no room above it.
      text(
        { x: left + plotWidth - 4, y: y(value) + (y(value) - at.y < 16 ? 14 : -4), color: '#b00', anchor: 'end' },
        label,
      ),
    ]),
    ...(dots?.points ?? []).flatMap(([second, count]) => [
      `<circle cx="${fixed(at.x(second))}" cy="${fixed(y(0))}" r="4" fill="${dots?.color ?? ''}"/>`,
      text({ x: at.x(second), y: y(0) - 8, anchor: 'middle', color: dots?.color ?? '' }, String(count)),
    ]),
  ];
}

/** The title, and from the right end of its line what the colours mean. */
function drawHeading({ title, series, stack = [], dots }: Panel, y: number): string[] {
  let x = left + plotWidth;
  const entries = [
    ...series.map((each) => ({ ...each, swatch: 'line' })),
    ...stack.map((each) => ({ ...each, swatch: 'area' })),
    ...(dots ? [{ ...dots, swatch: 'dot' }] : []),
  ];
  const legend = entries.toReversed().flatMap(({ label, color, swatch }) => {
    const textX = x - widthOf(label);
    x = textX - 40;
    const [from, middle] = [textX - 20, y - 4];
    const symbol =
      swatch === 'line'
        ? `<line x1="${fixed(from)}" x2="${fixed(from + 15)}" y1="${middle}" y2="${middle}" stroke="${color}" stroke-width="2"/>`
        : swatch === 'area'
          ? `<rect x="${fixed(from)}" y="${middle - 5}" width="15" height="10" fill="${color}"/>`
          : `<circle cx="${fixed(from + 10)}" cy="${middle}" r="4" fill="${color}"/>`;
    return [symbol, text({ x: textX, y, color: '#333', hasHalo: true }, label)];
  });
  return [text({ x: left, y, size: 13, hasHalo: true }, title), ...legend];
}

/** Each series with those below it added. */
function pileUp(stack: readonly Series[]): readonly Series[] {
  const sums = new Map<number, number>();
  return stack.map((series) => {
    const points = series.points.map(([second, value]) => {
      const sum = (sums.get(second) ?? 0) + value;
      sums.set(second, sum);
      return [second, sum] as const;
    });
    return { ...series, points };
  });
}

function stepped(points: Series['points']): Series['points'] {
  return points.flatMap((point, index) => {
    const next = points[index + 1];
    return next ? [point, [next[0], point[1]] as const] : [point];
  });
}

function segments(points: Series['points']): (readonly [number, number])[][] {
  const parts: (readonly [number, number])[][] = [];
  for (const point of points) {
    const part = parts.at(-1);
    const last = part?.at(-1);
    if (part && last && point[0] - last[0] <= gapSeconds) part.push(point);
    else parts.push([point]);
  }
  return parts;
}
