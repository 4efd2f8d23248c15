/**
 * The life of the operator's process: follow the API server, be asked over HTTP, lead when it is our turn, and stop in
 * order. Separate from `main`, which only knows the outside of the process.
 */
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { Options } from './config/options.js';
import { createOperator, type Operator } from './controllers/operator.js';
import { loadConnection } from './kube/connection.js';
import { HttpKubeClient } from './kube/http-client.js';
import { objectKey } from './kube/object.js';
import { waitForSync } from './kube/reflector.js';
import { startHttpServer } from './observability/http-server.js';
import { createDrainMetrics } from './observability/drain-metrics.js';
import { createScaleMetrics } from './observability/scale-metrics.js';
import { createKubeMetrics, registerBuildInfo } from './observability/metrics.js';
import { registerLoadMetrics } from './observability/load-metrics.js';
import { registerObjectMetrics } from './observability/object-metrics.js';
import type { Clock, Random } from './runtime/clock.js';
import { LeaderElector } from './runtime/leader.js';
import type { Logger } from './runtime/logger.js';
import type { KubeMetrics } from './runtime/metrics.js';
import { runShutdown } from './runtime/shutdown.js';

export interface RunOptions {
  readonly options: Options;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The name of our pod. */
  readonly instance: string;
  /** Unique to this process, among all that were and will be. */
  readonly identity: string;
  readonly version: string;
  readonly node: string;
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal;
}

/** How the process ended: `stopped` as it was told, or `lost` the lease with work under way that does not end. */
export type Ending = 'stopped' | 'lost';

/** In all less than the chart's `terminationGracePeriodSeconds` of 30. */
const shutdownMs = { work: 15_000, http: 2000, watches: 2000, connections: 1000 };
const syncWarningMs = 60_000;

/** Runs the operator until `signal` aborts, or until it cannot stop leading. Rejects when it cannot start. */
export async function runOperator(run: RunOptions): Promise<Ending> {
  const { options, clock, random, logger, signal, instance } = run;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerBuildInfo(registry, run);
  const { metrics, isLeading } = watchLeadership(createKubeMetrics(registry));
  const connection = loadConnection({ clock, kubeconfig: options.kubeconfig });
  const userAgent = `dnsfleet-operator/${run.version}`;
  const { apiQps: qps, apiBurst: burst } = options;
  const client = new HttpKubeClient({ connection, clock, metrics, userAgent, qps, burst });
  const drainMetrics = createDrainMetrics(registry);
  const scaleMetrics = createScaleMetrics(registry);
  const operator = createOperator({
    client,
    clock,
    random,
    options,
    metrics,
    drainMetrics,
    scaleMetrics,
    logger,
    instance,
  });
  const pools = () => (isLeading() ? operator.pools() : []);
  registerObjectMetrics(registry, { fleets: () => (isLeading() ? operator.fleets() : []), pools });
  registerLoadMetrics(registry, { pools, loadOf: (pool) => operator.loadOf(pool) });
  const http = await startHttpServer({
    port: options.httpPort,
    registry,
    unreadyReasons: () => [
      ...(signal.aborted ? ['shutting down'] : []),
      ...(operator.hasSynced() ? [] : ['the caches have not synced yet']),
    ],
    clock,
    logger,
  });
  logger.info('Serving HTTP', { port: http.port });

  const following = new AbortController();
  const followed = operator.follow(following.signal);
  const worked = work({ ...run, operator, metrics, userAgent });
  let ending: Ending;
  try {
    ending = await Promise.race([worked, toldToStop(signal)]);
  } finally {
    if (!signal.aborted) following.abort();
  }
  // Whoever leads now must not meet us: the caller ends the process at once.
  if (ending === 'lost') return 'lost';
  logger.info('Stopping');
  await runShutdown(
    [
      { name: 'ending the work', timeoutMs: shutdownMs.work, run: () => worked.then(() => undefined) },
      { name: 'answering open requests', timeoutMs: shutdownMs.http, run: () => http.close(shutdownMs.http / 2) },
      {
        name: 'closing watches',
        timeoutMs: shutdownMs.watches,
        run: () => {
          following.abort();
          return followed;
        },
      },
      { name: 'closing connections', timeoutMs: shutdownMs.connections, run: () => connection.close() },
    ],
    { clock, logger },
  );
  return 'stopped';
}

interface Work extends RunOptions {
  readonly operator: Operator;
  readonly metrics: KubeMetrics;
  readonly userAgent: string;
}

/**
 * Reconciles for as long as it is our turn. Who does not see what there is does not stand for election: it could do
 * nothing as a leader, and would keep others from it.
 */
async function work({ operator, metrics, userAgent, ...run }: Work): Promise<Ending> {
  const { options, clock, random, logger, signal, identity } = run;
  if (!(await syncs(operator, run))) return 'stopped';
  if (options.leaderElection === 'Disabled') {
    metrics.leading(true);
    await operator.reconcile(signal);
    return 'stopped';
  }
  // With connections and a limiter of its own: nothing may hold up a renewal.
  const connection = loadConnection({ clock, kubeconfig: options.kubeconfig });
  const { leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds } = options;
  const elector = new LeaderElector({
    client: new HttpKubeClient({ connection, clock, metrics, userAgent }),
    key: objectKey(options.leaderElectionNamespace ?? connection.namespace ?? 'default', options.leaderElectionName),
    identity,
    clock,
    random,
    logger,
    metrics,
    timing: { leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds },
  });
  try {
    // An API server that was away costs the lease, not the process: when all work has ended, we stand again.
    for (;;) {
      const ending = await elector.run({ signal, lead: (leading) => operator.reconcile(leading) });
      if (ending === 'released') return 'stopped';
      if (ending === 'stuck') return 'lost';
    }
  } finally {
    await connection.close();
  }
}

/** Waits until all caches have synced; false when told to stop before. */
async function syncs(operator: Operator, { clock, signal, logger }: RunOptions): Promise<boolean> {
  const startMs = clock.now();
  try {
    while (!(await waitForSync([operator], { clock, signal, timeoutMs: syncWarningMs }))) {
      logger.warn('Still waiting for the caches', { waitedMs: clock.now() - startMs });
    }
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
  logger.info('Synced the caches', { waitedMs: clock.now() - startMs });
  return true;
}

function toldToStop(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped');
    else signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
}

/** Keeps in mind whether we lead, on its way to the metrics. */
function watchLeadership(metrics: KubeMetrics) {
  let leads = false;
  return {
    isLeading: () => leads,
    metrics: {
      ...metrics,
      leading: (isLeader: boolean) => {
        leads = isLeader;
        metrics.leading(isLeader);
      },
    },
  };
}
