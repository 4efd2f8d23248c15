/** The one cluster that all suites share, as they see it: kubectl, helm, and commands in its network namespaces. */
import { z } from 'zod';
import { clientNamespace, type NodeAddresses } from '../../cluster/addresses.js';
import { openCluster, startApiServer, stopApiServer, type Cluster } from '../../cluster/cluster.js';
import { inNetns } from '../../cluster/network.js';
import { pathWithTools } from '../../cluster/tools.js';
import { startMetrics, type RunningMetrics } from '../../metrics/start-metrics.js';
import type { TrafficTools } from '../../traffic/bundle.js';
import { Kubectl } from './kubectl.js';
import { namespaceManifest } from './manifests.js';
import { type Background, run, startInBackground } from './program.js';

/** What Jest's global set-up tells the suites, in the environment variable DNSFLEET_E2E. */
export const sharedSchema = z.object({
  cluster: z.string(),
  tools: z.object({ upstream: z.string(), load: z.string() }),
});

export interface SharedCluster {
  /** Bundled traffic tools. */
  readonly tools: TrafficTools;
  /** The network namespace outside of the cluster where clients are. */
  readonly clientNetns: string;
  /** Node 1 has the control plane. @throws Error when there is no such node */
  node(index: number): NodeAddresses;
  /** The command that runs `argv` in a network namespace. */
  inside(netns: string, argv: readonly string[]): string[];
  kubectl(namespace: string): Kubectl;
  /** Makes a namespace that enforces Pod Security `restricted`, and returns kubectl for it. */
  createNamespace(name: string): Promise<Kubectl>;
  /** Starts `kubectl get KIND --watch` for one namespace; gives each object as it comes, as unparsed JSON. */
  watch(
    of: { readonly namespace: string; readonly kind: string },
    onObject: (json: string) => void,
  ): Promise<Background>;
  /** Runs helm; its standard output. @throws Error with what it wrote, when it fails */
  helm(args: readonly string[]): Promise<string>;
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  /** Starts metrics for HorizontalPodAutoscalers; who starts them stops them. */
  startMetrics(): Promise<RunningMetrics>;
}

/** Opens the cluster that the global set-up started. @throws Error outside of the e2e project */
export function openSharedCluster(): SharedCluster {
  const text = process.env['DNSFLEET_E2E'];
  if (text === undefined) throw new Error('opening the shared cluster: run the suites with `make e2e`');
  const { cluster: name, tools } = sharedSchema.parse(JSON.parse(text));
  return shareCluster(openCluster(name), tools);
}

/** A cluster as the suites see it. */
export function shareCluster(cluster: Cluster, tools: TrafficTools): SharedCluster {
  const hub = (index: number): NodeAddresses => {
    const node = cluster.nodes[index - 1];
    if (!node) throw new Error(`cluster '${cluster.name}' has no node ${index}`);
    return node;
  };
  const env = {
    KUBECONFIG: cluster.kubeconfigPath,
    PATH: pathWithTools(),
    NODE_OPTIONS: '',
  };
  const onHub = (argv: readonly string[], input?: string): Promise<string> =>
    run(inNetns(hub(1).netns, argv), { env, timeoutMs: 300_000, ...(input !== undefined && { input }) });
  const kubectl = (namespace: string): Kubectl =>
    new Kubectl((args, input) => onHub(['kubectl', ...args], input), namespace);
  return {
    tools,
    clientNetns: clientNamespace(cluster.name),
    node: hub,
    inside: inNetns,
    kubectl,
    async createNamespace(name) {
      const scoped = kubectl(name);
      await scoped.apply(namespaceManifest(name));
      return scoped;
    },
    watch({ namespace, kind }, onObject) {
      const argv = ['kubectl', '--namespace', namespace, 'get', kind, '--watch', '--output', 'json'];
      let lines: string[] = [];
      const onLine = (line: string): void => {
        lines.push(line);
        // The only line of an object that begins with a closing brace is its last.
        if (line !== '}') return;
        onObject(lines.join('\n'));
        lines = [];
      };
      return startInBackground(inNetns(hub(1).netns, argv), { env, onLine });
    },
    helm: (args) => onHub(['helm', ...args]),
    stopApiServer: () => stopApiServer(cluster),
    startApiServer: () => startApiServer(cluster),
    startMetrics: () => startMetrics(cluster),
  };
}
