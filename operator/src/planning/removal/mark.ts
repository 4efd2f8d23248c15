/**
 * The mark of a server that was chosen to go: the value of the annotation `dnsfleet.dev/draining`. It is all that an
 * operator leaves behind for its successor, and what a person reads on the pod.
 */
import { toTime } from '../conditions.js';

export interface ServerMark {
  /** When it was put there; absent from a mark that somebody else wrote. */
  readonly timeMs?: number;
  readonly reason: string;
}

/** Why a server goes that a person annotated; without the annotation, the reason is gone. */
export const byHand = 'drained by hand';

/** `<RFC 3339 time> <reason>`. */
export const formatMark = ({ timeMs, reason }: Required<ServerMark>): string => `${toTime(timeMs)} ${reason}`;

/** Reads what `formatMark` wrote. Anything else is a mark too: whatever it says, we did not choose the server. */
export function parseMark(value: string): ServerMark {
  const [time = '', ...words] = value.split(' ');
  const timeMs = Date.parse(time);
  return Number.isNaN(timeMs) ? { reason: value } : { timeMs, reason: words.join(' ') };
}
