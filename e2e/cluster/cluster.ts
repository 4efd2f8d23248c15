/**
 * A real cluster of one to three nodes on one Linux machine: the control plane of control-plane-args.ts, and for each
 * node a network namespace with containerd, kubelet and kube-proxy. Several clusters can run at once; `stop` leaves
 * nothing behind, also after a start that failed half-way or was killed.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clientNamespace, maxNodes, nodeAddresses, type NodeAddresses } from './addresses.js';
import { cgroupDirectories, createCgroup, killIfThere, removeCgroup } from './cgroups.js';
import { writeAggregationCertificates } from './certificates.js';
import { ensureComponents } from './components.js';
import {
  aggregationArgs,
  apiServerArgs,
  controllerManagerArgs,
  controlPlaneFiles,
  etcdArgs,
  schedulerArgs,
} from './control-plane-args.js';
import { administrator, tokenOf, writeCredentials, type User } from './credentials.js';
import { isAlive, startDetached, stopDetached, type Detached } from './detached.js';
import { kubeconfig } from './kubeconfig.js';
import { createNetwork, inNetns, networkNamespaces, programsIn, removeNetwork } from './network.js';
import {
  cniConfig,
  containerdConfig,
  kubeletArgs,
  kubeletConfig,
  nodeFiles,
  proxyConfig,
  serviceRanges,
} from './node-config.js';
import { logTail } from './process.js';
import { readyProgram } from './ready-program.js';
import { clusterDir, clusterExists, readState, recordProcess, removeState, writeState } from './state.js';
import { shimsOf, stopShims } from './shims.js';
import { pathWithTools } from './tools.js';
import { mountsBelow, unmountBelow } from './mounts.js';

const execute = promisify(execFile);
const apiServerPort = 6443;
const etcdPort = 2379;

export interface ClusterOptions {
  readonly name: string;
  /** 1 to 3. */
  readonly nodes: number;
  readonly progress?: (message: string) => void;
}

/** A running cluster; all that is known of it stands in its directory. */
export interface Cluster {
  readonly name: string;
  readonly directory: string;
  readonly nodes: readonly NodeAddresses[];
  readonly kubeconfigPath: string;
}

/** The API server's default roles know this user. */
const proxyUser: User = { name: 'system:kube-proxy' };
const nodeUser = (node: NodeAddresses): User => ({ name: `system:node:${node.name}`, groups: ['system:nodes'] });

/** A directory, socket paths in which must stay below 108 characters. */
const nodeDir = (name: string, node: NodeAddresses): string => join(clusterDir(name), node.name);

const cgroupOf = (name: string, node: NodeAddresses): string => `dnsfleet-${name}-${node.name}`;

/** Finds a cluster that was started before. @throws Error when there is none of that name. */
export function openCluster(name: string): Cluster {
  const state = readState(name);
  const directory = clusterDir(name);
  return {
    name,
    directory,
    nodes: Array.from({ length: state.nodes }, (_, index) => nodeAddresses(name, index + 1)),
    kubeconfigPath: controlPlaneFiles(directory).kubeconfig,
  };
}

