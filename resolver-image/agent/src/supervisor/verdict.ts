/**
 * Judges the engine by its signs of life. Pure, so that the numbers behind "not ready" can be tested without waiting.
 *
 * A probe is a datagram that waits in one queue with those of the clients. On an overloaded engine it is dropped as
 * they are, and to take such a server out of rotation would only load the others more. So silence counts only if the
 * control socket is silent, too; what it says comes from every thread of the engine, and not from a random one.
 */

/**
 * What came of a probe. `Refused`: nobody listens. `WrongIdentity`: somebody else answers on our port, which no second
 * look can make right.
 */
export type ProbeOutcome = 'Right' | 'Silent' | 'Refused' | 'WrongIdentity';

/** A moment on both clocks: people are shown the first, durations come from the second. */
export interface Moment {
  readonly epochMs: number;
  readonly monotonicMs: number;
}

export interface Verdict {
  readonly answering: boolean;
  /** Probes in a row that failed. */
  readonly failures: number;
  /** Milliseconds since the epoch at which `answering` last changed. */
  readonly sinceMs: number;
  /** Milliseconds from the last sign of life to the notice that there is none any more; 0 while answering. */
  readonly noticedAfterMs: number;
  /** When it last showed a sign of life, by the monotonic clock; absent before the first. */
  readonly aliveMs?: number;
  /** Its count of queries when the control socket answered last; undefined as soon as a probe is answered. */
  readonly queries: number | undefined;
  /** Whether a thread does not answer, although others might. */
  readonly stuck: boolean;
  /** Why it is not answering; empty while it is. */
  readonly reason: string;
}

/** One lost datagram on a busy node must not take a server out of rotation. */
export const FAILURES_UNTIL_SILENT = 2;
/**
 * Milliseconds without a sign of life, looked at when a probe has failed. Probes fail 150 ms after every 200, so an
 * engine is found to be silent at most 550 ms after its last sign of life.
 */
const SILENT_AFTER_MS = 350;

export const initialVerdict = (nowMs: number): Verdict => ({
  answering: false,
  failures: 0,
  sinceMs: nowMs,
  noticedAfterMs: 0,
  queries: undefined,
  stuck: false,
  reason: 'the engine has not answered yet',
});

/** The verdict after one more probe, which ended `at`. */
export function judge(before: Verdict, outcome: ProbeOutcome, at: Moment): Verdict {
  if (outcome === 'Right') return afterAnswer(before, at);
  const failures = before.failures + 1;
  // An engine that is gone has no threads; its successor starts with a clean slate.
  const after = { ...before, failures, stuck: before.stuck && outcome !== 'Refused' };
  if (outcome === 'WrongIdentity') return goneFrom(after, 'another server answers on the port of the engine', at);
  const isAlive = outcome === 'Silent' && silentMs(before, at) < SILENT_AFTER_MS;
  if (!before.answering || failures < FAILURES_UNTIL_SILENT || isAlive) return after;
  return goneFrom(after, `the engine did not answer ${failures} probes in a row`, at);
}

/**
 * The verdict after the control socket answered that the engine took `queries` since its start. The first answer after
 * a probe failed is a sign of life; those after it only if queries came meanwhile, since an engine that is busy with
 * clients takes some and one that is deaf takes none.
 */
export function judgeCount(before: Verdict, queries: number, at: Moment): Verdict {
  const works = before.queries === undefined || before.queries !== queries;
  return { ...before, stuck: false, queries, ...(works && { aliveMs: at.monotonicMs }) };
}

/** The verdict after the control socket, which asks each thread, did not answer for `forMs`. */
export const judgeStuck = (before: Verdict, forMs: number, at: Moment): Verdict =>
  goneFrom({ ...before, stuck: true }, `a thread of the engine did not answer for ${forMs} ms`, at);

function afterAnswer(before: Verdict, at: Moment): Verdict {
  const after = { ...before, failures: 0, aliveMs: at.monotonicMs, queries: undefined };
  if (before.answering || before.stuck) return after;
  return { ...after, answering: true, sinceMs: at.epochMs, noticedAfterMs: 0, reason: '' };
}

/** Not answering any more; or still not, and known for a better reason. */
function goneFrom(verdict: Verdict, reason: string, at: Moment): Verdict {
  if (!verdict.answering) return { ...verdict, reason };
  const noticedAfterMs = silentMs(verdict, at);
  return { ...verdict, answering: false, sinceMs: at.epochMs, noticedAfterMs, reason };
}

const silentMs = (verdict: Verdict, at: Moment): number => at.monotonicMs - (verdict.aliveMs ?? at.monotonicMs);
