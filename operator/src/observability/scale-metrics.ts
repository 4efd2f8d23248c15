/** Counts how often the autoscaler changed the number of servers, and why, for each pool where it ever did. */
import { Counter, type Registry } from 'prom-client';
import { scaleReasons } from '../planning/autoscale/reasons.js';
import type { ScaleMetrics } from '../runtime/metrics.js';

/** Why a number changes; the other reasons are for keeping it. */
const eventReasons = {
  Grow: [scaleReasons.highUtilization, scaleReasons.emergency, scaleReasons.belowRedundancy],
  Shrink: [scaleReasons.lowUtilization],
} as const;

/** Registers `dnsfleet_pool_scale_events_total`, and returns the operations that fill it. */
export function createScaleMetrics(registry: Registry): ScaleMetrics {
  const events = new Counter({
    name: 'dnsfleet_pool_scale_events_total',
    help: 'Changes of the number of servers by the autoscaler, by namespace, fleet, pool, type (Grow, Shrink) and reason',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'type', 'reason'] as const,
    registers: [registry],
  });
  return {
    scaled: (pool, { type, reason }) => events.inc({ ...pool, type, reason }),
    forgetScaling: (pool) =>
      Object.entries(eventReasons).forEach(([type, known]) =>
        known.forEach((reason) => events.remove({ ...pool, type, reason })),
      ),
  };
}
