/** What a person sees while the demo works: one clock for all steps, and a sign of life in the long ones. */
import { run } from './run.js';

export type Progress = (message: string) => void;

/** The longest time without a line. */
const silenceMs = 60_000;

/** Prints messages with the seconds since the start. */
export function createProgress(now: () => number, print: (line: string) => void): Progress {
  const startMs = now();
  return (message) => {
    const seconds = Math.round((now() - startMs) / 1000);
    print(`[${String(seconds).padStart(4)} s] ${message}`);
  };
}

/** A line of a program as part of our progress: indented, and without a clock of its own. */
export const nested = (line: string): string => `  ${line.replace(/^\[ *\d+ s\] /, '')}`;

/** Runs a step of the demo, tells what it writes, and tells each minute that it still works when it writes nothing. */
export async function runStep(
  argv: readonly string[],
  options: { readonly progress: Progress; readonly timeoutSeconds?: number },
): Promise<void> {
  const { progress, timeoutSeconds } = options;
  const tick = setInterval(() => progress('  still at it'), silenceMs);
  try {
    await run(argv, {
      onLine: (line) => {
        tick.refresh();
        progress(nested(line));
      },
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    });
  } finally {
    clearInterval(tick);
  }
}
