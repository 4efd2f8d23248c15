/**
 * Pauses of the autoscaler: annotations on a DnsPool with the time at which they end. A pause without an end would be
 * forgotten, and the pool would stay as it is for ever.
 */
import { annotations } from '../../api/v1alpha1/labels.js';

export interface Pauses {
  /** Until when the number of servers is held, in ms since the epoch. */
  readonly allUntilMs?: number;
  /** Until when nothing shrinks. */
  readonly shrinkUntilMs?: number;
  /** What is wrong with an annotation, and what would be right: until then nothing shrinks. */
  readonly problem?: string;
}

/** A time of RFC 3339 with its zone. */
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Reads the pauses out of the annotations of a DnsPool. */
export function readPauses(all: Readonly<Record<string, string>> = {}): Pauses {
  const ends = [annotations.pauseScaling, annotations.pauseShrinking].map((name) => readEnd(all[name]));
  const [allUntilMs, shrinkUntilMs] = ends;
  const wrong = [annotations.pauseScaling, annotations.pauseShrinking].find((_, at) => Number.isNaN(ends[at]));
  return {
    ...(isTime(allUntilMs) && { allUntilMs }),
    ...(isTime(shrinkUntilMs) && { shrinkUntilMs }),
    ...(wrong !== undefined && { problem: tellProblem(wrong, all[wrong] ?? '') }),
  };
}

/** Undefined without a pause, NaN for one that cannot be read. */
function readEnd(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return rfc3339.test(text) ? Date.parse(text) : Number.NaN;
}

const isTime = (ms: number | undefined): ms is number => ms !== undefined && !Number.isNaN(ms);

const tellProblem = (name: string, text: string): string =>
  `the annotation \`${name}\` must be the time at which the pause ends, such as '2030-01-31T18:00:00Z', and is '${text.slice(0, 64)}'`;
