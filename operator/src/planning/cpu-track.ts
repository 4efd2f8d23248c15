/**
 * The CPU time of one server, reading by reading. Pure. Separate from the counters of its engine: it is read by somebody
 * else, at other times, and a server without it is as good as any other.
 */
import type { LoadCpu } from '../../../resolver-image/agent/src/contract/load.js';
import type { ServerLoad } from './server-load.js';

export interface CpuTrack {
  /** The last reading, with which the next one is compared. */
  readonly last: LoadCpu;
  /** Between the last two. */
  readonly rates?: CpuRates;
}

export type CpuRates = Pick<ServerLoad, 'cpuCores' | 'cpuLimitCores' | 'throttledPercent'>;

/** Readings are 5 s apart; what is closer is the same, or says nothing about a rate. */
const leastBasisMs = 1000;
/** No container has more cores. */
const mostCores = 4096;
/** The scheduler's period where nobody set another one, in Linux and in the kubelet. */
const usualPeriodMs = 100;

/**
 * What is known after the reading that came with one more answer of the same engine start; undefined without one.
 * `before` is undefined for the first of them, and after anything that could not be believed.
 */
export function takeCpu(before: CpuTrack | undefined, cpu: LoadCpu | undefined): CpuTrack | undefined {
  if (!cpu || !isSound(cpu)) return undefined;
  if (!before) return { last: cpu };
  const { last } = before;
  const elapsedMs = cpu.sampledAtMs - last.sampledAtMs;
  if (elapsedMs >= 0 && elapsedMs < leastBasisMs) return before;
  const cores = (1000 * (cpu.usageSeconds - last.usageSeconds)) / elapsedMs;
  const periods = cpu.periods - last.periods;
  const throttled = cpu.throttledPeriods - last.throttledPeriods;
  if (elapsedMs < 0 || !(cores >= 0 && cores <= mostCores) || periods < 0 || throttled < 0) return { last: cpu };
  const { limitCores } = cpu;
  // A container that sleeps has few periods, and its probe may use one of them up: the time counts, too.
  const ofPeriods = Math.max(periods, elapsedMs / usualPeriodMs);
  return {
    last: cpu,
    rates: {
      cpuCores: cores,
      ...(limitCores !== undefined && {
        cpuLimitCores: limitCores,
        throttledPercent: Math.min(100, (100 * throttled) / ofPeriods),
      }),
    },
  };
}

function isSound({ usageSeconds, periods, throttledPeriods, limitCores = 1, sampledAtMs }: LoadCpu): boolean {
  return (
    [usageSeconds, periods, throttledPeriods].every((value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER) &&
    limitCores > 0 &&
    Number.isFinite(limitCores) &&
    Number.isFinite(sampledAtMs)
  );
}
