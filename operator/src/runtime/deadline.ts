/** Deadlines: an end for work that might never come to one by itself. */
import type { Clock } from './clock.js';

/** The work did not end in time. */
export class DeadlineExceeded extends Error {
  override readonly name = 'TimeoutError';
}

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the work sooner. */
  readonly signal?: AbortSignal | undefined;
  /** What is being done, for the message: 'listing pods'. */
  readonly doing: string;
}

/**
 * Runs `work` with a signal that aborts at the deadline or with `deadline.signal`. Rejects with DeadlineExceeded or the
 * reason of the signal even if the work takes no notice of it; what such work still throws later is dropped.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, timeoutMs, signal, doing } = deadline;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(asError(controller.signal.reason)), { once: true });
  });
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = clock.setTimer(timeoutMs, () => {
    controller.abort(new DeadlineExceeded(`${doing}: no end within ${timeoutMs} ms`));
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
