/**
 * Jest's global set-up of the integration project: one control plane for all files that need no more than a namespace
 * of their own on an API server. Its kubeconfig is named by DNSFLEET_TEST_KUBECONFIG; a file that stops or restarts
 * the API server starts its own with `startControlPlane`.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export default async function setup() {
  const server = spawn(process.execPath, ['--import', 'tsx', 'e2e/cluster/serve-control-plane.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [line] = await Promise.race([
    once(createInterface(server.stdout), 'line'),
    once(server, 'exit').then(() => {
      throw new Error('starting the control plane: it ended; see above');
    }),
  ]);
  process.env.DNSFLEET_TEST_KUBECONFIG = line;
  globalThis.dnsfleetControlPlane = server;
}
