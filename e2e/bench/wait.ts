/** Waiting for what other processes bring about: polls with a deadline, and ends when it is told to. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Wait {
  readonly timeoutMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Asks until `check` holds, and returns when that was. @throws Error after `timeoutMs`, or when `signal` aborts. */
export async function waitUntil(what: string, check: () => Promise<boolean> | boolean, wait: Wait): Promise<number> {
  const untilMs = Date.now() + wait.timeoutMs;
  while (!(await check())) {
    if (Date.now() > untilMs) throw new Error(`waiting for ${what}: not within ${wait.timeoutMs / 1000} s`);
    await sleep(wait.everyMs, undefined, { signal: wait.signal });
  }
  return Date.now();
}
