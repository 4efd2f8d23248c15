/** Unbound behind the Engine interface: renders, checks with unbound-checkconf, speaks over the control socket. */
import { stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResolverConfig } from '../../contract/resolver-config.js';
import { isDomainName } from '../../contract/text.js';
import {
  type ApplyOutcome,
  type CheckOutcome,
  type Engine,
  type EngineSample,
  EngineSilent,
  type HostFacts,
  type Rendered,
  type UpstreamSample,
} from '../engine.js';
import { cacheSplit } from './cache-split.js';
import { checkFile } from './checker.js';
import { control } from './control.js';
import { render } from './render.js';
import { parseInfra, toSample } from './stats.js';

/** Milliseconds for an answer of the control socket: p99 is 3.4 ms at 5,000 q/s (measured). */
const COMMAND_TIMEOUT_MS = 1000;
/** Milliseconds for fast_reload, which reads the file in a thread of its own: 1.5 ms measured. */
const APPLY_TIMEOUT_MS = 3000;

export interface UnboundOptions {
  readonly facts: HostFacts;
  /** The program `unbound-checkconf`. */
  readonly checker: string;
}

export class Unbound implements Engine {
  readonly #facts: HostFacts;
  readonly #checker: string;
  readonly #socketPath: string;
  #version = { startId: '', text: '' };
  #candidates = 0;

  constructor(options: UnboundOptions) {
    this.#facts = options.facts;
    this.#checker = options.checker;
    this.#socketPath = join(options.facts.runDirectory, 'control.sock');
  }

  render(config: ResolverConfig): Rendered {
    return render(config, this.#facts);
  }

  cacheLimits(sizeBytes: number): { readonly answers: number; readonly records: number } {
    return cacheSplit(sizeBytes);
  }

  async check(rendered: Rendered, signal: AbortSignal): Promise<CheckOutcome> {
    const path = join(this.#facts.runDirectory, `candidate-${process.pid}-${(this.#candidates += 1)}.conf`);
    await writeFile(path, rendered.text);
    try {
      return await checkFile(this.#checker, path, signal);
    } finally {
      await unlink(path);
    }
  }

  async apply(signal: AbortSignal): Promise<ApplyOutcome> {
    let answer: string;
    try {
      answer = await this.#command('fast_reload', APPLY_TIMEOUT_MS, signal);
    } catch (error) {
      if (!(error instanceof EngineSilent)) throw error;
      return error.absent ? { kind: 'NotRunning' } : { kind: 'NoAnswer', message: error.message };
    }
    // unbound-control's exit code is 0 for a reload that failed; only the last line tells.
    const lines = answer.trimEnd().split('\n');
    if (lines.at(-1) === 'ok') return { kind: 'Applied' };
    return { kind: 'Refused', message: `the running engine did not take it: ${lines.join(' ') || 'no reason given'}` };
  }

  async sample(signal: AbortSignal): Promise<EngineSample> {
    const startId = await this.#startId();
    const text = await this.#command('stats_noreset', COMMAND_TIMEOUT_MS, signal);
    if (this.#version.startId !== startId) {
      const status = await this.#command('status', COMMAND_TIMEOUT_MS, signal);
      this.#version = { startId, text: /^version: (\S+)/.exec(status)?.[1] ?? 'unknown' };
    }
    return toSample(text, { startId, version: this.#version.text });
  }

  async upstreams(signal: AbortSignal): Promise<readonly UpstreamSample[]> {
    return parseInfra(await this.#command('dump_infra', COMMAND_TIMEOUT_MS, signal));
  }

  async flush(zone: string, signal: AbortSignal): Promise<void> {
    if (!isDomainName(zone)) throw new Error(`flush ${JSON.stringify(zone)}: not a domain name`);
    await this.#command(`flush_zone ${zone}`, COMMAND_TIMEOUT_MS * 5, signal);
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#command('stop', COMMAND_TIMEOUT_MS, signal);
  }

  #command(command: string, timeoutMs: number, signal: AbortSignal): Promise<string> {
    return control({ socketPath: this.#socketPath, command, timeoutMs, signal });
  }

  /**
   * The engine makes its control socket anew at each start, so the socket's identity is the engine's. Unlike a start
   * time reckoned from the uptime it is the same after a restart of the agent.
   */
  async #startId(): Promise<string> {
    try {
      const { ino, mtimeMs } = await stat(this.#socketPath);
      return `${Math.floor(mtimeMs)}-${ino}`;
    } catch (error) {
      throw new EngineSilent('engine socket is not there', true, { cause: error });
    }
  }
}
