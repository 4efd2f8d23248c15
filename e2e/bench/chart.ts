/** Draws a run as SVG: panels over one time axis, with the phases of the run behind them. Pure. */

export interface Series {
  readonly label: string;
  readonly color: string;
  /** [seconds since the start, value] in order of time; a gap of more than ten seconds breaks the line. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  /** A line across the panel that should not be passed. */
  readonly limit?: { readonly value: number; readonly label: string };
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
}

const width = 1000;
const left = 70;
const right = 20;
const top = 120;
const panelHeight = 150;
const panelGap = 46;
const plotWidth = width - left - right;
/** Samples are due every second or five; a longer gap is a time without any. */
const gapSeconds = 10;

export function drawChart({ title, subtitle, bands, panels, axis = 'minutes since the first apply' }: Chart): string {
  const lastSecond = Math.max(
    1,
    ...bands.map(({ toSeconds }) => toSeconds),
    ...panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([second]) => second))),
  );
  const x = (second: number) => left + (plotWidth * second) / lastSecond;
  const bottom = top + panels.length * (panelHeight + panelGap) - panelGap;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 48}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text({ x: left, y: 26, size: 17 }, title),
    text({ x: left, y: 45, color: '#555' }, subtitle),
    ...bands.flatMap((band, index) => drawBand(band, { index, x, bottom })),
    ...panels.flatMap((panel, index) => drawPanel(panel, { y: top + index * (panelHeight + panelGap), x })),
    ...ticks(lastSecond / 60, 10).map((minute) =>
      text({ x: x(minute * 60), y: bottom + 18, anchor: 'middle' }, String(minute)),
    ),
    text({ x: left + plotWidth / 2, y: bottom + 37, anchor: 'middle', color: '#555' }, axis),
    '</svg>',
    '',
  ].join('\n');
}

function drawBand(
  { label, fromSeconds, toSeconds }: Band,
  at: { readonly index: number; readonly x: (second: number) => number; readonly bottom: number },
): string[] {
  const [from, to] = [at.x(fromSeconds), at.x(toSeconds)];
  const fill = at.index % 2 === 0 ? '#f3f3f3' : '#e8e8e8';
  // Neighbours that are narrow would write over each other on one line.
  const y = 68 + 14 * (at.index % 2);
  return [
    `<rect x="${fixed(from)}" y="${top}" width="${fixed(to - from)}" height="${at.bottom - top}" fill="${fill}"/>`,
    text({ x: from + 2, y, color: '#555', size: 11 }, label),
  ];
}

function drawPanel(
  { title, series, limit }: Panel,
  at: { readonly y: number; readonly x: (second: number) => number },
): string[] {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const marks = ticks(Math.max(1, limit?.value ?? 0, ...values) * 1.05, 4);
  const most = Math.max(1, limit?.value ?? 0, ...values) * 1.05;
  const y = (value: number) => at.y + panelHeight - (panelHeight * value) / most;
  const line = (value: number, style: string) =>
    `<line x1="${left}" x2="${left + plotWidth}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" ${style}/>`;
  return [
    text({ x: left, y: at.y - 8, size: 13 }, title),
    ...series.map(({ label, color }, index) =>
      text({ x: left + plotWidth - 150 * (series.length - 1 - index), y: at.y - 8, anchor: 'end', color }, label),
    ),
    ...marks.flatMap((mark) => [
      line(mark, 'stroke="#ccc"'),
      text({ x: left - 8, y: y(mark) + 4, anchor: 'end' }, String(mark)),
    ]),
    ...series.flatMap(({ points, color }) =>
      segments(points).map((segment) => {
        const path = segment.map(([second, value]) => `${fixed(at.x(second))},${fixed(y(value))}`).join(' ');
        return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="1.4"/>`;
      }),
    ),
    ...(limit
      ? [
          line(limit.value, 'stroke="#b00" stroke-dasharray="6 4"'),
          text({ x: left + 4, y: y(limit.value) + 14, color: '#b00' }, limit.label),
        ]
      : []),
  ];
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

/** Round values from 0 up to `most`, about `count` of them. */
export function ticks(most: number, count: number): number[] {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Number((index * step).toFixed(digits)));
}

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'middle' | 'end';
  readonly color?: string;
  readonly size?: number;
}

function text({ x, y, anchor, color, size }: TextStyle, content: string): string {
  const style = [
    ...(anchor ? [` text-anchor="${anchor}"`] : []),
    ...(color === undefined ? [] : [` fill="${color}"`]),
    ...(size === undefined ? [] : [` font-size="${size}"`]),
  ];
  return `<text x="${fixed(x)}" y="${fixed(y)}"${style.join('')}>${escaped(content)}</text>`;
}

const fixed = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
