/**
 * Prints log lines as JSON, one object a line. Separate from the interface (runtime/logger.ts) so that only `main` knows
 * the library. Winston appends a field `message` to the message and prints an Error as {}: hence one field of our own
 * that it does not look into, and a format of ours that prints it.
 */
import { createLogger, format, transports, type Logger as WinstonLogger } from 'winston';
import type { Clock } from '../runtime/clock.js';
import type { LogFields, Logger } from '../runtime/logger.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface JsonLoggerOptions {
  /** The least important level that is printed. */
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly stream: NodeJS.WritableStream;
}

/** A logger that writes one JSON object a line, with `ts`, `level` and `msg` first. Its calls never throw. */
export function createJsonLogger({ level, clock, stream }: JsonLoggerOptions): Logger {
  const line = format.printf(({ level: lineLevel, message, fields }) => {
    const ts = new Date(clock.now()).toISOString();
    return `{"ts":"${ts}","level":"${lineLevel}","msg":${JSON.stringify(message)}${printFields(fields)}}`;
  });
  return wrap(createLogger({ level, format: line, transports: [new transports.Stream({ stream })] }), {});
}

function wrap(winston: WinstonLogger, context: LogFields): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      winston.log(level, message, { fields: { ...context, ...fields } });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(winston, { ...context, ...fields }),
  };
}

/** Names that the line itself uses; a field of that name gets an underscore. */
const reserved = new Set(['ts', 'level', 'msg']);
/** Nobody should log these; if somebody does, they do not get out. */
const secret = /^(authorization|token|password|secret|data|stringData)$/i;

/** The fields as the rest of a JSON object, each with a comma before it. */
function printFields(fields: unknown): string {
  const entries = typeof fields === 'object' && fields !== null ? Object.entries(fields) : [];
  return entries
    .flatMap(([key, value]) => {
      const text = print(key, value);
      return text === undefined ? [] : [`,${JSON.stringify(reserved.has(key) ? `_${key}` : key)}:${text}`];
    })
    .join('');
}

/** A field as JSON, undefined for what has none. What cannot be printed must not keep the line from being printed. */
function print(key: string, value: unknown): string | undefined {
  try {
    // Inside of an object, so that `replace` sees the key; the object stays empty when the value has no JSON.
    return JSON.stringify({ [key]: value }, replace).slice(JSON.stringify(key).length + 2, -1) || undefined;
  } catch (error) {
    return JSON.stringify(`not printable: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function replace(key: string, value: unknown): unknown {
  if (secret.test(key)) return '[redacted]';
  if (value instanceof Error) return printableError(value);
  return typeof value === 'bigint' ? String(value) : value;
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