/**
 * Starts a cluster and waits until all nodes are Ready.
 * @throws Error naming the step that failed, with the end of its log; what was started is stopped again.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  checkOptions(options);
  const progress = options.progress ?? (() => undefined);
  const program = await ensureComponents(progress);
  mkdirSync(clusterDir(options.name), { recursive: true, mode: 0o700 });
  writeState({ name: options.name, nodes: options.nodes, program, processes: [] });
  try {
    const cluster = openCluster(options.name);
    progress('Making the network');
    createNetwork(options.name, options.nodes);
    progress('Starting etcd and the API server');
    await startControlPlane(cluster, program);
    progress(`Starting ${options.nodes === 1 ? 'the node' : `${options.nodes} nodes`}`);
    for (const node of cluster.nodes) await startNode(cluster, node, program);
    await waitForNodes(cluster);
    return cluster;
  } catch (error) {
    await stopCluster(options.name);
    throw error;
  }
}

function checkOptions({ name, nodes }: ClusterOptions): void {
  if (!/^[a-z][a-z0-9]{0,11}$/.test(name)) {
    throw new Error(`cluster name '${name}': must be 1 to 12 letters and digits, and begin with a letter`);
  }
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maxNodes) {
    throw new Error(`nodes '${nodes}': must be 1 to ${maxNodes}`);
  }
  if (process.getuid?.() !== 0) throw new Error('starting a cluster with nodes: must be root on Linux');
  if (clusterExists(name)) throw new Error(`cluster '${name}' is there already; stop it first`);
}

async function startControlPlane(cluster: Cluster, program: string): Promise<void> {
  const { directory } = cluster;
  const hub = firstNode(cluster);
  const users = [administrator, proxyUser, ...cluster.nodes.map(nodeUser)];
  const tokens = writeCredentials(directory, users);
  writeAggregationCertificates(directory);
  startComponent(cluster, program, {
    component: 'etcd',
    args: etcdArgs({ directory, port: etcdPort, peerPort: 2380 }),
  });
  await launchApiServer(cluster);
  const caPem = readFileSync(controlPlaneFiles(directory).certificateAuthority, 'utf8');
  const url = `https://${hub.address.ipv4}:${apiServerPort}`;
  const write = (path: string, user: User) =>
    writeFileSync(path, kubeconfig({ url, caPem, token: tokenOf(tokens, user) }), { mode: 0o600 });
  write(cluster.kubeconfigPath, administrator);
  for (const node of cluster.nodes) {
    mkdirSync(nodeDir(cluster.name, node), { recursive: true });
    const files = nodeFiles(nodeDir(cluster.name, node));
    write(files.kubeconfig, nodeUser(node));
    write(files.proxyKubeconfig, proxyUser);
  }
  startControllers(cluster);
}

function startControllers(cluster: Cluster): void {
  const { program } = readState(cluster.name);
  const { directory } = cluster;
  startComponent(cluster, program, { component: 'kube-controller-manager', args: controllerManagerArgs(directory) });
  startComponent(cluster, program, { component: 'kube-scheduler', args: schedulerArgs(directory) });
}

interface Component {
  readonly component: string;
  readonly args: readonly string[];
  readonly node?: NodeAddresses;
}

/** Starts a part of Kubernetes in a node's namespace (node 1 when none is named), and remembers it. */
function startComponent(cluster: Cluster, program: string, { component, args, node }: Component): Detached {
  const place = node ?? firstNode(cluster);
  const name = node === undefined ? component : `${component}@${node.name}`;
  const argv = inNetns(place.netns, [program, component, ...args]);
  const started = startDetached(name, argv, logFile(cluster, name));
  recordProcess(cluster.name, started);
  return started;
}

const logFile = (cluster: Cluster, process: string): string => join(cluster.directory, `${process}.log`);

/** Starts the API server and waits until it is ready. */
async function launchApiServer(cluster: Cluster): Promise<void> {
  const { program } = readState(cluster.name);
  const { directory } = cluster;
  const hub = firstNode(cluster);
  const started = startComponent(cluster, program, {
    component: 'kube-apiserver',
    args: [
      ...apiServerArgs({
        directory,
        etcdPort,
        port: apiServerPort,
        bindAddress: '0.0.0.0',
        advertiseAddress: hub.address.ipv4,
        serviceRange: serviceRanges,
      }),
      ...aggregationArgs(directory),
    ],
  });
  const deadline = Date.now() + 60_000;
  const isReady = readyProgram(hub.netns, `https://127.0.0.1:${apiServerPort}/readyz`);
  while (!(await isReady())) {
    const log = logTail(logFile(cluster, started.name));
    if (!isAlive(started)) throw new Error(`starting the API server: it ended\n${log}`);
    if (Date.now() > deadline) throw new Error(`starting the API server: not ready within 60 s\n${log}`);
    await sleep(100);
  }
}

/**
 * Stops the API server; etcd, the nodes and their pods go on. Controller-manager and scheduler stop too: elsewhere they
 * lose their leases within 10 s and end. One that went on would take every node for lost on the return of the API
 * server, since it has heard none of them, and call all of their pods not ready, before a node could speak.
 */
export async function stopApiServer(cluster: Cluster): Promise<void> {
  await stopDetached(processesOf(cluster.name, (name) => controlPlanePrograms.includes(name)));
}

/** Starts what {@link stopApiServer} stopped, and waits until the API server is ready. */
export async function startApiServer(cluster: Cluster): Promise<void> {
  await launchApiServer(cluster);
  startControllers(cluster);
}

