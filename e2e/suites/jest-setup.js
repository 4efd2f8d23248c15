/** Jest's global set-up of the e2e project: one cluster for all suites, described in the variable DNSFLEET_E2E. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';

export default async function setup() {
  const server = spawn(process.execPath, ['--import', 'tsx', 'e2e/suites/serve-cluster.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [line] = await Promise.race([
    once(createInterface(server.stdout), 'line'),
    once(server, 'exit').then(() => {
      throw new Error('starting the cluster: it ended; see above');
    }),
  ]);
  process.env.DNSFLEET_E2E = line;
  globalThis.dnsfleetCluster = server;
}
