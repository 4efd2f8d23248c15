/** Counts how the drains of servers that were taken away ended, for each pool that ever took one away. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { type DrainMetrics, drainResults } from '../runtime/metrics.js';

/** Registers the metrics of drains, and returns the operations that fill them. */
export function createDrainMetrics(registry: Registry): DrainMetrics {
  const drains = new Counter({
    name: 'dnsfleet_pool_drains_total',
    help: `Servers that were chosen to be taken away by namespace, fleet, pool and result (${drainResults.join(', ')})`,
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'result'] as const,
    registers: [registry],
  });
  const left = new Gauge({
    name: 'dnsfleet_pool_drain_query_rate_left',
    help: "Clients' queries per second that the server which was taken away last still got when it stopped, by namespace, fleet and pool",
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers: [registry],
  });
  return {
    drainsBegin: (pool) => drainResults.forEach((result) => drains.inc({ ...pool, result }, 0)),
    drained: (pool, result) => drains.inc({ ...pool, result }),
    queriesLeft: (pool, queriesPerSecond) => left.set({ ...pool }, queriesPerSecond),
    forgetDrains: (pool) => {
      drainResults.forEach((result) => drains.remove({ ...pool, result }));
      left.remove({ ...pool });
    },
  };
}
