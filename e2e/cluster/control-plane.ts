/**
 * A real etcd and kube-apiserver on loopback, for tests that need no node: no root, no namespaces, ready in seconds,
 * as many at once as wanted. On request also the controller-manager (garbage collection, Deployments) and scheduler.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureComponents } from './components.js';
import { kubeconfig } from './kubeconfig.js';
import { logTail, startProcess, type StartedProcess } from './process.js';

export interface ControlPlaneOptions {
  readonly controllerManager?: boolean;
  readonly scheduler?: boolean;
  readonly progress?: (message: string) => void;
}

export interface ControlPlane {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Certificate that signs the API server's, in PEM. */
  readonly caPem: string;
  /** Token of a user in `system:masters`. */
  readonly token: string;
  readonly kubeconfigPath: string;
  readonly directory: string;
  /** Token of the given extra user; it has the rights that RBAC gives to its name. */
  readonly tokenOf: (user: 'operator') => string;
  /** Stops the API server; etcd, and so every object, stays. */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again at the same address and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Stops everything and removes the directory. */
  stop(): Promise<void>;
}

/** Name of the extra user; grant it rights with a ClusterRoleBinding to this User. */
export const operatorUser = 'dnsfleet-operator';

/** Starts a control plane. @throws Error with the end of the log of the component that failed. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const program = await ensureComponents(options.progress ?? (() => undefined));
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-control-plane-'));
  const at = (name: string) => join(directory, name);
  const [etcdPort, peerPort, port] = await freePorts(3);
  const token = randomBytes(16).toString('hex');
  const operatorToken = randomBytes(16).toString('hex');
  const serviceAccountKey = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(at('sa.key'), serviceAccountKey.privateKey, { mode: 0o600 });
  writeFileSync(
    at('tokens.csv'),
    `${token},admin,admin,"system:masters"\n${operatorToken},${operatorUser},${operatorUser}\n`,
    { mode: 0o600 },
  );

  const start = (name: string, args: readonly string[]): StartedProcess =>
    startProcess({
      name,
      argv: [program, name, ...args],
      logFile: at(`${name}.log`),
      env: { DNSFLEET_EXIT_WITH_PARENT: '1', GOMAXPROCS: '2' },
    });

  const etcd = start('etcd', [
    `--data-dir=${at('etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
  const url = `https://127.0.0.1:${port}`;
  const apiServerArgs = [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--cert-dir=${at('certs')}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--service-cluster-ip-range=198.19.0.0/16',
    '--allow-privileged',
    '--authorization-mode=Node,RBAC',
    `--token-auth-file=${at('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${at('sa.key')}`,
    `--service-account-key-file=${at('sa.key')}`,
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount',
  ];
  let apiServer = start('kube-apiserver', apiServerArgs);
  const others: StartedProcess[] = [];

  const stop = async (): Promise<void> => {
    await Promise.all(others.map((process) => process.stop()));
    await apiServer.stop();
    await etcd.stop();
    rmSync(directory, { recursive: true, force: true });
  };

  try {
    await waitUntilReady(url, token, apiServer);
    const caPem = readFileSync(at('certs/apiserver.crt'), 'utf8');
    writeFileSync(at('kubeconfig'), kubeconfig({ url, caPem, token }), { mode: 0o600 });
    if (options.controllerManager) {
      others.push(
        start('kube-controller-manager', [
          `--kubeconfig=${at('kubeconfig')}`,
          '--leader-elect=false',
          '--secure-port=0',
          `--service-account-private-key-file=${at('sa.key')}`,
        ]),
      );
    }
    if (options.scheduler) {
      others.push(
        start('kube-scheduler', [`--kubeconfig=${at('kubeconfig')}`, '--leader-elect=false', '--secure-port=0']),
      );
    }
    chmodSync(directory, 0o700);
    return {
      url,
      host: '127.0.0.1',
      port,
      caPem,
      token,
      kubeconfigPath: at('kubeconfig'),
      directory,
      tokenOf: () => operatorToken,
      async stopApiServer(signal = 'SIGTERM') {
        apiServer.kill(signal);
        await apiServer.stop();
      },
      async startApiServer() {
        apiServer = start('kube-apiserver', apiServerArgs);
        await waitUntilReady(url, token, apiServer);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePorts(count: number): Promise<[number, number, number]> {
  const servers = Array.from({ length: count }, () => createServer());
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
    if ((await status(`${url}/readyz`, token)) === 200) return;
    await sleep(100);
  }
  throw new Error(`starting the API server: not ready within 60 s\n${logTail(apiServer.logFile)}`);
}

/** The HTTP status, or 0 when nobody answers. The certificate is not known yet, and nothing secret is sent but to loopback. */
function status(url: string, token: string): Promise<number> {
  return new Promise((resolve) => {
    const call = request(
      url,
      { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false, timeout: 2000 },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
    call.end();
  });
}
