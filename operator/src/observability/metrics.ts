/** The operator's metrics in a registry of its own: what the kube layer and the controllers report. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { KubeMetrics } from '../runtime/metrics.js';

/** Seconds: a call to a local API server takes milliseconds, one that waits for its time-out 15 s. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const reconcileBuckets = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A new registry with the metrics of Node.js itself (names without our prefix, as dashboards for Node.js expect). */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Registers the metrics of the kube layer and returns the operations that fill them. */
export function createKubeMetrics(registry: Registry): KubeMetrics {
  const registers = [registry];
  const reconciles = new Counter({
    name: 'dnsfleet_reconcile_total',
    help: 'Reconciles by controller and result (success, requeue, conflict, error, aborted)',
    labelNames: ['controller', 'result'] as const,
    registers,
  });
  const reconcileSeconds = new Histogram({
    name: 'dnsfleet_reconcile_duration_seconds',
    help: 'Duration of a reconcile in seconds by controller',
    labelNames: ['controller'] as const,
    buckets: reconcileBuckets,
    registers,
  });
  const depth = new Gauge({
    name: 'dnsfleet_workqueue_depth',
    help: 'Keys that wait for a worker by controller',
    labelNames: ['controller'] as const,
    registers,
  });
  const wait = new Histogram({
    name: 'dnsfleet_workqueue_wait_seconds',
    help: 'Seconds for which a key that was due waited for a worker by controller',
    labelNames: ['controller'] as const,
    buckets: reconcileBuckets,
    registers,
  });
  const retries = new Counter({
    name: 'dnsfleet_workqueue_retries_total',
    help: 'Keys that were queued again after an error by controller',
    labelNames: ['controller'] as const,
    registers,
  });
  const requests = new Counter({
    name: 'dnsfleet_api_requests_total',
    help: 'Requests to the API server by verb, resource and code (HTTP status, or why there was none)',
    labelNames: ['verb', 'resource', 'code'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'dnsfleet_api_request_duration_seconds',
    help: 'Duration of requests to the API server in seconds by verb and resource; of a watch, until it was open',
    labelNames: ['verb', 'resource'] as const,
    buckets: requestBuckets,
    registers,
  });
  const restarts = new Counter({
    name: 'dnsfleet_watch_restarts_total',
    help: 'Watches that were opened anew by resource and reason (closed, expired, error, inactive, resync)',
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
  const leader = new Gauge({ name: 'dnsfleet_leader', help: '1 while this replica leads, else 0', registers });
  leader.set(0);
  return {
    reconciled(controller, outcome, seconds) {
      reconciles.inc({ controller, result: outcome });
      reconcileSeconds.observe({ controller }, seconds);
    },
    queueDepth: (controller, value) => depth.set({ controller }, value),
    queueWaited: (controller, seconds) => wait.observe({ controller }, seconds),
    queueRetried: (controller) => retries.inc({ controller }),
    apiRequest({ verb, resource, code, seconds }) {
      requests.inc({ verb, resource, code });
      requestSeconds.observe({ verb, resource }, seconds);
    },
    watchRestarted: (resource, reason) => restarts.inc({ resource, reason }),
    storeSize: (resource, value) => objects.set({ resource }, value),
    storeEvent: (resource, atMs) => lastEvent.set({ resource }, atMs / 1000),
    leading: (isLeader) => leader.set(isLeader ? 1 : 0),
  };
}
