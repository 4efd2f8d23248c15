/**
 * Runs the cluster of the e2e suites for as long as standard input is open, and prints what the suites need to know as
 * one line of JSON. A test runner that ends in whatever way closes the pipe, so nothing is left behind; an interrupt from
 * the terminal, which goes to every process of the run, is for the runner alone. With E2E_CLUSTER=NAME it uses a cluster
 * that is there already, and leaves it.
 */
import { once } from 'node:events';
import path from 'node:path';
import { openCluster, startCluster, stopCluster } from '../cluster/cluster.js';
import { ensureTools } from '../cluster/tools.js';
import { bundleTrafficTools } from '../traffic/bundle.js';
import { run } from './helpers/program.js';

const started = performance.now();
const progress = (message: string): void =>
  console.error(`[${Math.round((performance.now() - started) / 1000)} s] ${message}`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const existing = process.env['E2E_CLUSTER'];
const name = existing ?? `e${process.pid}`;
ensureTools();
const cluster = existing === undefined ? await startCluster({ name, nodes: 2, progress }) : openCluster(existing);
const stop = (): Promise<void> => (existing === undefined ? stopCluster(name) : Promise.resolve());
try {
  progress('Loading the images');
  await run([process.execPath, '--import', 'tsx', 'e2e/images/cli.ts', 'load', '--name', cluster.name]);
  const tools = await bundleTrafficTools(path.resolve('build/e2e/tools'));
  progress(`Cluster '${name}' is ready`);
  console.log(JSON.stringify({ cluster: name, tools }));
  process.stdin.resume();
  await once(process.stdin, 'end');
} finally {
  await stop();
}
process.exit(0);
