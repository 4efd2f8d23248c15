/**
 * The API external.metrics.k8s.io over metrics of dnsfleet, as prometheus-adapter serves it over a Prometheus: a metric
 * is a name, its series are told apart by labels, and the label `namespace` is the namespace that is asked. Pure.
 */
import type { Sample } from './exposition.js';

const groupVersion = 'external.metrics.k8s.io/v1beta1';
const root = `/apis/${groupVersion}`;

/** What is answered: an HTTP status and a body in JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
}

/** A series of a metric, and what is wanted of its labels. */
export interface MetricRequest {
  readonly namespace: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a request asks for: the list of metrics, the values of one, or what is not served, with the answer. */
export type ApiRequest =
  | { readonly type: 'Discovery' }
  | { readonly type: 'Values'; readonly request: MetricRequest }
  | { readonly type: 'Refused'; readonly answer: ApiAnswer };

/** Reads the path and query of a GET. */
export function readRequest(url: string): ApiRequest {
  const { pathname, searchParams } = new URL(url, 'https://adapter');
  if (pathname === root) return { type: 'Discovery' };
  const [, namespace, metric] = /^\/namespaces\/([^/]+)\/([^/]+)$/.exec(pathname.slice(root.length)) ?? [];
  if (!pathname.startsWith(root) || namespace === undefined || metric === undefined) {
    return { type: 'Refused', answer: failure(404, `${pathname} is not served`) };
  }
  const labels = readSelector(searchParams.get('labelSelector') ?? '');
  if (labels === undefined) {
    return {
      type: 'Refused',
      answer: failure(400, 'labelSelector: only `name=value`, with commas between, is served'),
    };
  }
  return { type: 'Values', request: { namespace, metric, labels } };
}

/** Labels that must be equal; undefined when the selector says anything else. */
function readSelector(selector: string): Record<string, string> | undefined {
  const terms = selector.split(',').filter((term) => term !== '');
  const pairs = terms.map((term) => /^([\w./-]+)==?([\w.-]*)$/.exec(term));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** The list of metrics: those that have a series in some namespace. */
export function listMetrics(samples: readonly Sample[]): ApiAnswer {
  const names = new Set(samples.filter(({ labels }) => 'namespace' in labels).map(({ name }) => name));
  const resources = [...names].map((name) => ({
    name,
    singularName: '',
    namespaced: true,
    kind: 'ExternalMetricValueList',
    verbs: ['get'],
  }));
  return { status: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources } };
}

/** The series of a metric that match, with their values at `nowMs`. */
export function listValues(samples: readonly Sample[], request: MetricRequest, nowMs: number): ApiAnswer {
  const wanted = Object.entries({ ...request.labels, namespace: request.namespace });
  const items = samples
    .filter(({ name }) => name === request.metric)
    .filter(({ labels }) => wanted.every(([label, value]) => labels[label] === value))
    .filter(({ value }) => Number.isFinite(value))
    .map(({ name, labels, value }) => ({
      metricName: name,
      metricLabels: labels,
      timestamp: new Date(nowMs).toISOString(),
      value: toQuantity(value),
    }));
  return {
    status: 200,
    body: { kind: 'ExternalMetricValueList', apiVersion: groupVersion, metadata: {}, items },
  };
}

/** A Kubernetes quantity to thousandths. */
const toQuantity = (value: number): string => `${Math.round(value * 1000)}m`;

/** A `Status`, which is how an API of Kubernetes says that it failed. */
export function failure(code: number, message: string): ApiAnswer {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code } };
}
