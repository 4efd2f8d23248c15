/** Pools in a few words, for the tests of the autoscaler. */
import type { ScaledServer, ScaleObservation } from './types.js';

export const nowMs = Date.UTC(2026, 10, 24, 12);

export function server(over: Partial<ScaledServer> = {}): ScaledServer {
  return { uid: 'a', isReady: true, isStopping: false, isMarked: false, load: { freshness: 'Fresh' }, ...over };
}

/** So many serving servers that share a load. */
export function servers(count: number, queriesPerSecond: number): ScaledServer[] {
  return Array.from({ length: count }, (_, index) =>
    server({ uid: `s-${index}`, load: { freshness: 'Fresh', queriesPerSecond: queriesPerSecond / count } }),
  );
}

/** The pool of `count` servers of 100 queries/s, as many as are wanted, whose load was the same for a whole cool-down. */
export function pool(count: number, queriesPerSecond: number, over: Partial<ScaleObservation> = {}): ScaleObservation {
  return {
    ...poolWithoutCapacity(count, queriesPerSecond),
    capacityQps: 100,
    record: { wanted: over.wanted ?? count },
    ...over,
  };
}

export function poolWithoutCapacity(count: number, queriesPerSecond: number): ScaleObservation {
  return {
    nowMs,
    autoscaling: { mode: 'Builtin', scaleUpThresholdPercent: 70, scaleDownThresholdPercent: 30, cooldownSeconds: 300 },
    minServers: 3,
    maxServers: 20,
    redundancy: 2,
    wanted: count,
    servers: servers(count, queriesPerSecond),
    record: { wanted: count },
    isRollingOut: false,
    isRetiring: false,
    pauses: {},
    hasOtherScaler: false,
    memory: { window: windowOf(queriesPerSecond) },
  };
}

/** A window that was seen in full, with one load throughout. */
export function windowOf(queriesPerSecond: number) {
  const sinceMs = nowMs - 300_000;
  return { sinceMs, untilMs: nowMs, peaks: [{ queriesPerSecond, fromMs: sinceMs, untilMs: nowMs }] };
}
