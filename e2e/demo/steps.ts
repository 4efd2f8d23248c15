/** The steps of the demo after a cluster is there: operator, upstream, fleet, and taking it all away again. */
import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { DemoCluster } from './clusters.js';

export const systemNamespace = 'dnsfleet-system';
export const fleetNamespace = 'dns';
export const fleetName = 'public';

type Progress = (message: string) => void;

const namespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
});

function imageValues(prefix: string, image: string, pullPolicy: string): readonly string[] {
  const colon = image.lastIndexOf(':');
  return [
    '--set-string',
    `${prefix}.repository=${image.slice(0, colon)},${prefix}.tag=${image.slice(colon + 1)},${prefix}.pullPolicy=${pullPolicy}`,
  ];
}

/** Installs or upgrades the chart and waits until the operator is ready. */
export async function installOperator(cluster: DemoCluster): Promise<void> {
  await cluster.helm([
    ...['upgrade', '--install', 'dnsfleet', 'helm/dnsfleet', '--namespace', systemNamespace, '--create-namespace'],
    ...imageValues('image', cluster.operatorImage, cluster.pullPolicy),
    ...imageValues('resolverImage', cluster.resolverImage, cluster.pullPolicy),
    ...['--wait', '--timeout', '3m'],
  ]);
}

/** Applies the upstream that stands in for the Internet, and returns the address of its Service. */
export async function applyUpstream(cluster: DemoCluster): Promise<string> {
  await cluster.kubectl(['apply', '-f', '-'], stringify(namespace(fleetNamespace)));
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
    if (state !== last) progress(`  ${state}`);
    if (state.endsWith('Ready=True')) return;
    last = state;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(
    `waiting for dnsfleet ${fleetNamespace}/${fleetName} to be Ready: not within 180 s; last seen: ${last}`,
  );
}

/** Deletes what the demo applied; used where the cluster itself stays. */
export async function removeEverything(cluster: DemoCluster, progress: Progress): Promise<void> {
  if (!cluster.stays) return;
  progress('Deleting the fleet, the operator and their namespaces');
  await cluster.kubectl(['delete', 'namespace', fleetNamespace, '--ignore-not-found', '--wait']);
  await cluster.helm(['uninstall', 'dnsfleet', '--namespace', systemNamespace, '--ignore-not-found', '--wait']);
  await cluster.kubectl(['delete', 'namespace', systemNamespace, '--ignore-not-found', '--wait']);
}
