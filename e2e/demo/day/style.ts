/** Lines of the terminal made of coloured pieces, cut to the width before the colours make them longer. Pure. */

const codes = { blue: 34, green: 32, yellow: 33, magenta: 35, red: 31, dim: 2, bold: 1 } as const;

export type Color = keyof typeof codes;

/** A piece of a line. */
export type Piece = string | readonly [string, Color];

export interface Surface {
  readonly columns: number;
  readonly hasColors: boolean;
}

/** The pieces as one line of at most `columns` characters; what does not fit ends in `…`. */
export function paint(pieces: readonly Piece[], { columns, hasColors }: Surface): string {
  const length = pieces.reduce((sum, piece) => sum + Array.from(textOf(piece)).length, 0);
  let room = length > columns ? columns - 1 : columns;
  const parts = pieces.map((piece) => {
    const text = Array.from(textOf(piece)).slice(0, room).join('');
    room -= Array.from(text).length;
    if (text === '' || !hasColors || typeof piece === 'string') return text;
    return `\u001b[${codes[piece[1]]}m${text}\u001b[0m`;
  });
  return (length > columns ? [...parts, '…'] : parts).join('').trimEnd();
}

const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece[0]);
