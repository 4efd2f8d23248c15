/**
 * Judges the engine by its last probes. Pure, so that the numbers behind "not ready" can be tested without waiting.
 * Two failures in a row: one lost datagram on a busy node must not take a server out of rotation.
 */

/** `WrongIdentity`: somebody else answers on our port, which no second look can make right. */
export type ProbeOutcome = 'Right' | 'Silent' | 'WrongIdentity';

export interface Verdict {
  readonly answering: boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** Milliseconds since the epoch at which `answering` last changed. */
  readonly sinceMs: number;
  /** When the last right answer came; 0 before the first. */
  readonly lastRightMs: number;
  /** Why it is not answering; empty while it is. */
  readonly reason: string;
}

export const FAILURES_UNTIL_SILENT = 2;

export const initialVerdict = (nowMs: number): Verdict => ({
  answering: false,
  failures: 0,
  sinceMs: nowMs,
  lastRightMs: 0,
  reason: 'the engine has not answered yet',
});

/** The verdict after one more probe, which ended at `nowMs`. */
export function judge(before: Verdict, outcome: ProbeOutcome, nowMs: number): Verdict {
  if (outcome === 'Right') {
    const sinceMs = before.answering ? before.sinceMs : nowMs;
    return { answering: true, failures: 0, sinceMs, lastRightMs: nowMs, reason: '' };
  }
  const failures = before.failures + 1;
  const stranger = outcome === 'WrongIdentity';
  const reason = stranger
    ? 'another server answers on the port of the engine'
    : `the engine did not answer ${failures} probes in a row`;
  if (!before.answering) return { ...before, failures, reason: stranger ? reason : before.reason };
  if (!stranger && failures < FAILURES_UNTIL_SILENT) return { ...before, failures };
  return { ...before, answering: false, failures, sinceMs: nowMs, reason };
}
