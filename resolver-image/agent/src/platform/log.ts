/**
 * Lines of JSON on a stream, one event each. A logging library would be most of the memory of these small programs.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A logger that names its `program` in each line. `write` gets whole lines. */
export function createLogger(program: string, clock: Clock, write: (line: string) => void): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}): void =>
      write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level, program, message, ...fields })}\n`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** The text of anything that was thrown, with its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`;
}
