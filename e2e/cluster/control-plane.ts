/**
 * A real etcd and kube-apiserver on loopback, for tests that need no node: no root, no namespaces, ready in seconds,
 * as many at once as wanted. On request also the controller-manager (garbage collection, Deployments) and scheduler.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureComponents } from './components.js';
import {
  apiServerArgs,
  controllerManagerArgs,
  controlPlaneFiles,
  etcdArgs,
  schedulerArgs,
} from './control-plane-args.js';
import { administrator, tokenOf, writeCredentials, type User } from './credentials.js';
import { kubeconfig } from './kubeconfig.js';
import { serviceRanges } from './node-config.js';
import { logTail, startProcess, type StartedProcess } from './process.js';
import { readyStatus } from './ready.js';

export interface ControlPlaneOptions {
  readonly controllerManager?: boolean;
  readonly scheduler?: boolean;
  /** Arguments on top of our own, by component. */
  readonly extraArgs?: Readonly<Partial<Record<'kube-apiserver' | 'kube-controller-manager', readonly string[]>>>;
  readonly progress?: (message: string) => void;
}

export interface ControlPlane {
  readonly url: string;
  readonly port: number;
  /** Certificate that signs the API server's, in PEM. */
  readonly caPem: string;
  /** Token of a user in `system:masters`. */
  readonly token: string;
  /** Token of {@link operatorUser}, who has no rights but those that RBAC gives to its name. */
  readonly operatorToken: string;
  readonly kubeconfigPath: string;
  readonly directory: string;
  /** Stops the API server; etcd, and so every object, stays. */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again at the same address and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Stops everything and removes the directory. */
  stop(): Promise<void>;
}

/** A user without rights: grant them with a (Cluster)RoleBinding to this User. */
export const operatorUser: User = { name: 'dnsfleet-operator' };

/** Starts a control plane. @throws Error with the end of the log of the component that failed. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const program = await ensureComponents(options.progress ?? (() => undefined));
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-control-plane-'));
  const files = controlPlaneFiles(directory);
  const [etcdPort, peerPort, port] = await freePorts();
  const tokens = writeCredentials(directory, [administrator, operatorUser]);
  const token = tokenOf(tokens, administrator);
  const url = `https://127.0.0.1:${port}`;

  const start = (name: string, args: readonly string[]): StartedProcess =>
    startProcess({
      name,
      argv: [program, name, ...args],
      logFile: join(directory, `${name}.log`),
      env: { DNSFLEET_EXIT_WITH_PARENT: '1' },
    });
  const startApiServer = () =>
    start('kube-apiserver', [
      ...apiServerArgs({
        directory,
        etcdPort,
        port,
        bindAddress: '127.0.0.1',
        advertiseAddress: '127.0.0.1',
        serviceRange: serviceRanges,
      }),
      // Loopback may not be an endpoint of the Service `kubernetes`, and no pod runs that would need a token.
      '--endpoint-reconciler-type=none',
      '--disable-admission-plugins=ServiceAccount',
      ...(options.extraArgs?.['kube-apiserver'] ?? []),
    ]);

  const etcd = start('etcd', etcdArgs({ directory, port: etcdPort, peerPort }));
  let apiServer = startApiServer();
  const others: StartedProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(others.map((process) => process.stop()));
    await apiServer.stop();
    await etcd.stop();
    rmSync(directory, { recursive: true, force: true });
  };

  try {
    await waitUntilReady(url, token, apiServer);
    const caPem = readFileSync(files.certificateAuthority, 'utf8');
    writeFileSync(files.kubeconfig, kubeconfig({ url, caPem, token }), { mode: 0o600 });
    if (options.controllerManager) {
      const extra = options.extraArgs?.['kube-controller-manager'] ?? [];
      others.push(start('kube-controller-manager', [...controllerManagerArgs(directory), ...extra]));
    }
    if (options.scheduler) others.push(start('kube-scheduler', schedulerArgs(directory)));
    return {
      url,
      port,
      caPem,
      token,
      operatorToken: tokenOf(tokens, operatorUser),
      kubeconfigPath: files.kubeconfig,
      directory,
      async stopApiServer(signal = 'SIGTERM') {
        apiServer.kill(signal);
        await apiServer.stop();
      },
      async startApiServer() {
        apiServer = startApiServer();
        await waitUntilReady(url, token, apiServer);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Three ports that were free a moment ago. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            if (address === null || typeof address === 'string') reject(new Error('finding a free port'));
            else resolve(address.port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [first = 0, second = 0, third = 0] = ports;
  return [first, second, third];
}

async function waitUntilReady(url: string, token: string, apiServer: StartedProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (!apiServer.alive()) throw new Error(`starting the API server: it ended\n${logTail(apiServer.logFile)}`);
    if ((await readyStatus(url, token)) === 200) return;
    await sleep(100);
  }
  throw new Error(`starting the API server: not ready within 60 s\n${logTail(apiServer.logFile)}`);
}
