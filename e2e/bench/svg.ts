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