const controlPlanePrograms: readonly string[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

const processesOf = (cluster: string, which: (name: string) => boolean): Detached[] =>
  readState(cluster).processes.filter((process) => which(process.name));

async function startNode(cluster: Cluster, node: NodeAddresses, program: string): Promise<void> {
  const directory = nodeDir(cluster.name, node);
  const files = nodeFiles(directory);
  createCgroup(cgroupOf(cluster.name, node));
  for (const dir of [files.cni, files.kubelet, join(directory, 'opt')]) mkdirSync(dir, { recursive: true });
  writeFileSync(files.containerdConfig, containerdConfig(directory));
  writeFileSync(join(files.cni, '10-cube.conflist'), cniConfig(directory, node));
  writeFileSync(files.kubeletConfig, kubeletConfig(directory, `/${cgroupOf(cluster.name, node)}`));
  writeFileSync(files.proxyConfig, proxyConfig(directory, node));
  const name = `containerd@${node.name}`;
  const argv = inNetns(node.netns, ['containerd', '--config', files.containerdConfig]);
  const containerd = startDetached(name, argv, logFile(cluster, name));
  recordProcess(cluster.name, containerd);
  const deadline = Date.now() + 30_000;
  while (!existsSync(files.containerdSocket)) {
    if (!isAlive(containerd) || Date.now() > deadline) {
      throw new Error(`starting containerd of ${node.name}: no socket\n${logTail(logFile(cluster, name))}`);
    }
    await sleep(50);
  }
  startComponent(cluster, program, { component: 'kubelet', args: kubeletArgs(directory, node), node });
  startComponent(cluster, program, { component: 'kube-proxy', args: [`--config=${files.proxyConfig}`], node });
}

async function waitForNodes(cluster: Cluster): Promise<void> {
  const ready = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}';
  const argv = inNetns(firstNode(cluster).netns, [
    ...['kubectl', '--kubeconfig', cluster.kubeconfigPath, 'get', 'nodes', '-o', `jsonpath=${ready}`],
  ]);
  const env = { ...process.env, PATH: pathWithTools() };
  const deadline = Date.now() + 90_000;
  for (;;) {
    const [command = '', ...args] = argv;
    const states = execFileSync(command, args, { encoding: 'utf8', env }).trim().split(' ');
    if (states.filter((state) => state === 'True').length === cluster.nodes.length) return;
    if (Date.now() > deadline) {
      const log = logTail(logFile(cluster, `kubelet@${firstNode(cluster).name}`));
      throw new Error(`waiting for ${cluster.nodes.length} nodes: '${states.join(' ')}' after 90 s\n${log}`);
    }
    await sleep(300);
  }
}

/** The node with the control plane. */
export function firstNode(cluster: Cluster): NodeAddresses {
  const node = cluster.nodes[0];
  if (node === undefined) throw new Error(`cluster '${cluster.name}' has no nodes`);
  return node;
}

/** The command that runs `argv` on a node, or outside of the cluster where clients are. */
export function commandIn(cluster: Cluster, place: NodeAddresses | 'client', argv: readonly string[]): string[] {
  return inNetns(place === 'client' ? clientNamespace(cluster.name) : place.netns, argv);
}

/** Imports image archives on every node, the nodes side by side. @throws Error with what `ctr` said. */
export async function loadImages(cluster: Cluster, archives: readonly string[]): Promise<void> {
  await Promise.all(
    cluster.nodes.map(async (node) => {
      const { containerdSocket } = nodeFiles(nodeDir(cluster.name, node));
      for (const archive of archives) {
        await execute('ctr', ['--address', containerdSocket, '-n', 'k8s.io', 'images', 'import', archive]);
      }
    }),
  );
}

/**
 * Stops a cluster and removes all traces: processes, containers, mounts, namespaces, control groups, files.
 * @throws Error that names what is left, if anything is.
 */
export async function stopCluster(name: string): Promise<void> {
  const nodes = Array.from({ length: maxNodes }, (_, index) => nodeAddresses(name, index + 1));
  const processes = clusterExists(name) ? readState(name).processes : [];
  const isNodeAgent = (process: Detached) => /^(kubelet|kube-proxy)@/.test(process.name);
  // First those who would bring containers back, then the containers, then the rest.
  await stopDetached(processes.filter(isNodeAgent));
  for (const node of nodes) await removeCgroup(cgroupOf(name, node));
  await stopDetached(processes.filter((process) => !isNodeAgent(process)));
  await stopShims(clusterDir(name));
  // Whatever was started in the cluster's namespaces and never recorded: its starter was killed in between.
  for (const pid of programsIn(name)) killIfThere(pid);
  unmountBelow(clusterDir(name));
  removeNetwork(name);
  removeState(name);
  const left = remains(name);
  if (left.length > 0) throw new Error(`stopping cluster '${name}': these are left: ${left.join(', ')}`);
}

/** The processes of a cluster that run now, containers apart. */
export function runningProcesses(name: string): string[] {
  const processes = clusterExists(name) ? readState(name).processes.filter(isAlive) : [];
  return processes.map((process) => `${process.name} (${process.pid})`);
}

/** Everything there is of a cluster on this machine, running or not; empty when nothing is. */
export function remains(name: string): string[] {
  const directory = clusterDir(name);
  const nodes = Array.from({ length: maxNodes }, (_, index) => nodeAddresses(name, index + 1));
  return [
    ...runningProcesses(name),
    ...shimsOf(directory).map((pid) => `containerd-shim (${pid})`),
    ...nodes.flatMap((node) => cgroupDirectories(cgroupOf(name, node))),
    ...mountsBelow(directory, readFileSync('/proc/self/mounts', 'utf8')),
    ...networkNamespaces(name),
    ...(existsSync(directory) ? [directory] : []),
  ];
}
