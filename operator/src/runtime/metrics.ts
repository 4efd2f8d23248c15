/**
 * What the kube layer and the controllers report about themselves. An interface, so that they know nothing of the
 * library that keeps the numbers; every operation is called from hot paths and must neither throw nor wait.
 */

/** How a reconcile ended. `conflict` and `aborted` (shutdown) are no errors: nobody needs to look. */
export type ReconcileOutcome = 'success' | 'requeue' | 'conflict' | 'error' | 'aborted';

/** Why a watch was opened anew. */
export type WatchRestartReason = 'closed' | 'expired' | 'error' | 'inactive' | 'resync';

/** One request to the API server. */
export interface ApiRequestSample {
  readonly verb: string;
  /** The plural of the resource, with its sub-resource (`dnspools/status`). */
  readonly resource: string;
  /** The HTTP status, or the code of the KubeError when there was no answer. */
  readonly code: string;
  readonly seconds: number;
}

export interface KubeMetrics {
  /** dnsfleet_reconcile_total, dnsfleet_reconcile_duration_seconds */
  reconciled(controller: string, outcome: ReconcileOutcome, seconds: number): void;
  /** dnsfleet_workqueue_depth: keys that wait for a worker, delayed ones not counted. */
  queueDepth(controller: string, depth: number): void;
  /** dnsfleet_workqueue_wait_seconds: from due to taken. */
  queueWaited(controller: string, seconds: number): void;
  /** dnsfleet_workqueue_retries_total */
  queueRetried(controller: string): void;
  /** dnsfleet_api_requests_total, dnsfleet_api_request_duration_seconds (a watch is measured to its headers). */
  apiRequest(sample: ApiRequestSample): void;
  /** dnsfleet_watch_restarts_total */
  watchRestarted(resource: string, reason: WatchRestartReason): void;
  /** dnsfleet_store_objects */
  storeSize(resource: string, objects: number): void;
  /** dnsfleet_store_last_event_timestamp_seconds; `atMs` is milliseconds since the Unix epoch. */
  storeEvent(resource: string, atMs: number): void;
  /** dnsfleet_leader */
  leading(isLeader: boolean): void;
}

/** How the removal of a server ended; Unknown: it went, and nobody heard whether it was quiet. */
export const drainResults = ['Quiet', 'Unproven', 'Unknown', 'Undone'] as const;

/** The pool that a series is of. */
export interface PoolLabels {
  readonly namespace: string;
  readonly dnsfleet: string;
  readonly dnspool: string;
}

/** The labels of the series of a pool. */
export const poolSeries = ({ metadata, spec }: PoolIdentity): PoolLabels => ({
  namespace: metadata.namespace,
  dnsfleet: spec.fleet,
  dnspool: metadata.name,
});

interface PoolIdentity {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly fleet: string };
}

/** dnsfleet_pool_drains_total, dnsfleet_pool_drain_query_rate_left */
export interface DrainMetrics {
  /** The first server of a pool was chosen: its series begin at 0. */
  drainsBegin(pool: PoolLabels): void;
  drained(pool: PoolLabels, result: (typeof drainResults)[number]): void;
  /** Clients' queries per second that a server still got when it was stopped; 0 when it was quiet. */
  queriesLeft(pool: PoolLabels, queriesPerSecond: number): void;
  /** The pool is gone, and its series with it. */
  forgetDrains(pool: PoolLabels): void;
}

/** dnsfleet_pool_scale_events_total */
export interface ScaleMetrics {
  /** The autoscaler changed the number of servers. */
  scaled(pool: PoolLabels, event: { readonly type: 'Grow' | 'Shrink'; readonly reason: string }): void;
  /** The pool is gone, and its series with it. */
  forgetScaling(pool: PoolLabels): void;
}

/** Keeps nothing. */
export const noScaleMetrics: ScaleMetrics = { scaled: () => undefined, forgetScaling: () => undefined };

/** Keeps nothing. */
export const noDrainMetrics: DrainMetrics = {
  drainsBegin: () => undefined,
  drained: () => undefined,
  queriesLeft: () => undefined,
  forgetDrains: () => undefined,
};

/** Keeps nothing. */
export const noMetrics: KubeMetrics = {
  reconciled: () => undefined,
  queueDepth: () => undefined,
  queueWaited: () => undefined,
  queueRetried: () => undefined,
  apiRequest: () => undefined,
  watchRestarted: () => undefined,
  storeSize: () => undefined,
  storeEvent: () => undefined,
  leading: () => undefined,
};
