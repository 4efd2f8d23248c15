/** Lines across all panels of a chart, for what happened in one moment, with their labels in rows above. Pure. */
import { fixed, text, widthOf } from '../../operator/src/cli/svg.js';

export interface Moment {
  readonly second: number;
  readonly label: string;
  readonly color: string;
}

export interface PlacedMoment extends Moment {
  readonly x: number;
  /** Of the label; 0 is the highest. */
  readonly row: number;
  /** The label stands left of its line, where there is no room on the right. */
  readonly isLeft: boolean;
}

const size = 11;
export const rowHeight = 15;
/** Between a label and its line, and between two labels. */
const gap = 4;

/** Places the labels so that none lies upon another: each in the highest row that has room for it. */
export function placeMoments(
  moments: readonly Moment[],
  x: (second: number) => number,
  right: number,
): readonly PlacedMoment[] {
  const taken: { readonly row: number; readonly from: number; readonly to: number }[] = [];
  return moments.map((moment) => {
    const at = x(moment.second);
    const width = widthOf(moment.label, size) + 2 * gap;
    const isLeft = at + width > right;
    const [from, to] = isLeft ? [at - width, at] : [at, at + width];
    let row = 0;
    while (taken.some((other) => other.row === row && other.from < to && from < other.to)) row += 1;
    taken.push({ row, from, to });
    return { ...moment, x: at, row, isLeft };
  });
}

/** Draws lines down to `bottom`, and labels from `top` on. */
export function drawMoments(
  moments: readonly PlacedMoment[],
  { top, bottom }: { readonly top: number; readonly bottom: number },
): readonly string[] {
  const y = (row: number): number => top + row * rowHeight;
  const lines = moments.map(
    ({ x, row, color }) =>
      `<line x1="${fixed(x)}" x2="${fixed(x)}" y1="${fixed(y(row) - 9)}" y2="${fixed(bottom)}" stroke="${color}" stroke-dasharray="3 3"/>`,
  );
  const labels = moments.map(({ x, row, isLeft, label, color }) => {
    const style = { y: y(row), color, size, hasHalo: true };
    return text({ ...style, x: isLeft ? x - gap : x + gap, ...(isLeft && { anchor: 'end' }) }, label);
  });
  return [...lines, ...labels];
}
