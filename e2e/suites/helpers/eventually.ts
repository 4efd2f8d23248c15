/** Waiting for something to become true in a real cluster: always with a deadline, and with the last reason on failure. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** What is waited for, as the end of the sentence "waiting for ...". */
  readonly describe: string;
  readonly timeoutMs: number;
  /** Pause between two attempts; 500 when omitted. */
  readonly intervalMs?: number;
}

/**
 * Calls `attempt` until it does not throw, and returns its value.
 * @throws Error with what was waited for, for how long, and what the last attempt threw.
 */
export async function eventually<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() - started > patience.timeoutMs) {
        const reason = error instanceof Error ? error.message : String(error);
        const seconds = Math.round(patience.timeoutMs / 1000);
        throw new Error(`waiting for ${patience.describe}: not within ${seconds} s: ${reason}`, { cause: error });
      }
    }
    await sleep(patience.intervalMs ?? 500);
  }
}

/** Throws unless `condition` holds: the way to say in an attempt of `eventually` what is still missing. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
