/** The operator as its image has it, in a process of its own, and how it is asked how far it is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { z } from 'zod';
import { logTail } from '../cluster/process.js';
import type { MemoryLimit } from './memory-limit.js';
import { readUsage, type Usage } from './proc.js';

export interface OperatorProgramOptions {
  /** The bundle. */
  readonly program: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly agentPort: number;
  readonly logFile: string;
  /** That of its container; by default it may have what the machine has. */
  readonly memoryLimit?: MemoryLimit | undefined;
  /** Called when it ends without having been told to, with its last lines. */
  readonly onEnd: (error: Error) => void;
}

export class OperatorProgram {
  readonly startMs = Date.now();
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #port: number | undefined;
  #isStopping = false;

  /** Starts it with the chart's defaults, leader election too; it looks after all namespaces. */
  constructor(options: OperatorProgramOptions) {
    const { program, kubeconfig, namespace, agentPort, logFile, memoryLimit, onEnd } = options;
    const flags = {
      kubeconfig,
      'agent-port': String(agentPort),
      'resolver-image': 'localhost/dnsfleet-resolver:dev',
      'resolver-image-pull-policy': 'Never',
      'leader-election': 'Enabled',
      'leader-election-namespace': namespace,
      'http-port': '0',
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const argv = [process.execPath, ...nodeFlags(readFileSync('operator/Dockerfile', 'utf8')), program, ...args];
    const [command = '', ...rest] = memoryLimit?.command(argv) ?? argv;
    this.#child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    if (this.#child.pid === undefined) throw new Error('starting the operator: it cannot be run');
    this.pid = this.#child.pid;
    this.#ended = once(this.#child, 'exit');
    this.#child.once('exit', (code, signal) => {
      const how = signal ?? `code ${String(code)}`;
      if (!this.#isStopping) onEnd(new Error(`the operator ended by itself (${how})\n${logTail(logFile)}`));
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    this.#child.stdout?.pipe(log);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#port ??= portOf(text);
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it uses now; undefined when it has ended, or is just ending. */
  usage(): Usage | undefined {
    try {
      return readUsage(this.pid, Date.now());
    } catch {
      return undefined;
    }
  }

  /** Whether its caches have synced, by its own /readyz. */
  async isReady(): Promise<boolean> {
    return (await this.#get('/readyz'))?.ok === true;
  }

  /** How often each controller has reconciled, and how many keys wait, by its own metrics. */
  async work(): Promise<{ readonly fleets: number; readonly pools: number; readonly waiting: number }> {
    const text = (await (await this.#get('/metrics'))?.text()) ?? '';
    return parseWork(text);
  }

  /** Ends it; `SIGTERM` is what a rolling update sends. Resolves when it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isStopping = true;
    if (this.isAlive) this.#child.kill(signal);
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    if (this.isAlive) await this.#ended;
    clearTimeout(hard);
  }

  async #get(path: string): Promise<Response | undefined> {
    if (this.#port === undefined) return undefined;
    try {
      return await fetch(`http://127.0.0.1:${this.#port}${path}`, { signal: AbortSignal.timeout(5000) });
    } catch {
      return undefined;
    }
  }
}

/** Its log tells the port that it took. */
function portOf(text: string): number | undefined {
  const port = /"msg":"Serving HTTP","port":(\d+)/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** The flags of Node.js with which the image runs the operator: what its ENTRYPOINT has between `node` and the program. */
export function nodeFlags(dockerfile: string): string[] {
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (entrypoint === undefined)
    throw new Error('reading the Dockerfile of the operator: it has no ENTRYPOINT as a list');
  return z.array(z.string()).parse(JSON.parse(entrypoint)).slice(1, -1);
}

/** Out of the text of /metrics. */
export function parseWork(text: string): { fleets: number; pools: number; waiting: number } {
  const sum = (pattern: RegExp) => [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    fleets: sum(/^dnsfleet_reconcile_total\{controller="fleet",[^}]*\} (\d+)$/gm),
    pools: sum(/^dnsfleet_reconcile_total\{controller="pool",[^}]*\} (\d+)$/gm),
    waiting: sum(/^dnsfleet_workqueue_depth\{[^}]*\} (\d+)$/gm),
  };
}
