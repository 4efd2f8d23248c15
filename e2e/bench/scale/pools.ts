/** The pools of the benchmark: made anew for each step, so that none has a cool-down or a warm cache from the step before. */
import { fleetReady, serversGone, serversOf } from '../../suites/helpers/fleets.js';
import { fleetManifest, forwardTo } from '../../suites/helpers/manifests.js';
import type { Endpoint } from '../../traffic/endpoint.js';
import { cooldownSeconds, cpu, redundancy, servers, targetPercent } from './inputs.js';
import type { HpaMetric } from './options.js';
import type { Site } from './site.js';

export interface PoolWish {
  readonly name: string;
  readonly mode: 'Builtin' | 'External' | 'Disabled';
  readonly servers: number;
  readonly capacityQps?: number;
}

/** A fleet of one pool. */
export interface BenchPool {
  readonly name: string;
  /** Where its clients ask. */
  readonly endpoint: Endpoint;
  /** Deletes it, and waits until its servers are gone. */
  remove(): Promise<void>;
}

/** The pool of a fleet: its region and its PoP have one name. */
const place = 'here';
export const poolNameOf = (fleet: string): string => `${fleet}-${place}`;

/** Makes a fleet and waits until it is ready. @throws Error with its conditions when it is not in time */
export async function makePool({ kubectl, upstream }: Site, wish: PoolWish): Promise<BenchPool> {
  const { name, mode, capacityQps } = wish;
  await kubectl.apply(
    fleetManifest({
      name,
      regions: { [place]: { [place]: wish.servers } },
      upstreams: forwardTo(upstream.endpoint),
      cpu,
      redundancy,
      autoscaling: { mode, cooldownSeconds, scaleUpThresholdPercent: targetPercent },
      ...(capacityQps !== undefined && { capacityQps }),
    }),
  );
  await fleetReady(kubectl, name, 90_000);
  const { spec } = await kubectl.service(name);
  return {
    name,
    endpoint: { address: spec.clusterIP, port: 53 },
    async remove() {
      const pods = await kubectl.pods(serversOf(name));
      await kubectl.run(['delete', 'dnsfleet,hpa', name, '--ignore-not-found', '--wait=false']);
      await serversGone(kubectl, pods, 120_000);
    },
  };
}

/**
 * The HorizontalPodAutoscaler of a pool, with the aim of the pool itself: 70 % of the processor that an engine gets, or
 * 70 % of the queries that it answers with that, with the defaults of its controller.
 */
export function hpaManifest(
  name: string,
  { metric, capacityQps }: { readonly metric: HpaMetric; readonly capacityQps: number },
): object {
  const processor = {
    type: 'ContainerResource',
    containerResource: {
      name: 'cpu',
      container: 'engine',
      target: { type: 'Utilization', averageUtilization: targetPercent },
    },
  };
  const averageValue = `${Math.round((capacityQps * targetPercent) / 100)}`;
  const queries = {
    type: 'External',
    external: {
      metric: { name: 'dnsfleet_pool_query_rate', selector: { matchLabels: { dnspool: poolNameOf(name) } } },
      target: { type: 'AverageValue', averageValue },
    },
  };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'dnsfleet.dev/v1alpha1', kind: 'DnsPool', name: poolNameOf(name) },
      minReplicas: servers,
      maxReplicas: servers + 4,
      metrics: [...(metric === 'queries' ? [] : [processor]), ...(metric === 'cpu' ? [] : [queries])],
    },
  };
}
