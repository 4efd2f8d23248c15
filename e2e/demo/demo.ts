/**
 * `make demo` and `make demo-down`: from nothing to answered queries, with progress that a person can follow; and
 * `make demo-load`, which plays a day upon it.
 * With `--cluster local` it starts a cluster of its own on this machine; with `--cluster current` it uses the cluster
 * of the present kubeconfig and the images named by OPERATOR_IMAGE and RESOLVER_IMAGE.
 */
import { parseArgs } from 'node:util';
import { currentCluster, localCluster, type DemoCluster } from './clusters.js';
import { playAndTell } from './day/day.js';
import { createProgress } from './progress.js';
import { askQuestions } from './questions.js';
import {
  applyFleet,
  applyUpstream,
  fleetName,
  fleetNamespace,
  installOperator,
  removeEverything,
  waitForFleet,
} from './steps.js';

const progress = createProgress(Date.now, console.log);

async function up(cluster: DemoCluster): Promise<void> {
  await cluster.start(progress);
  progress('Installing the operator with helm');
  await installOperator(cluster);
  progress('Applying the upstream of the demo');
  const upstream = await applyUpstream(cluster);
  progress('Applying the fleet: 2 regions x 2 PoPs');
  const clients = await cluster.clientNetworks();
  await applyFleet(cluster, { upstream, clients });
  await waitForFleet(cluster, progress);
  progress(`Asking questions through the Service of the fleet, ${cluster.clientPlace}`);
  const address = await askQuestions(cluster);
  console.log(`\n$ kubectl -n ${fleetNamespace} get dnsfleets,dnspools`);
  console.log(await cluster.kubectl(['-n', fleetNamespace, 'get', 'dnsfleets,dnspools']));
  progress('Done. The fleet goes on running.');
  console.log(nextCommands(cluster, address));
}

/** Plays a day in the demo, which is brought up where it is not. An interrupt ends it, and takes its fleet away. */
async function load(cluster: DemoCluster): Promise<void> {
  if (!(await isUp(cluster))) await up(cluster);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  const isClean = await playAndTell(cluster, progress, stop.signal);
  console.log(`The demo goes on running. To stop it:\n  ${cluster.stopCommand}`);
  if (!isClean) process.exitCode = 1;
}

/** Whether the demo's fleet is there. */
async function isUp(cluster: DemoCluster): Promise<boolean> {
  try {
    await cluster.kubectl([
      '-n',
      fleetNamespace,
      'get',
      'dnsfleet',
      fleetName,
      '-o',
      'name',
      '--request-timeout',
      '10s',
    ]);
    return true;
  } catch {
    return false;
  }
}

function nextCommands(cluster: DemoCluster, address: string): string {
  const kubectl = `kubectl -n ${fleetNamespace}`;
  const shell =
    cluster.shellCommand === undefined
      ? []
      : [
          'This machine is outside of the cluster. Open a shell on its first node, with kubectl, helm and dig:',
          `  ${cluster.shellCommand}`,
        ];
  const dig = cluster.stays ? [] : [`  dig @${address} www.demo.example`];
  return [
    ...shell,
    shell.length > 0 ? 'Try there:' : 'Try next:',
    ...dig,
    `  ${kubectl} describe dnsfleet ${fleetName}`,
    `  ${kubectl} scale dnspool ${fleetName}-eu-west-1 --replicas 3`,
    `  ${kubectl} patch dnsfleet ${fleetName} --type merge -p '{"spec":{"engine":{"threads":2}}}'`,
    `  ${kubectl} get dnsfleets,dnspools,pods`,
    'To stop it:',
    `  ${cluster.stopCommand}`,
  ].join('\n');
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { cluster: { type: 'string', default: 'local' } },
  });
  if (values.cluster !== 'local' && values.cluster !== 'current') {
    throw new Error(`CLUSTER is '${values.cluster}': must be 'local' or 'current'`);
  }
  const cluster = values.cluster === 'local' ? localCluster() : currentCluster(process.env);
  switch (positionals[0]) {
    case 'up':
      return up(cluster).catch((cause: unknown) => {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new Error(
          `${message}\nWhat was started is left for you to look at; end it with: ${cluster.stopCommand}`,
          {
            cause,
          },
        );
      });
    case 'load':
      return load(cluster);
    case 'down':
      await removeEverything(cluster, progress);
      return cluster.stop(progress);
    default:
      throw new Error('usage: demo.ts up|load|down [--cluster local|current]');
  }
}

main().catch((error: unknown) => {
  console.error(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
