/**
 * The operator's metrics: what the kube layer and the controllers report about themselves. In a registry that is handed
 * in, since the library's global one refuses a second operator in one process. Counters begin at 0 as soon as their
 * controller or resource is first heard of: a series that begins at 1 has no increase.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { KubeMetrics, ReconcileOutcome, WatchRestartReason } from '../runtime/metrics.js';

/** Seconds: a call to a local API server takes milliseconds, one that waits for its time-out 15 s. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
/** Seconds: a reconcile that finds nothing to do takes no call; one that asks agents may take its 60 s. */
const reconcileBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];

const outcomes: readonly ReconcileOutcome[] = ['success', 'requeue', 'conflict', 'error', 'aborted'];
const restartReasons: readonly WatchRestartReason[] = ['closed', 'expired', 'error', 'inactive', 'resync'];

/** Registers `dnsfleet_build_info`, whose value is always 1. */
export function registerBuildInfo(
  registry: Registry,
  build: { readonly version: string; readonly node: string },
): void {
  new Gauge({
    name: 'dnsfleet_build_info',
    help: '1, labelled by the version of the operator and of the Node.js that runs it',
    labelNames: ['version', 'node'] as const,
    registers: [registry],
  }).set({ version: build.version, node: build.node }, 1);
}

/** Registers the metrics of the kube layer and the controllers, and returns the operations that fill them. */
export function createKubeMetrics(registry: Registry): KubeMetrics {
  return { ...controllerMetrics(registry), ...apiMetrics(registry), ...storeMetrics(registry) };
}

type ControllerMetrics = Pick<KubeMetrics, 'reconciled' | 'queueDepth' | 'queueWaited' | 'queueRetried' | 'leading'>;

function controllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const labelNames = ['controller'] as const;
  const reconciles = new Counter({
    name: 'dnsfleet_reconcile_total',
    help: `Reconciles by controller and result (${outcomes.join(', ')})`,
    labelNames: ['controller', 'result'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'dnsfleet_reconcile_duration_seconds',
    help: 'Duration of a reconcile in seconds by controller',
    labelNames,
    buckets: reconcileBuckets,
    registers,
  });
  const depth = new Gauge({
    name: 'dnsfleet_workqueue_depth',
    help: 'Keys that wait for a worker by controller; delayed ones are not counted',
    labelNames,
    registers,
  });
  const wait = new Histogram({
    name: 'dnsfleet_workqueue_wait_seconds',
    help: 'Seconds for which a key that was due waited for a worker by controller',
    labelNames,
    buckets: reconcileBuckets,
    registers,
  });
  const retries = new Counter({
    name: 'dnsfleet_workqueue_retries_total',
    help: 'Keys that were queued again after a failure by controller',
    labelNames,
    registers,
  });
  const leader = new Gauge({ name: 'dnsfleet_leader', help: '1 while this replica leads, else 0', registers });
  leader.set(0);
  const meet = once((controller) => {
    for (const result of outcomes) reconciles.inc({ controller, result }, 0);
    retries.inc({ controller }, 0);
    seconds.zero({ controller });
    wait.zero({ controller });
  });
  return {
    reconciled(controller, result, value) {
      meet(controller);
      reconciles.inc({ controller, result });
      seconds.observe({ controller }, value);
    },
    queueDepth(controller, value) {
      meet(controller);
      depth.set({ controller }, value);
    },
    queueWaited: (controller, value) => wait.observe({ controller }, value),
    queueRetried: (controller) => retries.inc({ controller }),
    leading: (isLeader) => leader.set(isLeader ? 1 : 0),
  };
}

function apiMetrics(registry: Registry): Pick<KubeMetrics, 'apiRequest'> {
  const registers = [registry];
  const requests = new Counter({
    name: 'dnsfleet_api_requests_total',
    help: 'Requests to the API server by verb, resource and code (HTTP status, or why there was no answer)',
    labelNames: ['verb', 'resource', 'code'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'dnsfleet_api_request_duration_seconds',
    help: 'Duration of requests to the API server in seconds by verb and resource; of a watch, until it was open',
    labelNames: ['verb', 'resource'] as const,
    buckets: requestBuckets,
    registers,
  });
  return {
    apiRequest({ verb, resource, code, seconds }) {
      requests.inc({ verb, resource, code });
      duration.observe({ verb, resource }, seconds);
    },
  };
}

function storeMetrics(registry: Registry): Pick<KubeMetrics, 'watchRestarted' | 'storeSize' | 'storeEvent'> {
  const registers = [registry];
  const restarts = new Counter({
    name: 'dnsfleet_watch_restarts_total',
    help: `Watches that were opened anew by resource and reason (${restartReasons.join(', ')})`,
    labelNames: ['resource', 'reason'] as const,
    registers,
  });
  const objects = new Gauge({
    name: 'dnsfleet_store_objects',
    help: 'Objects in the cache by resource',
    labelNames: ['resource'] as const,
    registers,
  });
  const lastEvent = new Gauge({
    name: 'dnsfleet_store_last_event_timestamp_seconds',
    help: 'When the cache of a resource last heard from the API server, in seconds since the Unix epoch',
    labelNames: ['resource'] as const,
    registers,
  });
  const meet = once((resource) => {
    for (const reason of restartReasons) restarts.inc({ resource, reason }, 0);
  });
  return {
    watchRestarted(resource, reason) {
      meet(resource);
      restarts.inc({ resource, reason });
    },
    storeSize(resource, value) {
      meet(resource);
      objects.set({ resource }, value);
    },
    storeEvent: (resource, atMs) => lastEvent.set({ resource }, atMs / 1000),
  };
}

/** Calls `fn` the first time that it is given a value. */
function once(fn: (value: string) => void): (value: string) => void {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return;
    known.add(value);
    fn(value);
  };
}
