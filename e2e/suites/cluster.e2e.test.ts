/**
 * The test cluster itself: one and three nodes, at the same time as the cluster of the other suites, and nothing left of
 * them afterwards, also when the program that started one was killed half-way.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadImages, remains, startCluster, stopCluster } from '../cluster/cluster.js';
import { inNetns } from '../cluster/network.js';
import { clusterDir } from '../cluster/state.js';
import { ensureImages } from '../images/build.js';
import { openSharedCluster } from './helpers/cluster.js';
import { eventually, must } from './helpers/eventually.js';
import { run } from './helpers/program.js';

const shared = openSharedCluster();
const nameOf = (what: string): string => `${what}${process.pid}`;
const started: string[] = [];

afterAll(async () => {
  for (const name of started) await stopCluster(name);
});

/** Network namespaces, mounts and control groups of this machine that bear the cluster's name. */
async function tracesOf(name: string): Promise<readonly string[]> {
  const namespaces = (await run(['ip', 'netns', 'list'])).split('\n');
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  // Either hierarchy of control groups, v2 or v1, has a cluster's groups at its top.
  const groups = (
    await run(['sh', '-c', 'ls -d /sys/fs/cgroup/dnsfleet-* /sys/fs/cgroup/*/dnsfleet-* 2>&1 || true'])
  ).split('\n');
  const isOfCluster = (trace: string) => trace.includes(`dnsfleet-${name}-`) || trace.includes(clusterDir(name));
  return [...namespaces, ...mounts, ...groups].filter(isOfCluster);
}

/** Processes, containers' too, whose command line names the directory of the cluster. */
function processesOf(name: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => commandOf(pid))
    .filter((command) => command.includes(clusterDir(name)));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

async function expectNothingLeft(name: string): Promise<void> {
  expect(remains(name)).toEqual([]);
  expect(await tracesOf(name)).toEqual([]);
  expect(processesOf(name)).toEqual([]);
}

/** A pod that does nothing, of the image that every cluster has. */
const pausePod = (nodeName: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `on-${nodeName}` },
  spec: {
    nodeName,
    containers: [{ name: 'pause', image: 'localhost/pause:1', imagePullPolicy: 'Never' }],
  },
});

describe.each([1, 3])('a cluster of %i nodes beside another one', (nodes) => {
  const name = nameOf(`n${nodes}x`);

  test('runs pods on each of its nodes, and the other cluster goes on', async () => {
    started.push(name);
    const cluster = await startCluster({ name, nodes });
    const [hub] = cluster.nodes;
    if (!hub) throw new Error('the cluster has no nodes');
    const [pause] = (await ensureImages(() => undefined)).filter((archive) => archive.includes('/pause-'));
    if (pause === undefined) throw new Error('there is no image of pause');
    await loadImages(cluster, [pause]);
    const argv = inNetns(hub.netns, ['kubectl', '--kubeconfig', cluster.kubeconfigPath]);
    await eventually(() => run([...argv, 'get', 'serviceaccount', 'default']), {
      describe: 'the service account of pods',
      timeoutMs: 30_000,
    });
    const pods = cluster.nodes.map((node) => pausePod(node.name));
    await run([...argv, 'apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }),
    });
    await run([...argv, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']);
    expect(await tracesOf(name)).not.toEqual([]);
    expect(processesOf(name)).not.toEqual([]);
    expect(await shared.kubectl('default').nodes()).toHaveLength(2);
  }, 240_000);

  test('leaves nothing running, mounted or on disk', async () => {
    await stopCluster(name);
    await expectNothingLeft(name);
  }, 120_000);
});

test('a cluster whose starter was killed is stopped like any other', async () => {
  const name = nameOf('k');
  started.push(name);
  const cli = ['--import', 'tsx', 'e2e/cluster/cli.ts', 'start', '--name', name, '--nodes', '2'];
  const starter = spawn(process.execPath, cli, { stdio: 'ignore', env: { ...process.env, NODE_OPTIONS: '' } });
  const ended = once(starter, 'exit');
  await eventually(
    () => {
      const files = existsSync(clusterDir(name)) ? readdirSync(clusterDir(name)) : [];
      must(
        files.some((file) => file.startsWith('containerd@')),
        'containerd was not started',
      );
      return Promise.resolve();
    },
    { describe: 'the start to be half-way', timeoutMs: 90_000, intervalMs: 20 },
  );
  starter.kill('SIGKILL');
  await ended;
  await stopCluster(name);
  await expectNothingLeft(name);
}, 180_000);
