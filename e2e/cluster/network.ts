/**
 * Network namespaces of a cluster: one for each node, with a bridge for its pods, cables from node 1 to the others, and
 * one outside for clients. None has an uplink: nothing that runs in them can leave the machine.
 */
import { execFileSync } from 'node:child_process';
import {
  cable,
  clientCable,
  clientNamespace,
  nodeAddresses,
  podRange,
  serviceRange,
  type Link,
  type NodeAddresses,
} from './addresses.js';

/** Locally administered; bridges of two nodes never meet on one link. */
const bridgeMac = '02:18:00:00:00:01';

const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** The command that runs `argv` in a namespace. `ip netns exec` would remount /sys, and the kubelet then finds no cgroups. */
export function inNetns(netns: string, argv: readonly string[]): string[] {
  return ['nsenter', `--net=/run/netns/${netns}`, '--', ...argv];
}

const within = (netns: string, argv: readonly string[]) => {
  const [command = '', ...args] = inNetns(netns, argv);
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
};

/** Makes all namespaces, bridges, cables and routes of a cluster. @throws Error with what `ip` said. */
export function createNetwork(cluster: string, nodes: number): void {
  const all = Array.from({ length: nodes }, (_, index) => nodeAddresses(cluster, index + 1));
  for (const node of all) createNode(node);
  const [hub, ...others] = all;
  if (hub === undefined) throw new Error('creating a network: a cluster has at least one node');
  others.forEach((node, index) => connect(hub, { netns: node.netns, number: index + 1, node }));
  const client = clientNamespace(cluster);
  ip('netns', 'add', client);
  within(client, ['ip', 'link', 'set', 'lo', 'up']);
  connect(hub, { netns: client, number: clientCable });
}

function createNode(node: NodeAddresses): void {
  ip('netns', 'add', node.netns);
  const run = (...argv: readonly string[]) => within(node.netns, argv);
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', 'cube0', 'type', 'bridge');
  // Else it is the lowest of its ports', and a new pod can change it: what other pods send to the gateway is lost then,
  // until they have heard of it.
  run('ip', 'link', 'set', 'cube0', 'address', bridgeMac);
  run('ip', 'address', 'add', `${node.address.ipv4}/24`, 'dev', 'cube0');
  run('ip', 'address', 'add', `${node.address.ipv6}/64`, 'dev', 'cube0', 'nodad');
  run('ip', 'link', 'set', 'cube0', 'up');
  // Without these a program on the node gets "network unreachable" before kube-proxy's rules act.
  run('ip', 'route', 'add', serviceRange.ipv4, 'dev', 'cube0');
  run('ip', '-6', 'route', 'add', serviceRange.ipv6, 'dev', 'cube0');
  for (const setting of [
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    // A pod that reaches a pod of its own node through a Service must get the answer through kube-proxy's rules too.
    'net.bridge.bridge-nf-call-iptables=1',
    'net.bridge.bridge-nf-call-ip6tables=1',
  ]) {
    run('sysctl', '-q', '-w', setting);
  }
}

interface Neighbour {
  readonly netns: string;
  readonly number: number;
  readonly node?: NodeAddresses;
}

/** Joins a neighbour to the hub, which knows the way to everybody else. */
function connect(hub: NodeAddresses, neighbour: Neighbour): void {
  const { near, far } = cable(neighbour.number);
  const names = { near: `up${neighbour.number}`, far: 'hub' };
  ip(
    'link',
    'add',
    names.near,
    'netns',
    hub.netns,
    'type',
    'veth',
    'peer',
    'name',
    names.far,
    'netns',
    neighbour.netns,
  );
  configureEnd(hub.netns, names.near, near);
  configureEnd(neighbour.netns, names.far, far);
  if (neighbour.node !== undefined) {
    const { ipv4, ipv6 } = neighbour.node.podSubnet;
    within(hub.netns, ['ip', 'route', 'add', ipv4, 'via', far.ipv4]);
    within(hub.netns, ['ip', '-6', 'route', 'add', ipv6, 'via', far.ipv6]);
    // The node's own subnet and the Services are more specific; all else of the cluster lies behind the hub.
    within(neighbour.netns, ['ip', 'route', 'add', podRange.ipv4, 'via', near.ipv4]);
    within(neighbour.netns, ['ip', '-6', 'route', 'add', podRange.ipv6, 'via', near.ipv6]);
  } else {
    within(neighbour.netns, ['ip', 'route', 'add', 'default', 'via', near.ipv4]);
    within(neighbour.netns, ['ip', '-6', 'route', 'add', 'default', 'via', near.ipv6]);
  }
}

function configureEnd(netns: string, device: string, link: Link): void {
  within(netns, ['ip', 'address', 'add', `${link.ipv4}/30`, 'dev', device]);
  within(netns, ['ip', 'address', 'add', `${link.ipv6}/64`, 'dev', device, 'nodad']);
  within(netns, ['ip', 'link', 'set', device, 'up']);
}

/** The namespaces of a cluster that exist now. */
export function networkNamespaces(cluster: string): string[] {
  const pattern = new RegExp(`^dnsfleet-${cluster}-([0-9]+|client)$`);
  return ip('netns', 'list')
    .toString()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => pattern.test(name));
}

/** The programs that run in the namespaces of a cluster, pods included. */
export function programsIn(cluster: string): number[] {
  return networkNamespaces(cluster).flatMap((netns) =>
    ip('netns', 'pids', netns).toString().split('\n').filter(Boolean).map(Number),
  );
}

/** Removes the namespaces of a cluster. */
export function removeNetwork(cluster: string): void {
  for (const netns of networkNamespaces(cluster)) ip('netns', 'delete', netns);
}
