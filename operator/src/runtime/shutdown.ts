/** Stopping in order: what was started last and depends on the rest stops first, and nothing can hold up the others. */
import type { Clock } from './clock.js';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';

export interface ShutdownStep {
  /** 'stop controllers' */
  readonly name: string;
  /** Milliseconds after which the next step begins, whether or not this one has ended. */
  readonly timeoutMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * Runs `steps` one after the other. A step that fails or takes too long is logged, and the next one runs all the same.
 * Returns the names of those steps.
 */
export async function runShutdown(
  steps: readonly ShutdownStep[],
  tools: { readonly clock: Clock; readonly logger: Logger },
): Promise<readonly string[]> {
  const { clock, logger } = tools;
  const failed: string[] = [];
  for (const { name, timeoutMs, run } of steps) {
    try {
      await withDeadline({ clock, timeoutMs, doing: name }, run);
      logger.info('Shutdown step ended', { step: name });
    } catch (err) {
      failed.push(name);
      logger.warn('Shutdown step failed', { step: name, err });
    }
  }
  return failed;
}
