/** The real program in a process of its own, which a test may kill at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, stop as stopEsbuild } from 'esbuild';
import { resolverImage } from './cluster.js';

export interface OperatorProcessOptions {
  /** What `bundleOperator` returned. */
  readonly program: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly agentPort: number;
  /** Options of the program beside those, by their names on the command line. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** Bundles the operator as its image has it. Returns the path of the program and how to remove it. */
export async function bundleOperator(): Promise<{ readonly program: string; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-operator-'));
  const program = join(directory, 'operator.mjs');
  await build({
    entryPoints: ['operator/src/main.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  // Its service would keep a test runner alive that runs the tests in its own process.
  await stopEsbuild();
  return { program, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** What it printed, for a test that fails. */
  log = '';

  constructor(options: OperatorProcessOptions) {
    const flags = {
      kubeconfig: options.kubeconfig,
      'watch-namespaces': options.namespace,
      'agent-port': String(options.agentPort),
      'resolver-image': resolverImage,
      'resolver-image-pull-policy': 'Never',
      'leader-election': 'Disabled',
      'http-port': '0',
      ...options.flags,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.#child = spawn(process.execPath, [options.program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.log = `${this.log}${text}`.slice(-20_000)));
    }
    this.#ended = once(this.#child, 'exit');
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGKILL: it can do nothing about it. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.isAlive) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
