/**
 * Metrics of what the servers of each pool say of their load now, added up at each scrape. What varies all the time is
 * here and not in the status, where each change would be a write.
 */
import { Gauge, type Registry } from 'prom-client';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import type { LoadSum } from '../planning/load.js';
import { poolLabels } from './object-metrics.js';

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
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const { hitPercent } = source.loadOf(pool);
        if (hitPercent !== undefined) this.set(poolLabels(pool), hitPercent / 100);
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_latency_p99_seconds',
    help: 'What 99 % of the answers took at most by namespace, fleet, pool and answers (all, or those for which an engine asked upstream: recursive)',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'answers'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const { latencyP99Milliseconds: all, recursionP99Milliseconds: recursive } = source.loadOf(pool);
        for (const [answers, milliseconds] of Object.entries({ all, recursive })) {
          if (milliseconds !== undefined) this.set({ ...poolLabels(pool), answers }, milliseconds / 1000);
        }
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_cpu_cores',
    help: 'CPU cores that the engines use together, by namespace, fleet and pool; absent while one does not say it',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const { cpuCores } = source.loadOf(pool);
        if (cpuCores !== undefined) this.set(poolLabels(pool), cpuCores);
      }
    },
  });
}
