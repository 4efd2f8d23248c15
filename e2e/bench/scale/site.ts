/** Where the benchmark runs: a cluster with the operator, an upstream, and a namespace that is watched. */
import path from 'node:path';
import { openCluster, startCluster, stopCluster, type Cluster } from '../../cluster/cluster.js';
import { ensureTools } from '../../cluster/tools.js';
import { startMetrics } from '../../metrics/start-metrics.js';
import { shareCluster, type SharedCluster } from '../../suites/helpers/cluster.js';
import type { Kubectl } from '../../suites/helpers/kubectl.js';
import { installOperator } from '../../suites/helpers/operator.js';
import { run } from '../../suites/helpers/program.js';
import { startUpstream, type RunningUpstream } from '../../suites/helpers/traffic.js';
import { bundleTrafficTools } from '../../traffic/bundle.js';
import type { ScaleOptions } from './options.js';
import { Sightings } from './sightings.js';

export interface Site {
  readonly cluster: SharedCluster;
  readonly kubectl: Kubectl;
  readonly upstream: RunningUpstream;
  readonly sightings: Sightings;
}

/** Ends what was started, the last first. */
export type Cleanup = (() => Promise<unknown>)[];

const namespace = 'bench-scale';

/**
 * Starts all that the steps need; what is started is noted in `cleanup` as it is, also when a later part fails.
 * @throws Error naming the part that failed
 */
export async function openSite(
  options: ScaleOptions,
  { cleanup, progress }: { readonly cleanup: Cleanup; readonly progress: (message: string) => void },
): Promise<Site> {
  ensureTools();
  const cluster = await openOrStart(options, cleanup, progress);
  progress('Loading the images');
  await run([process.execPath, '--import', 'tsx', 'e2e/images/cli.ts', 'load', '--name', cluster.name]);
  const shared = shareCluster(cluster, await bundleTrafficTools(path.resolve('build/bench/tools')));
  progress('Installing the operator');
  await installOperator(shared);
  if (options.repeats > 0) {
    progress('Starting the metrics of the HorizontalPodAutoscaler');
    const metrics = await startMetrics(cluster);
    cleanup.push(() => metrics.stop());
  }
  const upstream = await startUpstream(shared, ['--listen', `${shared.node(1).address.ipv4}:5351`, '--tag', 'bench']);
  cleanup.push(() => upstream.stop());
  const kubectl = await shared.createNamespace(namespace);
  cleanup.push(() => kubectl.run(['delete', 'namespace', namespace, '--wait=false']));
  return { cluster: shared, kubectl, upstream, sightings: new Sightings() };
}

async function openOrStart(
  options: ScaleOptions,
  cleanup: Cleanup,
  progress: (message: string) => void,
): Promise<Cluster> {
  if (options.cluster !== undefined) return openCluster(options.cluster);
  const name = `s${process.pid}`;
  cleanup.push(() => stopCluster(name));
  return startCluster({ name, nodes: 2, progress });
}

/** Has the pools, pods and endpoints of the namespace watched; each must be there, or a watch has nothing to begin with. */
export async function startWatching({ cluster, sightings }: Site, cleanup: Cleanup): Promise<void> {
  const kinds = [
    ['dnspools', (json: string) => sightings.onPool(json, Date.now())],
    ['pods', (json: string) => sightings.onPod(json, Date.now())],
    ['endpointslices', (json: string) => sightings.onSlice(json, Date.now())],
  ] as const;
  for (const [kind, onObject] of kinds) {
    const watch = await cluster.watch({ namespace, kind }, onObject);
    cleanup.push(() => watch.terminate());
  }
}
