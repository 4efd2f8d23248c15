/** Pieces of SVG. Pure. */

export interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'middle' | 'end';
  readonly color?: string;
  readonly size?: number;
  /** Keeps lines behind the text away from it. */
  readonly hasHalo?: boolean;
}

export function text({ x, y, anchor, color, size, hasHalo = false }: TextStyle, content: string): string {
  const style = [
    ...(anchor ? [` text-anchor="${anchor}"`] : []),
    ...(color === undefined ? [] : [` fill="${color}"`]),
    ...(size === undefined ? [] : [` font-size="${size}"`]),
    ...(hasHalo ? [' stroke="white" stroke-width="5" paint-order="stroke"'] : []),
  ];
  return `<text x="${fixed(x)}" y="${fixed(y)}"${style.join('')}>${escaped(content)}</text>`;
}

/** About how wide `content` is drawn, in pixels: there is nobody to ask before it is drawn. */
export const widthOf = (content: string, size = 12): number => content.length * size * 0.55;

export const fixed = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Round values from 0 up to `most`, about `count` of them. */
export function ticks(most: number, count: number): number[] {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Number((index * step).toFixed(digits)));
}
