/** HorizontalPodAutoscalers of the suites, as examples/ has them, but impatient. */
import { z } from 'zod';

const target = (pool: string) => ({ apiVersion: 'dnsfleet.dev/v1alpha1', kind: 'DnsPool', name: pool });

/** Processor time of the engine, as a share of its request. */
export const engineCpu = (averageUtilization: number): object => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container: 'engine', target: { type: 'Utilization', averageUtilization } },
});

/** Queries per second of the pool for each of its servers, as the operator shows them. */
export const queryRate = (pool: string, averageValue: number): object => ({
  type: 'External',
  external: {
    metric: { name: 'dnsfleet_pool_query_rate', selector: { matchLabels: { dnspool: pool } } },
    target: { type: 'AverageValue', averageValue: String(averageValue) },
  },
});

/**
 * For how long a smaller number must be found before it is taken, in seconds: long enough for the moments in which clients
 * move to a server that just came.
 */
const shrinkAfterSeconds = 30;

/** An autoscaler of the pool of its name, that shrinks it soon. */
export function autoscalerManifest(
  pool: string,
  { metric, ...bounds }: { readonly minReplicas: number; readonly maxReplicas: number; readonly metric: object },
): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: pool },
    spec: {
      scaleTargetRef: target(pool),
      ...bounds,
      metrics: [metric],
      behavior: { scaleDown: { stabilizationWindowSeconds: shrinkAfterSeconds } },
    },
  };
}

const condition = z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() });

/** What an autoscaler says of itself. */
export const autoscalerSchema = z.object({
  status: z.object({ desiredReplicas: z.number(), conditions: z.array(condition).default([]) }),
});
