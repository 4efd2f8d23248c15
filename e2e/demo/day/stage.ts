/** Puts up what the day is played with, in the demo's namespace, and takes it away again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { bundleTrafficTools } from '../../traffic/bundle.js';
import type { DemoCluster } from '../clusters.js';
import type { Progress } from '../progress.js';
import { fleetNamespace } from '../steps.js';
import {
  clientsManifest,
  clientsName,
  dayFleet,
  dayFleetName,
  dayPoolName,
  toolsManifest,
  toolsName,
  upstreamManifests,
  upstreamName,
  type ClientsRequest,
} from './manifests.js';

const example = z.looseObject({ spec: z.record(z.string(), z.unknown()) });

const inNamespace = (...args: readonly string[]) => ['-n', fleetNamespace, ...args];

/** Applies upstream and fleet, waits until the fleet is Ready, and returns the address of its Service. */
export async function setStage(cluster: DemoCluster, progress: Progress): Promise<string> {
  // Of a run that was killed.
  await clearStage(cluster);
  progress('Applying the upstream of the day, and a fleet that follows its load');
  await apply(cluster, [toolsManifest(await readTools()), ...upstreamManifests(imageOf(cluster))]);
  await cluster.kubectl(inNamespace('rollout', 'status', `deployment/${upstreamName}`, '--timeout', '120s'));
  const { spec } = example.parse(parse(await readFile('examples/on-load.yaml', 'utf8')));
  const addresses = { upstream: await addressOf(cluster, upstreamName), clients: await cluster.clientNetworks() };
  await apply(cluster, [dayFleet(spec, addresses)]);
  const ready = ['--for', 'condition=Ready', '--timeout', '180s'];
  await cluster.kubectl(inNamespace('wait', `dnsfleet/${dayFleetName}`, ...ready));
  return addressOf(cluster, dayFleetName);
}

/** What tells the pool of this day from that of an earlier one. */
export const uidOfPool = (cluster: DemoCluster): Promise<string> =>
  cluster.kubectl(inNamespace('get', 'dnspool', dayPoolName, '-o', 'jsonpath={.metadata.uid}'));

/** Starts the clients and waits until they ask. */
export async function startClients(cluster: DemoCluster, request: Omit<ClientsRequest, 'image'>): Promise<void> {
  await apply(cluster, [clientsManifest({ ...request, image: imageOf(cluster) })]);
  await cluster.kubectl(inNamespace('wait', `pod/${clientsName}`, '--for', 'condition=Ready', '--timeout', '90s'));
}

/** Has the clients end; they wait for their last answers and tell the result. */
export async function stopClients(cluster: DemoCluster): Promise<void> {
  await cluster.kubectl(inNamespace('delete', 'pod', clientsName, '--ignore-not-found', '--wait=false'));
}

/** Deletes all that the stage is made of, and waits until it is gone. */
export async function clearStage(cluster: DemoCluster): Promise<void> {
  const remove = (...what: readonly string[]) =>
    cluster.kubectl(inNamespace('delete', ...what, '--ignore-not-found', '--timeout', '180s'));
  // The servers before their upstream.
  await remove(`pod/${clientsName}`, `dnsfleet/${dayFleetName}`);
  await remove(`deployment/${upstreamName}`, `service/${upstreamName}`, `configmap/${toolsName}`);
}

async function apply(cluster: DemoCluster, objects: readonly object[]): Promise<void> {
  const manifest = objects.map((object) => stringify(object)).join('---\n');
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], manifest);
}

async function readTools(): Promise<Readonly<Record<string, string>>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dnsfleet-demo-'));
  try {
    const tools = await bundleTrafficTools(directory);
    return { 'load.mjs': await readFile(tools.load, 'utf8'), 'upstream.mjs': await readFile(tools.upstream, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

const imageOf = ({ resolverImage, pullPolicy }: DemoCluster) => ({ name: resolverImage, pullPolicy });

async function addressOf(cluster: DemoCluster, service: string): Promise<string> {
  return (await cluster.kubectl(inNamespace('get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}'))).trim();
}
