/**
 * The CPU time of the engine's container, as its liveness probe left it in the shared directory. What cannot be of the
 * engine that runs now, or is too old to tell anything, is no reading.
 */
import { open } from 'node:fs/promises';
import type { Clock } from '../../../../operator/src/runtime/clock.js';
import type { LoadCpu } from '../contract/load.js';
import type { EngineSample } from '../engines/engine.js';
import { parseCpu } from './cpu-files.js';

/** Probes that fail, or stop when the pod does, leave the last file standing. */
const MOST_AGE_MS = 30_000;
/** The files of cgroup v2 take less than 1 kB. */
const MOST_BYTES = 4096;

export interface CpuFile {
  readonly text: string;
  /** When it was written, in milliseconds since the epoch. */
  readonly writtenMs: number;
}

/** The file; undefined if there is none, or it is larger than one of ours. Throws on any other error. */
export async function readCpuFile(path: string): Promise<CpuFile | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size, mtimeMs } = await file.stat();
      if (size > MOST_BYTES) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return { text: buffer.toString('latin1', 0, bytesRead), writtenMs: mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`read ${path}`, { cause: error });
  }
}

export interface CpuReaderOptions {
  readonly read: () => Promise<CpuFile | undefined>;
  readonly clock: Clock;
}

export class CpuReader {
  readonly #options: CpuReaderOptions;
  #startId = '';
  #last: LoadCpu | undefined;

  constructor(options: CpuReaderOptions) {
    this.#options = options;
  }

  /** The last reading of the container of the engine of `sample`; undefined without one that can be believed. */
  async read({
    startId,
    uptimeSeconds,
  }: Pick<EngineSample, 'startId' | 'uptimeSeconds'>): Promise<LoadCpu | undefined> {
    const file = await this.#options.read();
    const nowMs = this.#options.clock.now();
    const counters = file && parseCpu(file.text);
    if (!counters) return undefined;
    const reading = { ...counters, sampledAtMs: Math.round(file.writtenMs) };
    const ageMs = nowMs - file.writtenMs;
    // One that is older than the engine is of the container before.
    if (Math.abs(ageMs) > MOST_AGE_MS || ageMs > 1000 * uptimeSeconds) return undefined;
    const before = this.#startId === startId ? this.#last : undefined;
    [this.#startId, this.#last] = [startId, reading];
    return before && hasFallen(before, reading) ? undefined : reading;
  }
}

const hasFallen = (before: LoadCpu, now: LoadCpu): boolean =>
  now.usageSeconds < before.usageSeconds ||
  now.throttledSeconds < before.throttledSeconds ||
  now.periods < before.periods ||
  now.throttledPeriods < before.throttledPeriods;
