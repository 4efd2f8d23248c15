/** Draws a panel over itself. The only part of the live view that knows the terminal. */

const escape = '\u001b[';
const hideCursor = `${escape}?25l`;
const showCursor = `${escape}?25h`;
const clearToEndOfLine = `${escape}K`;
const clearBelow = `${escape}J`;

/** What a terminal has that a pipe has not. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** A panel in place: each frame is one write, so that no half of one is ever seen. */
export class LivePanel {
  readonly #screen: Screen;
  #height = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Draws `lines` where the last frame was. A screen that is too low loses the first lines. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(-Math.max(1, this.#screen.rows - 1));
    const back = this.#height > 0 ? `${escape}${this.#height}A\r` : hideCursor;
    this.#screen.write(`${back}${shown.map((line) => `${line}${clearToEndOfLine}\n`).join('')}${clearBelow}`);
    this.#height = shown.length;
  }

  /** Leaves the last frame where it is, and gives the cursor back. */
  end(): void {
    if (this.#height > 0) this.#screen.write(showCursor);
    this.#height = 0;
  }
}
