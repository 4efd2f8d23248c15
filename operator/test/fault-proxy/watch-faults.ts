/** What a fault makes of the lines of a watch. Pure: lines come in, pieces of the stream and its end come out. */
import type { Fault } from './faults.js';

/** A piece of the stream, or a way to end it. */
export type Piece = { readonly text: string } | { readonly end: 'reset' | 'close' };

/** A line of the upstream watch becomes zero or more pieces. */
export type LineFault = (line: string) => readonly Piece[];

const whole = (line: string): Piece => ({ text: `${line}\n` });

/** The function that does to a watch what `fault` says; faults that are not about lines leave them alone. */
export function lineFault(fault: Fault | undefined): LineFault {
  let lines = 0;
  switch (fault?.type) {
    case 'reset':
    case 'half':
    case 'watch-error':
    case 'garbage': {
      const { afterLines = 0 } = fault;
      return (line) => (lines++ === afterLines ? inject(fault, line) : [whole(line)]);
    }
    case 'lose-events':
      return (line) => {
        const at = lines++;
        return at >= fault.afterLines && at < fault.afterLines + fault.count ? [] : [whole(line)];
      };
    case 'repeat-events': {
      const held: string[] = [];
      return (line) => {
        held.push(line);
        const again = held.length > fault.later ? held.shift() : undefined;
        return again === undefined ? [whole(line)] : [whole(line), whole(again)];
      };
    }
    default:
      return (line) => [whole(line)];
  }
}

function inject(fault: Fault, line: string): readonly Piece[] {
  switch (fault.type) {
    case 'half':
      return [{ text: line.slice(0, Math.ceil(line.length / 2)) }, { end: 'close' }];
    case 'watch-error': {
      const object = statusObject(fault.code);
      return [whole(JSON.stringify({ type: 'ERROR', object })), { end: 'close' }];
    }
    case 'garbage':
      return [{ text: '{"type":"ADDED","obj\n' }, whole(line)];
    default:
      return [{ end: 'reset' }];
  }
}

/** A `Status` as the API server writes it. */
export function statusObject(code: number, retryAfterSeconds?: number) {
  const reasons: Readonly<Record<number, string>> = {
    404: 'NotFound',
    409: 'Conflict',
    410: 'Expired',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
  };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `a fault was injected: ${code}`,
    reason: reasons[code] ?? 'Unknown',
    ...(retryAfterSeconds !== undefined && { details: { retryAfterSeconds } }),
    code,
  };
}
