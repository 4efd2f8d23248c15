/**
 * Puts Load together and answers long polls: at once when something changed that the caller has not seen, else when
 * the wait is over. What counts as a change is decided here and in rate.ts, so that calm costs one call per wait.
 */
import type { Clock, Timer } from '../../../../operator/src/runtime/clock.js';
import type { ConfigInForce, DrainState, Load, LoadCpu } from '../contract/load.js';
import type { EngineSample } from '../engines/engine.js';
import { hasMoved, ratePerSecond, type Reading, withReading } from './rate.js';

export interface ReporterOptions {
  readonly clock: Clock;
  /** Many waiting callers would each hold memory; there is one operator, perhaps with a successor. */
  readonly maxWaiting: number;
}

interface Waiting {
  readonly answer: (load: Load) => void;
}

export class LoadReporter {
  readonly #options: ReporterOptions;
  readonly #waiting = new Set<Waiting>();
  #sequence: number;
  #readings: readonly Reading[] = [];
  #toldRate = 0;
  #answering = false;
  #sample: EngineSample | undefined;
  #sampledAtMs = 0;
  #cpu: LoadCpu | undefined;
  #config: ConfigInForce | undefined;
  #cacheLimitBytes = 0;
  #drain: DrainState;

  constructor(options: ReporterOptions) {
    this.#options = options;
    // No number of an earlier agent, so that whoever waits for news of that one gets them at once.
    this.#sequence = Math.floor(options.clock.now());
    this.#drain = { phase: 'Serving', sinceMs: options.clock.now() };
  }

  get sample(): EngineSample | undefined {
    return this.#sample;
  }

  /** When the sample was read, in milliseconds since the epoch; meaningless before the first. */
  get sampledAtMs(): number {
    return this.#sampledAtMs;
  }

  /** The CPU time of the engine's container as of the sample, if it is known. */
  get cpu(): LoadCpu | undefined {
    return this.#cpu;
  }

  /** New counters of the engine. */
  onSample(sample: EngineSample, cpu?: LoadCpu): void {
    const restarted = this.#sample?.startId !== sample.startId;
    this.#sample = sample;
    this.#cpu = cpu;
    this.#sampledAtMs = this.#options.clock.now();
    const reading = {
      timeMs: this.#options.clock.monotonic(),
      startId: sample.startId,
      count: sample.counters.queries,
    };
    this.#readings = withReading(this.#readings, reading);
    if (restarted || hasMoved(this.#toldRate, this.#rate())) this.#changed();
  }

  onState(state: { readonly answering: boolean; readonly drain: DrainState }): void {
    const same = state.answering === this.#answering && state.drain.phase === this.#drain.phase;
    this.#answering = state.answering;
    this.#drain = state.drain;
    if (!same) this.#changed();
  }

  onConfig(config: ConfigInForce | undefined, cacheLimitBytes: number): void {
    this.#config = config;
    this.#cacheLimitBytes = cacheLimitBytes;
    this.#changed();
  }

  /** The state of now. */
  current(): Load {
    const sample = this.#sample;
    return {
      sequence: this.#sequence,
      sampledAtMs: this.#sampledAtMs,
      engine: {
        answering: this.#answering,
        startId: sample?.startId ?? '',
        version: sample?.version ?? '',
        ...(sample && { uptimeSeconds: sample.uptimeSeconds }),
      },
      ...(sample && {
        counters: sample.counters,
        latency: {
          boundsSeconds: sample.recursion.map(({ leSeconds }) => leSeconds),
          recursions: sample.recursion.map(({ count }) => count),
        },
        gauges: { ...sample.gauges, cacheLimitBytes: this.#cacheLimitBytes },
      }),
      ...(this.#cpu && { cpu: this.#cpu }),
      queriesPerSecond: Math.round(this.#rate() * 10) / 10,
      ...(this.#config && { config: this.#config }),
      drain: this.#drain,
    };
  }

  /**
   * Resolves at once if `since` is not the present sequence (an earlier one, or one of an earlier agent), else at the
   * next change or after `waitMs`. The signal ends the wait early.
   */
  wait(since: number, waitMs: number, signal: AbortSignal): Promise<Load> {
    if (since !== this.#sequence || waitMs <= 0 || signal.aborted || this.#waiting.size >= this.#options.maxWaiting) {
      return Promise.resolve(this.current());
    }
    return new Promise((resolve) => {
      const waiting: Waiting = {
        answer: (load) => {
          this.#waiting.delete(waiting);
          timer.cancel();
          signal.removeEventListener('abort', giveUp);
          resolve(load);
        },
      };
      const giveUp = () => waiting.answer(this.current());
      const timer: Timer = this.#options.clock.setTimer(waitMs, giveUp);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** Answers everyone who waits with the state of now. */
  release(): void {
    const load = this.current();
    for (const waiting of [...this.#waiting]) waiting.answer(load);
  }

  #rate(): number {
    return ratePerSecond(this.#readings);
  }

  #changed(): void {
    this.#sequence += 1;
    this.#toldRate = this.#rate();
    this.release();
  }
}
