/** kubectl, as people use it, and our CRDs by its means. */
import { execFileSync } from 'node:child_process';
import { eventually } from './eventually.js';

/** Runs kubectl and returns what it prints. Throws with its error output. */
export function runKubectl(kubeconfig: string, args: readonly string[]): string {
  return execFileSync('kubectl', ['--kubeconfig', kubeconfig, ...args], {
    encoding: 'utf8',
    // This process stands still meanwhile, the fake kubelet with it: never wait here for something to happen.
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Installs our CRDs, and returns once the API server serves them. */
export async function installCrds(kubeconfig: string): Promise<void> {
  runKubectl(kubeconfig, ['apply', '--server-side', '--force-conflicts', '--filename', 'crds']);
  runKubectl(kubeconfig, ['wait', '--for=condition=Established', '--timeout=30s', '--filename', 'crds']);
  // The part that serves them learns a moment later than the one that says so.
  await eventually(() => void runKubectl(kubeconfig, ['get', 'dnsfleets,dnspools']));
}
