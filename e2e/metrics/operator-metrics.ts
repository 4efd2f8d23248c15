/** The metrics of the operator, read from its pods as Prometheus would. */
import type { KubeClient } from '../../operator/src/kube/client.js';
import { pods, type Pod } from '../../operator/src/kube/resource.js';
import { parseExposition, type Sample } from './exposition.js';

/** Where the pods of the operator are, and how they are known. */
export interface OperatorPods {
  readonly namespace: string;
  readonly labelSelector: string;
}

/** The container port that shows the metrics, by its name in the chart. */
const portName = 'http';
const scrapeTimeoutMs = 2000;

/**
 * All samples of the operator's pods. Only the leader shows fleets and pools; a pod that cannot be read is left out, as one
 * of many targets of Prometheus would be.
 * @throws Error when there is no pod, or none can be read
 */
export async function readOperatorMetrics(client: KubeClient, where: OperatorPods): Promise<Sample[]> {
  const urls = (await client.list(pods, where)).flatMap(metricsUrl);
  if (urls.length === 0) throw new Error(`no pod of ${where.labelSelector} runs in ${where.namespace}`);
  const answers = await Promise.allSettled(urls.map(scrape));
  const texts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (texts.length === 0) {
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []));
    throw new Error(`no pod of the operator can be read: ${reasons.join('; ')}`);
  }
  return texts.flatMap(parseExposition);
}

function metricsUrl({ spec, status }: Pod): string[] {
  const ports = spec?.containers.flatMap((container) => container.ports ?? []);
  const port = ports?.find(({ name }) => name === portName)?.containerPort;
  const isRunning = status?.phase === 'Running' && status.podIP !== undefined;
  return isRunning && port !== undefined ? [`http://${status.podIP}:${port}/metrics`] : [];
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(scrapeTimeoutMs) });
  if (!response.ok) throw new Error(`reading ${url}: HTTP ${response.status}`);
  return response.text();
}
