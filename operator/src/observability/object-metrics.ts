/**
 * Metrics of fleets and pools, read from their status at each scrape: an object that is gone has no series, and their
 * number is bounded by the objects themselves.
 */
import { Gauge, type Registry } from 'prom-client';
import type { Condition } from '../api/v1alpha1/condition.js';
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';

/** Where the objects are read from. */
export interface ObjectSource {
  fleets(): readonly DnsFleet[];
  pools(): readonly DnsPool[];
}

const conditionValues = { True: 1, False: 0, Unknown: -1 } as const;

/** Registers the metrics of all objects of `source`. */
export function registerObjectMetrics(registry: Registry, source: ObjectSource): void {
  const registers = [registry];
  new Gauge({
    name: 'dnsfleet_pool_servers',
    help: 'Servers of a pool by state (desired, ready, updated, stopping)',
    labelNames: ['namespace', 'dnsfleet', 'dnspool', 'state'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        const servers = pool.status?.servers;
        if (servers === undefined) continue;
        const { desired, ready, updated, stopping } = servers;
        for (const [state, value] of Object.entries({ desired, ready, updated, stopping })) {
          this.set({ ...poolLabels(pool), state }, value);
        }
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_pool_query_rate',
    help: 'Queries per second of a pool, as its servers reported them last, to two digits',
    labelNames: ['namespace', 'dnsfleet', 'dnspool'] as const,
    registers,
    collect() {
      this.reset();
      for (const pool of source.pools()) {
        if (pool.status?.load) this.set(poolLabels(pool), pool.status.load.queriesPerSecond);
      }
    },
  });
  new Gauge({
    name: 'dnsfleet_condition',
    help: 'Conditions of fleets and pools by kind, name and type: 1 True, 0 False, -1 Unknown',
    labelNames: ['kind', 'namespace', 'name', 'type'] as const,
    registers,
    collect() {
      this.reset();
      const set = (kind: string, object: DnsFleet | DnsPool) => {
        for (const condition of conditionsOf(object)) {
          const { namespace, name } = object.metadata;
          this.set({ kind, namespace, name, type: condition.type }, conditionValues[condition.status]);
        }
      };
      for (const fleet of source.fleets()) set('DnsFleet', fleet);
      for (const pool of source.pools()) set('DnsPool', pool);
    },
  });
}

const conditionsOf = (object: DnsFleet | DnsPool): readonly Condition[] => object.status?.conditions ?? [];

const poolLabels = (pool: DnsPool) => ({
  namespace: pool.metadata.namespace,
  dnsfleet: pool.spec.fleet,
  dnspool: pool.metadata.name,
});
