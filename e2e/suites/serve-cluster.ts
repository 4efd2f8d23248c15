/**
 * Runs the cluster of the e2e suites for as long as standard input is open, and prints what the suites need to know as
 * one line of JSON. A test runner that is killed closes the pipe, so nothing is left behind. With E2E_CLUSTER=NAME it
 * uses a cluster that is there already, and leaves it.
 */
import path from 'node:path';
import { openCluster, startCluster, stopCluster } from '../cluster/cluster.js';
import { ensureTools } from '../cluster/tools.js';
import { bundleTrafficTools } from '../traffic/bundle.js';
import { run } from './helpers/program.js';

const started = performance.now();
const progress = (message: string): void =>
  console.error(`[${Math.round((performance.now() - started) / 1000)} s] ${message}`);

const existing = process.env['E2E_CLUSTER'];
const name = existing ?? `e${process.pid}`;
ensureTools();
const cluster = existing === undefined ? await startCluster({ name, nodes: 2, progress }) : openCluster(existing);
progress('Loading the images');
await run([process.execPath, '--import', 'tsx', 'e2e/images/cli.ts', 'load', '--name', cluster.name]);
const tools = await bundleTrafficTools(path.resolve('build/e2e/tools'));
progress(`Cluster '${name}' is ready`);
console.log(JSON.stringify({ cluster: name, tools }));

process.stdin.resume();
process.stdin.once('end', () => {
  const stopped = existing === undefined ? stopCluster(name) : Promise.resolve();
  void stopped.then(() => process.exit(0));
});
