/** Where the demo runs: a cluster of its own on this machine, or the one of the present kubeconfig. */
import { spawn } from 'node:child_process';
import { clusterExists } from '../cluster/state.js';
import { ensureTools, toolsDir } from '../cluster/tools.js';
import { type Progress, runStep } from './progress.js';
import { run } from './run.js';

/** What the demo needs of a cluster. */
export interface DemoCluster {
  readonly operatorImage: string;
  readonly resolverImage: string;
  readonly pullPolicy: 'Never' | 'IfNotPresent';
  /** Whether the cluster was there before the demo and stays after it. */
  readonly stays: boolean;
  /** How a person gets a shell in which `kubectl` means this cluster; undefined when every shell is one. */
  readonly shellCommand?: string;
  readonly stopCommand: string;
  /** Where questions are asked from. */
  readonly clientPlace: string;
  start(progress: Progress): Promise<void>;
  stop(progress: Progress): Promise<void>;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** The command line of `kubectl` for this cluster, for a run that somebody follows. */
  kubectlCommand(args: readonly string[]): readonly string[];
  helm(args: readonly string[]): Promise<string>;
  /** Networks from which queries may come. */
  clientNetworks(): Promise<readonly string[]>;
  /** Asks the server at `address`; `shown` is the command as a person would type it. */
  dig(address: string, args: readonly string[]): Promise<{ readonly shown: string; readonly output: string }>;
}

const tsx = [process.execPath, '--import', 'tsx'];
const clusterName = 'demo';

/** A cluster of two nodes, made for the demo out of Go modules and Debian packages; needs root on Linux. */
export function localCluster(): DemoCluster {
  const cli = (...args: readonly string[]) => [...tsx, 'e2e/cluster/cli.ts', ...args];
  const inside = (...argv: readonly string[]) => cli('exec', '--name', clusterName, '--', ...argv);
  return {
    operatorImage: 'localhost/dnsfleet-operator:dev',
    resolverImage: 'localhost/dnsfleet-resolver:dev',
    pullPolicy: 'Never',
    stays: false,
    shellCommand: `npx tsx e2e/cluster/cli.ts exec --name ${clusterName} -- bash`,
    stopCommand: 'make demo-down',
    clientPlace: 'on the first node',
    async start(progress) {
      ensureTools();
      progress('Building Kubernetes from its Go modules (once)');
      await runStep(cli('build'), { progress, timeoutSeconds: 3600 });
      progress('Building the programs and images (cached)');
      await runStep([...tsx, 'operator/build.ts'], { progress });
      await runStep([...tsx, 'resolver-image/build.ts'], { progress });
      await runStep([...tsx, 'e2e/images/cli.ts', 'build'], { progress, timeoutSeconds: 1800 });
      if (await isRunning(inside('kubectl', 'get', '--raw', '/readyz'))) {
        progress('Using the cluster of an earlier run');
      } else {
        progress('Starting the cluster');
        await runStep(cli('stop', '--name', clusterName), { progress });
        await runStep(cli('start', '--name', clusterName, '--nodes', '2'), { progress });
      }
      progress('Loading the images');
      await runStep([...tsx, 'e2e/images/cli.ts', 'load', '--name', clusterName], { progress });
    },
    async stop(progress) {
      progress('Stopping the cluster');
      await runStep(cli('stop', '--name', clusterName), { progress });
      progress('Nothing is left running or mounted');
    },
    kubectl: (args, input) => run(inside('kubectl', ...args), input === undefined ? {} : { input }),
    kubectlCommand: (args) => inside('kubectl', ...args),
    helm: (args) => run(inside('helm', ...args)),
    clientNetworks: () => Promise.resolve(['198.18.0.0/15']),
    async dig(address, args) {
      const argv = ['dig', `@${address}`, ...args];
      return { shown: argv.join(' '), output: await run(inside(...argv)) };
    },
  };
}

/** Whether the cluster of an earlier run is there and answers; one that a restart of the machine left does not. */
async function isRunning(askReadyz: readonly string[]): Promise<boolean> {
  if (!clusterExists(clusterName)) return false;
  try {
    await run(askReadyz, { timeoutSeconds: 10 });
    return true;
  } catch {
    return false;
  }
}

const forward = ['kubectl', '-n', 'dns', 'port-forward', 'service/public', '15353:53'];

/** The cluster of the present kubeconfig; asks through `kubectl port-forward`, hence over TCP. */
export function currentCluster(env: NodeJS.ProcessEnv): DemoCluster {
  const image = (name: string) => {
    const value = env[name];
    if (value === undefined || value === '') {
      throw new Error(
        `${name} is not set: CLUSTER=current needs OPERATOR_IMAGE and RESOLVER_IMAGE that its nodes have or can pull`,
      );
    }
    return value;
  };
  ensureTools();
  // Last: a person's own kubectl knows how to get at their cluster.
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:${toolsDir()}`;
  return {
    // Read when they are needed: `demo-down` needs none.
    get operatorImage() {
      return image('OPERATOR_IMAGE');
    },
    get resolverImage() {
      return image('RESOLVER_IMAGE');
    },
    pullPolicy: 'IfNotPresent',
    stays: true,
    stopCommand: 'make demo-down CLUSTER=current',
    clientPlace: `here, while \`${forward.join(' ')}\` runs`,
    async start(progress) {
      progress(`Using the images ${this.operatorImage} and ${this.resolverImage}`);
      await run(['dig', '-v']).catch((error: unknown) => {
        throw new Error('dig is missing on PATH: install it (Debian package bind9-dnsutils)', { cause: error });
      });
      progress(`Using the cluster of context ${(await run(['kubectl', 'config', 'current-context'])).trim()}`);
    },
    stop: () => Promise.resolve(),
    kubectl: (args, input) => run(['kubectl', ...args], input === undefined ? {} : { input }),
    kubectlCommand: (args) => ['kubectl', ...args],
    helm: (args) => run(['helm', ...args]),
    // Forwarded queries come from loopback inside the pod, which is always allowed; pods of any range may ask too.
    clientNetworks: () => Promise.resolve(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']),
    async dig(_address, args) {
      const argv = ['dig', '@127.0.0.1', '-p', '15353', '+tcp', ...args];
      return whileRunning(forward, async () => ({ shown: argv.join(' '), output: await run(argv) }));
    },
  };
}

/** Runs `action` once `argv` has printed a line, and ends `argv` afterwards. */
async function whileRunning<T>(argv: readonly string[], action: () => Promise<T>): Promise<T> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`${argv.join(' ')}: ended with ${String(code)} before it was ready`)),
      );
    });
    return await action();
  } finally {
    child.kill();
  }
}
