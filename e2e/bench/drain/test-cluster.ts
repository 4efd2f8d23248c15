/**
 * The test cluster for as long as a benchmark runs: the program that serves the end-to-end suites serves it too. It ends
 * with the pipe to it, so that nothing is left behind however the benchmark ends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { openCluster } from '../../cluster/cluster.js';
import { shareCluster, sharedSchema, type SharedCluster } from '../../suites/helpers/cluster.js';

export interface TestCluster {
  readonly cluster: SharedCluster;
  /** Stops it, unless it was there before; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** Starts a cluster of two nodes, or opens the one called `name`. @throws Error when it ends before it is ready */
export async function startTestCluster(name: string | undefined): Promise<TestCluster> {
  const server = spawn(process.execPath, ['--import', 'tsx', 'e2e/suites/serve-cluster.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...(name !== undefined && { E2E_CLUSTER: name }) },
  });
  const ended = once(server, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line').then(([text]) => String(text)),
    ended.then(() => undefined),
  ]);
  if (line === undefined) throw new Error('starting the cluster: it ended; see above');
  const { cluster, tools } = sharedSchema.parse(JSON.parse(line));
  const stop = async (): Promise<void> => {
    server.stdin.end();
    await ended;
  };
  return { cluster: shareCluster(openCluster(cluster), tools), stop };
}
