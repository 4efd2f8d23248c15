/**
 * The limit of the memory of the operator's container, in a control group. Without it V8 sizes its heap by the memory of
 * the machine, and lets garbage grow to four times of what is alive: on 25 GB that measures the machine, not the operator.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { bytesOf } from '../../operator/src/api/quantity.js';

const chartValues = z.object({ resources: z.object({ limits: z.object({ memory: z.string() }) }) });

/** The memory limit of the operator's container, in bytes, by the default values of the chart. */
export const chartMemoryLimit = (): number =>
  bytesOf(chartValues.parse(parse(readFileSync('helm/dnsfleet/values.yaml', 'utf8'))).resources.limits.memory);

/** A control group in which a program has at most `bytes` of memory; empty, until a program is started in it. */
export class MemoryLimit {
  readonly bytes: number;
  readonly #directory: string;

  /** Only root can make one. @throws Error of the file system if it cannot be made. */
  constructor(bytes: number) {
    this.bytes = bytes;
    const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
    this.#directory = join('/sys/fs/cgroup', isV2 ? '' : 'memory', `dnsfleet-bench-${process.pid}`);
    mkdirSync(this.#directory);
    try {
      writeFileSync(join(this.#directory, isV2 ? 'memory.max' : 'memory.limit_in_bytes'), String(bytes));
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The command and arguments that run `argv` under the limit, in the process that is started for it. */
  command(argv: readonly string[]): [string, ...string[]] {
    return ['/bin/sh', '-c', 'echo $$ > "$0" && exec "$@"', join(this.#directory, 'cgroup.procs'), ...argv];
  }

  /** Removes it; no program may be left in it. */
  remove(): void {
    rmdirSync(this.#directory);
  }
}
