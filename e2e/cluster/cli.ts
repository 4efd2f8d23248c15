/** The test cluster on the command line: see `usage`. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { commandIn, firstNode, openCluster, runningProcesses, startCluster, stopCluster } from './cluster.js';
import { ensureComponents } from './components.js';
import { clusterNames, readState } from './state.js';
import { ensureTools, pathWithTools } from './tools.js';

const usage = `usage: cli.ts COMMAND [--name NAME] [--nodes 1..3]
  tools        unpack kubectl and helm, once
  build        build Kubernetes from its Go modules, once
  start        start a cluster and wait until its nodes are ready
  stop         stop it; nothing is left
  status       list the clusters and their processes
  kubeconfig   print the path of the kubeconfig, good inside the cluster's network namespaces
  exec -- ...  run a command on node 1, with kubectl, helm and KUBECONFIG set`;

const started = Date.now();
const progress = (message: string): void =>
  console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s] ${message}`);

function exec(name: string, argv: readonly string[]): Promise<number> {
  const cluster = openCluster(name);
  const [command = '', ...args] = commandIn(cluster, firstNode(cluster), argv);
  const env = {
    ...process.env,
    KUBECONFIG: cluster.kubeconfigPath,
    PATH: pathWithTools(),
  };
  const child = spawn(command, args, { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function status(): void {
  const names = clusterNames();
  if (names.length === 0) console.log('no cluster');
  for (const name of names) {
    console.log(`${name}: ${readState(name).nodes} nodes; ${runningProcesses(name).join(', ')}`);
  }
}

async function main(): Promise<void> {
  const dashes = process.argv.indexOf('--');
  const own = process.argv.slice(2, dashes < 0 ? undefined : dashes);
  const { positionals, values } = parseArgs({
    args: own,
    allowPositionals: true,
    options: { name: { type: 'string', default: 'local' }, nodes: { type: 'string', default: '1' } },
  });
  switch (positionals[0]) {
    case 'tools':
      ensureTools();
      return;
    case 'build':
      progress(`Kubernetes is built: ${await ensureComponents(progress)}`);
      return;
    case 'start': {
      const cluster = await startCluster({ name: values.name, nodes: Number(values.nodes), progress });
      progress(`Cluster '${cluster.name}' is ready; KUBECONFIG=${cluster.kubeconfigPath}`);
      return;
    }
    case 'stop':
      return stopCluster(values.name);
    case 'status':
      status();
      return;
    case 'kubeconfig':
      console.log(openCluster(values.name).kubeconfigPath);
      return;
    case 'exec':
      if (dashes < 0) throw new Error(usage);
      process.exitCode = await exec(values.name, process.argv.slice(dashes + 1));
      return;
    default:
      throw new Error(usage);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
