/**
 * The logger that the kube layer and the controllers write to. An interface, so that none of them knows which library
 * prints the lines.
 */

/** Structured fields of one line; never a Secret, a token or a whole object. An error goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  /** Why nothing was done. */
  debug(message: string, fields?: LogFields): void;
  /** Something changed. */
  info(message: string, fields?: LogFields): void;
  /** Something is degraded, and was handled. */
  warn(message: string, fields?: LogFields): void;
  /** Someone should look. */
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Prints nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
