/** Prints log lines as JSON to standard output. Separate from the interface so that only `main` knows the library. */
import { createLogger, format, transports, type Logger as WinstonLogger } from 'winston';
import type { LogFields, Logger } from '../runtime/logger.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A logger that writes one JSON object a line to `stream`, with `ts`, `level` and `msg` first. */
export function createJsonLogger(level: LogLevel, stream: NodeJS.WritableStream): Logger {
  const line = format.printf(({ level: lineLevel, message, fields, ts }) =>
    JSON.stringify({ ts, level: lineLevel, msg: message, ...(fields as Record<string, unknown>) }),
  );
  const winston = createLogger({
    level,
    format: format.combine(format.timestamp({ alias: 'ts' }), line),
    transports: [new transports.Stream({ stream })],
  });
  return wrap(winston, {});
}

function wrap(winston: WinstonLogger, context: LogFields): Logger {
  // Winston appends a metadata key `message` to the message, and prints an Error as {}: hence one key of our own.
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      winston.log(level, message, { fields: printable({ ...context, ...fields }) });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(winston, { ...context, ...fields }),
  };
}

/** Keys that the line itself uses; a field of that name gets an underscore. */
const reserved = new Set(['ts', 'level', 'msg']);

function printable(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      reserved.has(key) ? `_${key}` : key,
      value instanceof Error ? printableError(value) : value,
    ]),
  );
}

function printableError(error: Error, depth = 0): Record<string, unknown> {
  const code: unknown = Reflect.get(error, 'code');
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    // The stack of the outermost error says where; those of its causes only repeat it.
    ...(depth === 0 ? { stack: error.stack } : {}),
    ...(error.cause instanceof Error && depth < 3 ? { cause: printableError(error.cause, depth + 1) } : {}),
  };
}
