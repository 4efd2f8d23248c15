/** A logger that keeps its lines, for tests that ask what was said. */
import type { LogFields, Logger } from '../src/runtime/logger.js';

export interface MemoryLogger extends Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
}

export function memoryLogger(lines: MemoryLogger['lines'] = [], context: LogFields = {}): MemoryLogger {
  const at = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields: { ...context, ...fields } });
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => memoryLogger(lines, { ...context, ...fields }),
  };
}
