/** Where the demo runs: a cluster of its own on this machine, or the one of the present kubeconfig. */
import { spawn } from 'node:child_process';
import { run } from './run.js';

type Progress = (message: string) => void;

/** What the demo needs of a cluster. */
export interface DemoCluster {
  readonly operatorImage: string;
  readonly resolverImage: string;
  readonly pullPolicy: 'Never' | 'IfNotPresent';
  /** Whether the cluster was there before the demo and stays after it. */
  readonly stays: boolean;
  /** What a person types before `kubectl`. */
  readonly prefix: string;
  readonly stopCommand: string;
  start(progress: Progress): Promise<void>;
  stop(progress: Progress): Promise<void>;
  kubectl(args: readonly string[], input?: string): Promise<string>;
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
    prefix: `npx tsx e2e/cluster/cli.ts exec --name ${clusterName} -- `,
    stopCommand: 'make demo-down',
    async start(progress) {
      progress('Installing what is missing');
      await run([...tsx, 'hack/install-deps.ts'], { inherit: true, timeoutSeconds: 1800 });
      progress('Building Kubernetes from its Go modules (once)');
      await run(cli('build'), { inherit: true, timeoutSeconds: 3600 });
      progress('Building the programs and images (cached)');
      await run([...tsx, 'operator/build.ts'], { inherit: true });
      await run([...tsx, 'resolver-image/build.ts'], { inherit: true });
      await run([...tsx, 'e2e/images/cli.ts', 'build'], { inherit: true, timeoutSeconds: 1800 });
      progress('Starting the cluster');
      await run(cli('start', '--name', clusterName, '--nodes', '2'), { inherit: true });
      progress('Loading the images');
      await run([...tsx, 'e2e/images/cli.ts', 'load', '--name', clusterName], { inherit: true });
    },
    async stop(progress) {
      progress('Stopping the cluster');
      await run(cli('stop', '--name', clusterName), { inherit: true });
      progress('Nothing is left running or mounted');
    },
    kubectl: (args, input) => run(inside('kubectl', ...args), input === undefined ? {} : { input }),
    helm: (args) => run(inside('helm', ...args)),
    clientNetworks: () => Promise.resolve(['198.18.0.0/15']),
    async dig(address, args) {
      const argv = ['dig', `@${address}`, ...args];
      return { shown: argv.join(' '), output: await run(inside(...argv)) };
    },
  };
}

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
  return {
    operatorImage: image('OPERATOR_IMAGE'),
    resolverImage: image('RESOLVER_IMAGE'),
    pullPolicy: 'IfNotPresent',
    stays: true,
    prefix: '',
    stopCommand: 'make demo-down CLUSTER=current',
    async start(progress) {
      progress(`Using the cluster of context ${(await run(['kubectl', 'config', 'current-context'])).trim()}`);
    },
    stop: () => Promise.resolve(),
    kubectl: (args, input) => run(['kubectl', ...args], input === undefined ? {} : { input }),
    helm: (args) => run(['helm', ...args]),
    // Forwarded queries come from loopback inside the pod, which is always allowed; pods of any range may ask too.
    clientNetworks: () => Promise.resolve(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']),
    async dig(_address, args) {
      const forward = ['kubectl', '-n', 'dns', 'port-forward', 'service/public', '15353:53'];
      const argv = ['dig', '@127.0.0.1', '-p', '15353', '+tcp', ...args];
      return whileRunning(forward, async () => ({
        shown: `${argv.join(' ')}   # ${forward.join(' ')}`,
        output: await run(argv),
      }));
    },
  };
}

/** Runs `action` once `argv` has printed a line, and ends `argv` afterwards. */
async function whileRunning<T>(argv: readonly string[], action: () => Promise<T>): Promise<T> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
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
