/** Reads the engine's counters once a second and hands them on; a silent engine leaves the last ones standing. */
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import { type Engine, type EngineSample } from '../engines/engine.js';
import { errorText, type Logger } from '../platform/log.js';

/** Milliseconds between readings; one costs the engine and the agent well below a millisecond each. */
const SAMPLE_EVERY_MS = 1000;

export interface SamplerOptions {
  readonly engine: Pick<Engine, 'sample'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onSample: (sample: EngineSample) => void;
  readonly signal: AbortSignal;
}

/** Samples until the signal aborts. */
export async function sampleForever(options: SamplerOptions): Promise<void> {
  const { engine, clock, log, onSample, signal } = options;
  let failure = '';
  while (!signal.aborted) {
    const startedMs = clock.monotonic();
    try {
      onSample(await engine.sample(signal));
      failure = '';
    } catch (error) {
      const text = errorText(error);
      if (text !== failure && error !== signal.reason) log.warn('counters of the engine', { error: text });
      failure = text;
    }
    const restMs = Math.max(100, SAMPLE_EVERY_MS - (clock.monotonic() - startedMs));
    await clock.sleep(restMs, signal).catch(() => undefined);
  }
}
