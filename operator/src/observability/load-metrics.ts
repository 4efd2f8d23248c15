/**
 * Metrics of what the servers of each pool say of their load now, added up at each scrape. What varies all the time is
 * here and not in the status, where each change would be a write.
 */
import { Gauge, type Registry } from 'prom-client';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import type { LoadSum } from '../planning/load.js';
import { poolSeries } from '../runtime/metrics.js';

/** Where the load is read from. */
export interface LoadSource {
  /** None while another replica leads. */
  pools(): readonly DnsPool[];
  /** What the servers of a pool say that are heard. */
  loadOf(pool: DnsPool): LoadSum;
}

/** Registers them. A pool has no series of what is not known of it. */
export function registerLoadMetrics(registry: Registry, source: LoadSource): void {
  const registers = [registry];
  new Gauge({
    name: 'dnsfleet_pool_hit_ratio',
    help: 'Share of the queries that were answered from the cache, by namespace, fleet and pool',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    /** A scrape reads the gauges in this order, so the first fills all three: the loads are added up once. */
    collect() {
      [this, latency, cores].forEach((gauge) => gauge.reset());
      for (const pool of source.pools()) {
        const labels = poolSeries(pool);
        const {
          hitPercent,
          latencyP99Milliseconds: all,
          recursionP99Milliseconds: recursive,
          cpuCores,
        } = source.loadOf(pool);
        if (hitPercent !== undefined) this.set({ ...labels }, hitPercent / 100);
        for (const [answers, milliseconds] of Object.entries({ all, recursive })) {
          if (milliseconds !== undefined) latency.set({ ...labels, answers }, milliseconds / 1000);
        }
        if (cpuCores !== undefined) cores.set({ ...labels }, cpuCores);
      }
    },
  });
  const latency = new Gauge({
    name: 'dnsfleet_pool_latency_p99_seconds',
    help: 'What 99 % of the answers took at most by namespace, fleet, pool and answers (all, or those for which an engine asked upstream: recursive)',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'answers'] as const,
    registers,
  });
  const cores = new Gauge({
    name: 'dnsfleet_pool_cpu_cores',
    help: 'CPU cores that the engines use together, by namespace, fleet and pool; absent while one does not say it',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
  });
}
