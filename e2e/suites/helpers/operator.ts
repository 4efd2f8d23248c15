/** The operator as its users install it: with the chart and helm. */
import path from 'node:path';
import { parseExposition, type Sample } from '../../metrics/exposition.js';
import type { SharedCluster } from './cluster.js';
import { images } from './images.js';
import { run } from './program.js';

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

/** What all pods of the operator show at `/metrics`; only the leader shows fleets and pools. @throws Error when one shows nothing */
export async function operatorMetrics(cluster: SharedCluster): Promise<readonly Sample[]> {
  const pods = await cluster.kubectl(operatorNamespace).pods(operatorSelector);
  const texts = await Promise.all(
    pods.map(({ status }) => {
      const url = `http://${status.podIP ?? ''}:8080/metrics`;
      return run(cluster.inside(cluster.node(1).netns, ['curl', '-sf', '--max-time', '5', url]));
    }),
  );
  return texts.flatMap(parseExposition);
}

function imageSettings(prefix: string, image: string): readonly string[] {
  const colon = image.lastIndexOf(':');
  return [
    `${prefix}.repository=${image.slice(0, colon)}`,
    `${prefix}.tag=${image.slice(colon + 1)}`,
    `${prefix}.pullPolicy=Never`,
  ];
}
