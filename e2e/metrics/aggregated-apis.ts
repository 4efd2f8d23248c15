/** The APIs behind the API server that give HorizontalPodAutoscalers their metrics, and how it finds them. Pure. */

/** Of their Services; the certificate of the cluster's aggregated APIs is good here. */
const namespace = 'kube-system';

export interface AggregatedApi {
  readonly group: 'metrics.k8s.io' | 'external.metrics.k8s.io';
  /** Name of its Service. */
  readonly service: string;
  /** Port on node 1. */
  readonly port: number;
}

export const resourceMetrics: AggregatedApi = { group: 'metrics.k8s.io', service: 'metrics-server', port: 4443 };
export const externalMetrics: AggregatedApi = {
  group: 'external.metrics.k8s.io',
  service: 'external-metrics',
  port: 4444,
};

export const aggregatedApis: readonly AggregatedApi[] = [resourceMetrics, externalMetrics];

/** The path of its list of resources. */
export const rootOf = ({ group }: AggregatedApi): string => `/apis/${group}/v1beta1`;

/** Its object `APIService`. */
export const apiServiceName = ({ group }: AggregatedApi): string => `v1beta1.${group}`;

/** A Service that leads to a process on a node, and the registration of the API. */
export function manifestsOf(api: AggregatedApi, nodeAddress: string, caPem: string): readonly object[] {
  const { group, service: name, port } = api;
  const metadata = { name, namespace };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 443, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: '', port }],
      endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: apiServiceName(api) },
      spec: {
        group,
        version: 'v1beta1',
        service: metadata,
        caBundle: Buffer.from(caPem).toString('base64'),
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ];
}
