/** Resources: where a kind is served, and how one of its objects is read. One table for the built-in kinds that we use. */
import type {
  EventsV1Event,
  V1ConfigMap,
  V1Deployment,
  V1EndpointSlice,
  V1Lease,
  V1Node,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import type { Manifest } from '../builders/manifest.js';
import { isRecord, splitKey, type KubeObject } from './object.js';

/** A kind, where it is served, and how to read its objects. */
export interface Resource<T extends KubeObject> {
  /** API group, '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /**
   * Reads one object out of parsed JSON; throws an error that says what is wrong with it. Custom resources are checked
   * against their schema here; built-in kinds are the API server's own and are only checked for their metadata.
   */
  parse(raw: unknown): T;
}

/** A built-in kind as plain JSON: times are strings, and metadata is complete. */
export type Live<T> = Manifest<T> & KubeObject;

export type Deployment = Live<V1Deployment>;
export type Service = Live<V1Service>;
export type ConfigMap = Live<V1ConfigMap>;
export type ServiceAccount = Live<V1ServiceAccount>;
export type Secret = Live<V1Secret>;
export type Pod = Live<V1Pod>;
export type Node = Live<V1Node>;
export type PodDisruptionBudget = Live<V1PodDisruptionBudget>;
export type EndpointSlice = Live<V1EndpointSlice>;
export type Lease = Live<V1Lease>;
export type KubeEvent = Live<EventsV1Event>;

/** Only what it scales: a cluster may have thousands of them, and their status changes every few seconds. */
export interface HorizontalPodAutoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
  };
}

export const deployments = builtIn<Deployment>('apps/v1', 'deployments', 'Deployment');
export const services = builtIn<Service>('v1', 'services', 'Service');
export const configMaps = builtIn<ConfigMap>('v1', 'configmaps', 'ConfigMap');
export const serviceAccounts = builtIn<ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount');
export const secrets = builtIn<Secret>('v1', 'secrets', 'Secret');
export const pods = builtIn<Pod>('v1', 'pods', 'Pod');
export const nodes: Resource<Node> = { ...builtIn<Node>('v1', 'nodes', 'Node'), namespaced: false };
export const podDisruptionBudgets = builtIn<PodDisruptionBudget>(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
);
const anyAutoscalers = builtIn<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
);
export const horizontalPodAutoscalers: Resource<HorizontalPodAutoscaler> = {
  ...anyAutoscalers,
  parse: (raw) => {
    const { metadata, spec } = anyAutoscalers.parse(raw);
    const { uid, name, namespace, resourceVersion } = metadata;
    return { metadata: { uid, name, namespace, resourceVersion }, spec: { scaleTargetRef: spec.scaleTargetRef } };
  },
};
export const endpointSlices = builtIn<EndpointSlice>('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice');
export const leases = builtIn<Lease>('coordination.k8s.io/v1', 'leases', 'Lease');
export const events = builtIn<KubeEvent>('events.k8s.io/v1', 'events', 'Event');

/** `group/version`, or `version` for the core group. */
export function apiVersionOf(resource: Resource<KubeObject>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The path of all objects of `resource`, in `namespace` or everywhere. */
export function collectionPath(resource: Resource<KubeObject>, namespace?: string): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${apiVersionOf(resource)}${place}/${resource.plural}`;
}

/** The path of the object with `key`, or of its `subresource`. Throws when the key does not fit the resource. */
export function objectPath(resource: Resource<KubeObject>, key: string, subresource?: string): string {
  const { namespace, name } = splitKey(key);
  if (name === '' || resource.namespaced !== (namespace !== undefined)) {
    throw new TypeError(`'${key}' is no key of ${resource.plural}`);
  }
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}${suffix}`;
}

function builtIn<T extends KubeObject>(apiVersion: string, plural: string, kind: string): Resource<T> {
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    plural,
    kind,
    namespaced: true,
    parse: (raw) => {
      const metadata = isRecord(raw) ? raw['metadata'] : undefined;
      if (
        !isRecord(metadata) ||
        !['name', 'uid', 'resourceVersion'].every((key) => typeof metadata[key] === 'string')
      ) {
        throw new TypeError(`reading ${kind}: it has no complete metadata`);
      }
      // The parsing edge: the API server has checked its own kinds.
      return raw as T;
    },
  };
}
