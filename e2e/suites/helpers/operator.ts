/** The operator as its users install it: with the chart and helm. */
import path from 'node:path';
import type { SharedCluster } from './cluster.js';
import { images } from './images.js';

export const operatorNamespace = 'dnsfleet-system';
export const release = 'dnsfleet';
/** Pods and Deployment of the operator. */
export const operatorSelector = 'app.kubernetes.io/name=dnsfleet';
const chart = path.resolve('helm/dnsfleet');

/**
 * `helm upgrade --install`, and waits until the operator is ready; does nothing to one that is there as wanted.
 * @param settings further `--set` values, such as `replicas=1`
 */
export async function installOperator(cluster: SharedCluster, settings: readonly string[] = []): Promise<void> {
  const values = [
    ...imageSettings('image', images.operator),
    ...imageSettings('resolverImage', images.resolver),
    ...settings,
  ];
  await cluster.helm([
    ...['upgrade', '--install', release, chart, '--namespace', operatorNamespace, '--create-namespace'],
    ...['--set', values.join(',')],
    ...['--wait', '--timeout', '3m'],
  ]);
}

function imageSettings(prefix: string, image: string): readonly string[] {
  const colon = image.lastIndexOf(':');
  return [
    `${prefix}.repository=${image.slice(0, colon)}`,
    `${prefix}.tag=${image.slice(colon + 1)}`,
    `${prefix}.pullPolicy=Never`,
  ];
}
