/** Counts how the drains of servers that were taken away ended, for each pool that ever took one away. */
import { Counter, type Registry } from 'prom-client';
import { type DrainMetrics, drainResults } from '../runtime/metrics.js';

/** Registers `dnsfleet_pool_drains_total`, and returns the operations that fill it. */
export function createDrainMetrics(registry: Registry): DrainMetrics {
  const drains = new Counter({
    name: 'dnsfleet_pool_drains_total',
    help: `Servers that were chosen to be taken away by namespace, fleet, pool and result (${drainResults.join(', ')})`,
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'result'] as const,
    registers: [registry],
  });
  return {
    drainsBegin: (pool) => drainResults.forEach((result) => drains.inc({ ...pool, result }, 0)),
    drained: (pool, result) => drains.inc({ ...pool, result }),
    forgetDrains: (pool) => drainResults.forEach((result) => drains.remove({ ...pool, result })),
  };
}
