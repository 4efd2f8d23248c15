/**
 * Metrics of fleets and pools, read from their status at each scrape: an object that is gone has no series, and their
 * number is bounded by the objects themselves. Only the leader shows them, so that a sum over the replicas of the
 * operator counts each object once.
 */
import { Gauge, type Registry } from 'prom-client';
import type { Condition } from '../api/v1alpha1/condition.js';
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { poolSeries } from '../runtime/metrics.js';

/** Where the objects are read from; empty while another replica leads. */
export interface ObjectSource {
  fleets(): readonly DnsFleet[];
  pools(): readonly DnsPool[];
}

const serverStates = ['desired', 'ready', 'updated', 'stopping', 'fresh', 'stale', 'absent'] as const;
const noConditions: readonly Condition[] = [];

/** Registers the metrics of all objects of `source`. */
export function registerObjectMetrics(registry: Registry, source: ObjectSource): void {
  const registers = [registry];
  new Gauge({
    name: 'dnsfleet_pool_servers',
    help: 'Servers of a pool by namespace, fleet, pool and state (desired, ready, updated, stopping, and the ready ones by what is known of their load: fresh, stale, absent)',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'state'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        if (!pool.status?.servers) continue;
        for (const state of serverStates) {
          const value = pool.status.servers[state];
          if (value !== undefined) this.set({ ...poolSeries(pool), state }, value);
        }
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_query_rate',
    help: 'Queries per second by namespace, fleet and pool, as the servers reported them last, to two digits',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        if (pool.status?.load) this.set(poolSeries(pool), pool.status.load.queriesPerSecond);
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_utilization_ratio',
    help: 'Load by namespace, fleet and pool against what the servers carry without the spare ones, to 5 points of percent',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const percent = pool.status?.scaling?.utilizationPercent;
        if (percent !== undefined) this.set(poolSeries(pool), percent / 100);
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_capacity_queries_per_second',
    help: 'Queries per second that one warm server counts for, by namespace, fleet, pool and source (Configured, Measured, Minimum while not enough was measured)',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'source'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const { capacity } = pool.status ?? {};
        if (capacity) this.set({ ...poolSeries(pool), source: capacity.source }, capacity.queriesPerSecond);
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_needed_servers',
    help: 'Servers by namespace, fleet and pool that the load takes, without the spare ones',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const needed = pool.status?.scaling?.neededServers;
        if (needed !== undefined) this.set(poolSeries(pool), needed);
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_cooldown_until_timestamp_seconds',
    help: 'When the number of servers may change next, by namespace, fleet and pool',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const until = pool.status?.scaling?.cooldownUntilTime;
        if (until !== undefined) this.set(poolSeries(pool), Date.parse(until) / 1000);
      }
    },
  });
  // One series for each condition, of the status that it has: three, as in kube-state-metrics, are 20,000 for 200 fleets.
  new Gauge({
    name: 'dnsfleet_condition',
    help: '1 by namespace, fleet, type and status of a condition of a fleet, for the status that it has',
    labelNames: ['namespace', 'dnsfleet', 'type', 'status'] as const,
    registers,
    collect() {
      this.reset();
      for (const fleet of source.fleets()) {
        const { namespace, name: dnsfleet } = fleet.metadata;
        for (const { type, status } of fleet.status?.conditions ?? noConditions) {
          this.set({ namespace, dnsfleet, type, status }, 1);
        }
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_condition',
    help: '1 by namespace, fleet, pool, type and status of a condition of a pool, for the status that it has',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'type', 'status'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        for (const { type, status } of pool.status?.conditions ?? noConditions) {
          this.set({ ...poolSeries(pool), type, status }, 1);
        }
      }
    },
  });
}
