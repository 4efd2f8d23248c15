/**
 * Reads the engine's counters once a second and hands them on, with what is known of its CPU time; a silent engine leaves
 * the last ones standing.
 */
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import type { LoadCpu } from '../contract/load.js';
import { type Engine, type EngineSample } from '../engines/engine.js';
import { errorText, type Logger } from '../platform/log.js';
import type { CpuReader } from './cpu-reader.js';

/** Milliseconds between readings; one costs the engine and the agent well below a millisecond each. */
const SAMPLE_EVERY_MS = 1000;

export interface SamplerOptions {
  readonly engine: Pick<Engine, 'sample'>;
  readonly cpu: Pick<CpuReader, 'read'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onSample: (sample: EngineSample, cpu: LoadCpu | undefined) => void;
  readonly signal: AbortSignal;
}

/** Samples until the signal aborts. */
export async function sampleForever(options: SamplerOptions): Promise<void> {
  const { engine, cpu, clock, log, onSample, signal } = options;
  const failures = new Map<string, string>();
  /** Once for as long as it stays the same. */
  const tell = (what: string, error: unknown) => {
    const text = errorText(error);
    if (text !== failures.get(what) && error !== signal.reason) log.warn(what, { error: text });
    failures.set(what, text);
  };
  const cpuOf = async (sample: EngineSample): Promise<LoadCpu | undefined> => {
    try {
      return await cpu.read(sample);
    } catch (error) {
      tell('CPU time of the engine', error);
      return undefined;
    }
  };
  while (!signal.aborted) {
    const startedMs = clock.monotonic();
    try {
      const sample = await engine.sample(signal);
      onSample(sample, await cpuOf(sample));
      failures.delete('counters of the engine');
    } catch (error) {
      tell('counters of the engine', error);
    }
    const restMs = Math.max(100, SAMPLE_EVERY_MS - (clock.monotonic() - startedMs));
    await clock.sleep(restMs, signal).catch(() => undefined);
  }
}
