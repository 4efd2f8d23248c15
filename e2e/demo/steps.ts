/** The steps of the demo after a cluster is there: operator, upstream, fleet, and taking it all away again. */
import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { DemoCluster } from './clusters.js';
import type { Progress } from './progress.js';

export const systemNamespace = 'dnsfleet-system';
export const fleetNamespace = 'dns';
export const fleetName = 'public';

/** What the demo made bears this label, and nothing else is ever changed or deleted. */
const mark = 'dnsfleet.dev/demo';

const namespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { [mark]: 'true', 'pod-security.kubernetes.io/enforce': 'restricted' } },
});

const namespaceSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** Whose namespace it is. */
async function ownerOf(cluster: DemoCluster, name: string): Promise<'ours' | 'a stranger' | 'nobody'> {
  const text = await cluster.kubectl(['get', 'namespace', name, '--ignore-not-found', '--output', 'json']);
  if (text.trim() === '') return 'nobody';
  return namespaceSchema.parse(JSON.parse(text)).metadata.labels[mark] === 'true' ? 'ours' : 'a stranger';
}

/** Makes a namespace for the demo. @throws Error when somebody else has it */
async function claimNamespace(cluster: DemoCluster, name: string): Promise<void> {
  if ((await ownerOf(cluster, name)) === 'a stranger') {
    throw new Error(`namespace '${name}' is there already and was not made by the demo, which leaves it alone`);
  }
  await cluster.kubectl(['apply', '-f', '-'], stringify(namespace(name)));
}

/** Values of the chart for an image by tag, by digest, or by neither, which means `latest`. */
export function imageValues(prefix: string, image: string, pullPolicy: string): readonly string[] {
  const [name = '', digest = ''] = image.split('@');
  const colon = name.lastIndexOf(':');
  // A colon before the last slash belongs to the port of a registry.
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : digest === '' ? 'latest' : '';
  const values = { repository: hasTag ? name.slice(0, colon) : name, tag, digest, pullPolicy };
  return Object.entries(values).flatMap(([key, value]) => ['--set-string', `${prefix}.${key}=${value}`]);
}

/** Installs or upgrades the chart and waits until the operator is ready. */
export async function installOperator(cluster: DemoCluster): Promise<void> {
  await claimNamespace(cluster, systemNamespace);
  await cluster.helm([
    ...['upgrade', '--install', 'dnsfleet', 'helm/dnsfleet', '--namespace', systemNamespace],
    ...imageValues('image', cluster.operatorImage, cluster.pullPolicy),
    ...imageValues('resolverImage', cluster.resolverImage, cluster.pullPolicy),
    ...['--wait', '--timeout', '3m'],
  ]);
}

/** Applies the upstream that stands in for the Internet, and returns the address of its Service. */
export async function applyUpstream(cluster: DemoCluster): Promise<string> {
  await claimNamespace(cluster, fleetNamespace);
  const manifest = await readFile('e2e/demo/upstream.yaml', 'utf8');
  const image = `${cluster.resolverImage}\n          imagePullPolicy: ${cluster.pullPolicy}`;
  await cluster.kubectl(['-n', fleetNamespace, 'apply', '-f', '-'], manifest.replace('RESOLVER_IMAGE', image));
  await cluster.kubectl(['-n', fleetNamespace, 'rollout', 'status', 'deployment/upstream', '--timeout', '120s']);
  return cluster.kubectl(['-n', fleetNamespace, 'get', 'service', 'upstream', '-o', 'jsonpath={.spec.clusterIP}']);
}

const exampleFleet = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ upstreams: z.looseObject({}), access: z.looseObject({}) }),
});

/** Applies `examples/two-regions.yaml` with the addresses of this cluster. */
export async function applyFleet(
  cluster: DemoCluster,
  addresses: { readonly upstream: string; readonly clients: readonly string[] },
): Promise<void> {
  const fleet = exampleFleet.parse(parse(await readFile('examples/two-regions.yaml', 'utf8')));
  const spec = {
    ...fleet.spec,
    upstreams: { mode: 'Forward', servers: [{ address: addresses.upstream }] },
    access: { allow: addresses.clients },
  };
  const manifest = { ...fleet, metadata: { name: fleetName, namespace: fleetNamespace }, spec };
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], stringify(manifest));
}

/** Waits until the fleet is Ready; prints how many servers answer whenever that changes. */
export async function waitForFleet(cluster: DemoCluster, progress: Progress): Promise<void> {
  const columns =
    '{.status.summary.pops} PoPs and {.status.summary.servers} servers ready; Ready={.status.conditions[?(@.type=="Ready")].status}';
  const deadline = Date.now() + 180_000;
  let last = '';
  while (Date.now() < deadline) {
    const state = await cluster.kubectl([
      '-n',
      fleetNamespace,
      'get',
      'dnsfleet',
      fleetName,
      '-o',
      `jsonpath=${columns}`,
    ]);
    // Before its first status the fleet has no numbers.
    if (state !== last && !state.endsWith('=')) progress(`  ${state}`);
    if (state.endsWith('Ready=True')) return;
    last = state;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const seen = await cluster.kubectl(['-n', fleetNamespace, 'get', 'dnsfleets,dnspools,pods', '--output', 'wide']);
  throw new Error(
    `waiting for dnsfleet ${fleetNamespace}/${fleetName} to be Ready: not within 180 s; last seen: ${last}\n${seen}`,
  );
}

/** Deletes what the demo applied; used where the cluster itself stays. The CRDs stay, as after any uninstallation. */
export async function removeEverything(cluster: DemoCluster, progress: Progress): Promise<void> {
  if (!cluster.stays) return;
  progress('Deleting the fleet, the operator and their namespaces; the CustomResourceDefinitions stay');
  const remove = (name: string) => cluster.kubectl(['delete', 'namespace', name, '--wait']);
  if ((await ownerOf(cluster, fleetNamespace)) === 'ours') await remove(fleetNamespace);
  if ((await ownerOf(cluster, systemNamespace)) !== 'ours') return;
  await cluster.helm(['uninstall', 'dnsfleet', '--namespace', systemNamespace, '--ignore-not-found', '--wait']);
  await remove(systemNamespace);
}
