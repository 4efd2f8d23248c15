/**
 * How much of a pool's capacity the load takes, with the spare servers left out. Separate, because the autoscaler, the
 * condition `CapacitySufficient` and the removal of servers must never differ about it.
 */

export interface UtilizationInput {
  /** The load of the whole pool. */
  readonly queriesPerSecond: number;
  /**
   * Servers that answer clients: ready, not stopping, not marked for removal. A cold one counts for less than one
   * (planning/cold-servers.ts), so this may be a fraction.
   */
  readonly serving: number;
  /** Servers that may be lost (`capacity.redundancy`): they carry no planned load. */
  readonly redundancy: number;
  /** Queries per second that one warm server answers at its limit. */
  readonly capacityQps: number;
}

/**
 * The load as a share of what the servers without the spare ones can carry: 1 is all of it. Infinity when there is load
 * and no server but the spare ones: that is an emergency. 0 without load.
 */
export function utilization({ queriesPerSecond, serving, redundancy, capacityQps }: UtilizationInput): number {
  if (queriesPerSecond <= 0) return 0;
  const carrying = serving - redundancy;
  return carrying > 0 ? queriesPerSecond / (carrying * capacityQps) : Number.POSITIVE_INFINITY;
}

export interface NeedInput {
  readonly queriesPerSecond: number;
  readonly capacityQps: number;
  readonly scaleUpThresholdPercent: number;
}

/**
 * The fewest warm servers that carry the load at no more than the upper threshold, without spare ones: with `redundancy` more
 * of them the utilization is at or below the threshold, and with one fewer it is above.
 */
export function neededServers({ queriesPerSecond, capacityQps, scaleUpThresholdPercent }: NeedInput): number {
  // One division of products: 0.7 has no exact form, and 70 queries/s on a server of 100 would need two.
  return Math.ceil(Math.max(0, 100 * queriesPerSecond) / (capacityQps * scaleUpThresholdPercent));
}
