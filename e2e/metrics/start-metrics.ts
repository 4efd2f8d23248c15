/**
 * Metrics for the HorizontalPodAutoscalers of a test cluster: CPU and memory of pods by metrics-server, and the metrics
 * of the operator as external ones. Processes on node 1, started for those who ask; they end with the cluster at last.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { aggregationFiles, frontProxyName } from '../cluster/certificates.js';
import { commandIn, firstNode, type Cluster } from '../cluster/cluster.js';
import { isAlive, startDetached, stopDetached, type Detached } from '../cluster/detached.js';
import { logTail } from '../cluster/process.js';
import { recordProcess } from '../cluster/state.js';
import { pathWithTools } from '../cluster/tools.js';
import { run } from '../suites/helpers/program.js';
import {
  aggregatedApis,
  apiServiceName,
  externalMetrics,
  manifestsOf,
  resourceMetrics,
  rootOf,
} from './aggregated-apis.js';
import { ensureMetricsServer } from './metrics-server.js';
import type { OperatorPods } from './operator-metrics.js';

/** How often metrics-server asks the kubelets: as its own manifest has it. */
const resolutionSeconds = 15;
/** metrics-server needs two looks at each node before it tells anything. */
const patienceMs = 90_000;

export interface RunningMetrics {
  /** Takes the APIs away and ends what serves them. */
  stop(): Promise<void>;
}

/** As the chart has them. */
const chartDefaults: OperatorPods = {
  namespace: 'dnsfleet-system',
  labelSelector: 'app.kubernetes.io/name=dnsfleet',
};

/**
 * Serves `metrics.k8s.io` and `external.metrics.k8s.io`, and waits until both answer: the first for every node.
 * The external metrics are all of the operator's series with a label `namespace`, such as `dnsfleet_pool_query_rate`.
 * @throws Error with the end of a log, when one does not answer in time; nothing is left then
 */
export async function startMetrics(cluster: Cluster, operator = chartDefaults): Promise<RunningMetrics> {
  const program = await ensureMetricsServer(() => undefined);
  const processes = [
    launch(cluster, resourceMetrics.service, [program, ...metricsServerArgs(cluster)]),
    launch(cluster, externalMetrics.service, adapterArgv(cluster, operator)),
  ];
  const stop = async (): Promise<void> => {
    // First the APIs: one that nobody serves keeps namespaces from going.
    await kubectl(cluster, ['delete', 'apiservice', '--ignore-not-found', ...aggregatedApis.map(apiServiceName)]);
    await stopDetached(processes);
  };
  try {
    const authority = readFileSync(aggregationFiles(cluster.directory).authority, 'utf8');
    const address = firstNode(cluster).address.ipv4;
    const manifests = aggregatedApis.flatMap((api) => manifestsOf(api, address, authority));
    await kubectl(cluster, ['apply', '-f', '-'], manifests.map((each) => stringify(each)).join('---\n'));
    await waitForMetrics(cluster, processes);
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const logFile = (cluster: Cluster, name: string): string => join(cluster.directory, `${name}.log`);

function launch(cluster: Cluster, name: string, argv: readonly string[]): Detached {
  const started = startDetached(name, commandIn(cluster, firstNode(cluster), argv), logFile(cluster, name));
  recordProcess(cluster.name, started);
  return started;
}

function metricsServerArgs({ directory, kubeconfigPath }: Cluster): string[] {
  const { serving } = aggregationFiles(directory);
  return [
    `--secure-port=${resourceMetrics.port}`,
    `--tls-cert-file=${serving.certificate}`,
    `--tls-private-key-file=${serving.key}`,
    ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (flag) => `--${flag}=${kubeconfigPath}`,
    ),
    // The kubelets sign their own certificates.
    '--kubelet-insecure-tls',
    '--kubelet-preferred-address-types=InternalIP',
    `--metric-resolution=${resolutionSeconds}s`,
  ];
}

function adapterArgv({ directory, kubeconfigPath }: Cluster, operator: OperatorPods): string[] {
  const { serving, authority } = aggregationFiles(directory);
  return [
    ...[process.execPath, '--import', 'tsx', join(import.meta.dirname, 'adapter-cli.ts')],
    `--kubeconfig=${kubeconfigPath}`,
    `--port=${externalMetrics.port}`,
    `--certificate=${serving.certificate}`,
    `--key=${serving.key}`,
    `--authority=${authority}`,
    `--client=${frontProxyName}`,
    `--namespace=${operator.namespace}`,
    `--selector=${operator.labelSelector}`,
  ];
}

async function waitForMetrics(cluster: Cluster, processes: readonly Detached[]): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const problem = await findProblem(cluster);
    if (problem === undefined) return;
    const dead = processes.find((process) => !isAlive(process));
    if (dead || Date.now() > deadline) {
      const logs = processes.map(({ name }) => `${name}:\n${logTail(logFile(cluster, name))}`).join('\n');
      throw new Error(`starting the metrics: ${dead ? `${dead.name} ended` : problem}\n${logs}`);
    }
    await sleep(1000);
  }
}

/** What is missing yet. */
async function findProblem(cluster: Cluster): Promise<string | undefined> {
  try {
    await kubectl(cluster, ['get', '--raw', rootOf(externalMetrics)]);
    const nodes = (await kubectl(cluster, ['top', 'nodes', '--no-headers'])).trim().split('\n');
    const isComplete = nodes.length === cluster.nodes.length && !nodes.some((line) => line.includes('<unknown>'));
    return isComplete ? undefined : `not all nodes have metrics: ${nodes.join('; ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs kubectl on node 1; its standard output. @throws Error with what it wrote, when it fails */
function kubectl(cluster: Cluster, args: readonly string[], input = ''): Promise<string> {
  const env = { PATH: pathWithTools(), KUBECONFIG: cluster.kubeconfigPath };
  return run(commandIn(cluster, firstNode(cluster), ['kubectl', ...args]), { env, input, timeoutMs: 30_000 });
}
