/** Reads what `engine-cpu` left of the cgroup of the engine's container: the kernel's files, each under its name. Pure. */
import type { LoadCpu } from '../contract/load.js';

/** The reading, as far as it goes: when it was taken is known to the file system alone. */
export type CpuCounters = Omit<LoadCpu, 'sampledAtMs'>;

/** `==> /sys/fs/cgroup/cpu.max <==`, as head writes it. */
const heading = /^==> (?:.*\/)?(\S+) <==$/;

/** Undefined when a number is missing, or is none. */
export function parseCpu(text: string): CpuCounters | undefined {
  const files = filesOf(text);
  const reading = files.has('cpu.max') ? readV2(files) : readV1(files);
  const { usageSeconds, throttledSeconds, periods, throttledPeriods, limitCores } = reading;
  const isCount = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
  if (![usageSeconds, throttledSeconds, periods, throttledPeriods].every(isCount)) return undefined;
  if (limitCores !== undefined && !(limitCores > 0 && isCount(limitCores))) return undefined;
  return reading;
}

/** The words of each line of each file, by the file's name. */
function filesOf(text: string): Map<string, string[][]> {
  const files = new Map<string, string[][]>();
  let lines: string[][] = [];
  for (const line of text.split('\n')) {
    const name = heading.exec(line)?.[1];
    if (name === undefined) {
      if (line !== '') lines.push(line.split(' '));
      continue;
    }
    lines = [];
    files.set(name, lines);
  }
  return files;
}

function readV2(files: ReadonlyMap<string, string[][]>): CpuCounters {
  const stat = countersOf(files.get('cpu.stat'));
  const [quota, periodUs] = files.get('cpu.max')?.[0] ?? [];
  return {
    usageSeconds: stat('usage_usec') / 1e6,
    throttledSeconds: stat('throttled_usec') / 1e6,
    periods: stat('nr_periods'),
    throttledPeriods: stat('nr_throttled'),
    ...(quota !== 'max' && { limitCores: Number(quota) / Number(periodUs) }),
  };
}

function readV1(files: ReadonlyMap<string, string[][]>): CpuCounters {
  const stat = countersOf(files.get('cpu.stat'));
  const only = (name: string) => Number(files.get(name)?.[0]?.[0]);
  const quotaUs = only('cpu.cfs_quota_us');
  return {
    usageSeconds: only('cpuacct.usage') / 1e9,
    throttledSeconds: stat('throttled_time') / 1e9,
    periods: stat('nr_periods'),
    throttledPeriods: stat('nr_throttled'),
    // No limit is -1.
    ...(quotaUs !== -1 && { limitCores: quotaUs / only('cpu.cfs_period_us') }),
  };
}

/** `name value` lines; NaN for one that is not there. */
function countersOf(lines: readonly string[][] = []): (name: string) => number {
  return (name) => Number(lines.find(([word]) => word === name)?.[1]);
}
