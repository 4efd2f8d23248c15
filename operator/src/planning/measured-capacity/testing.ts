/** Servers whose capacity is known to the test, and looks at them. */
import { server } from '../autoscale/testing.js';
import type { ScaledServer } from '../autoscale/types.js';
import { costOfQuery } from '../query-cost.js';
import type { ServerLoad } from '../server-load.js';
import { type CapacityLook, measureCapacity } from './measure.js';
import type { CapacityMemory, MeasuredCapacity } from './types.js';

/** A server that answers so many hits per second at its limit of two cores. */
export interface TrueServer {
  readonly hitsAtLimit: number;
  readonly queriesPerSecond: number;
  readonly hitPercent: number;
  /** Cores that the process takes without queries. */
  readonly idleCores?: number;
}

export const limitCores = 2;

/** What its agent says. */
export function loadOf({ hitsAtLimit, queriesPerSecond, hitPercent, idleCores = 0 }: TrueServer): ServerLoad {
  const share = (queriesPerSecond * costOfQuery(hitPercent)) / hitsAtLimit;
  const cpuCores = idleCores + share * (limitCores - idleCores);
  return {
    freshness: 'Fresh',
    queriesPerSecond,
    hitPercent,
    cpuCores,
    cpuLimitCores: limitCores,
    throttledPercent: 0,
    engineAgeSeconds: 3600,
  };
}

/** A server of 10,000 hits/s that uses half of its limit at a hit ratio of 100 %, but for `over` and without `absent`. */
export function usualServer(over: Partial<ServerLoad> = {}, absent?: 'cpuCores' | 'cpuLimitCores'): ScaledServer {
  const load: ServerLoad = { ...loadOf({ hitsAtLimit: 10_000, queriesPerSecond: 5000, hitPercent: 100 }), ...over };
  const { cpuCores, cpuLimitCores, ...others } = load;
  return server({
    load: {
      ...others,
      ...(absent !== 'cpuCores' && cpuCores !== undefined && { cpuCores }),
      ...(absent !== 'cpuLimitCores' && cpuLimitCores !== undefined && { cpuLimitCores }),
    },
  });
}

export const usualLook = { bounds: { minQps: 1000, maxQps: 100_000 }, threads: 4, cooldownMs: 300_000 };

/** Looks at one pool, one after the other. */
export class Looks {
  nowMs = 0;
  memory: CapacityMemory | undefined;
  /** What came of the last look. */
  last: MeasuredCapacity | undefined;
  options: Omit<CapacityLook, 'nowMs' | 'servers'> = usualLook;

  /** Looks `count` times, each `seconds` after the one before; returns what came of the last. */
  look(servers: readonly ScaledServer[], count = 1, seconds = 20): MeasuredCapacity {
    let measured: MeasuredCapacity | undefined;
    for (let done = 0; done < count; done += 1) {
      this.nowMs += seconds * 1000;
      measured = measureCapacity(this.memory, { ...this.options, nowMs: this.nowMs, servers });
      this.memory = measured.memory;
    }
    this.last = measured ?? this.last;
    if (!this.last) throw new Error('nobody looked');
    return this.last;
  }
}

/** After five minutes of looks at `servers`. */
export function learntFrom(servers: readonly ScaledServer[]): Looks {
  const looks = new Looks();
  looks.look(servers, 20);
  return looks;
}
