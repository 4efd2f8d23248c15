/** Waiting in tests for what other processes bring about: polls with a deadline, and says what was missing. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves once `check` no longer throws; throws its last error after `timeoutMs`. */
export async function eventually(check: () => void | Promise<void>, timeoutMs = 10_000): Promise<void> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() >= untilMs) throw error;
    }
    await sleep(20);
  }
}
