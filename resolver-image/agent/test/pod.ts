/**
 * A resolver pod on loopback for tests: the real supervisor, agent and engine as processes of this machine, in a
 * directory of their own. It starts and ends only its own processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../operator/src/runtime/clock.js';
import { AgentClient } from '../src/contract/client.js';
import type { ResolverConfig } from '../src/contract/resolver-config.js';
import { control } from '../src/engines/unbound/control.js';
import { parseStats } from '../src/engines/unbound/stats.js';

export const clock = systemClock;
const TOKEN = 'token-of-the-test-pool';

/** Where the programs of the test are. */
export interface Programs {
  /** The directory with wrappers `unbound`, `unbound-checkconf` and `unbound-control`. */
  readonly unbound: string;
  /** The directory with the bundles. */
  readonly agent: string;
}

export interface PodOptions {
  readonly programs: Programs;
  /** Mounted before the start; none when omitted. */
  readonly config?: ResolverConfig;
  readonly threads?: number;
  /** A program in place of the agent's. */
  readonly agentProgram?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A port of loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Polls until `probe` gives something other than undefined or false. Throws after `timeoutMs`, naming `what`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = clock.now() + timeoutMs;
  let last: unknown;
  while (clock.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await clock.sleep(20);
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: last });
}

export class Pod {
  readonly directory = mkdtempSync(join(tmpdir(), 'dnsfleet-pod-'));
  readonly runDirectory = join(this.directory, 'run');
  readonly configDirectory = join(this.directory, 'config');
  readonly dnsPort: number;
  readonly httpPort: number;
  readonly client: AgentClient;
  readonly anonymous: AgentClient;
  readonly #options: PodOptions;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #children = new Set<ChildProcess>();
  #log = '';
  #version = 0;
  engine: ChildProcess | undefined;
  supervisor: ChildProcess | undefined;

  private constructor(options: PodOptions, ports: readonly [dns: number, http: number]) {
    this.#options = options;
    [this.dnsPort, this.httpPort] = ports;
    const baseUrl = `http://127.0.0.1:${this.httpPort}`;
    this.client = new AgentClient({ baseUrl, token: TOKEN });
    this.anonymous = new AgentClient({ baseUrl });
    this.#environment = {
      PATH: process.env['PATH'],
      POD_NAME: 'pool-7d9f-abcde',
      POD_NAMESPACE: 'dns',
      NODE_NAME: 'node-1',
      DNSFLEET_THREADS: String(options.threads ?? 1),
      DNSFLEET_RUN_DIR: this.runDirectory,
      DNSFLEET_CONFIG_DIR: this.configDirectory,
      DNSFLEET_TOKEN_DIR: join(this.directory, 'token'),
      DNSFLEET_HTTP_PORT: String(this.httpPort),
      DNSFLEET_DNS_PORT: String(this.dnsPort),
      DNSFLEET_LISTEN: '127.0.0.1,::1',
      DNSFLEET_LOG: join(this.directory, 'container.log'),
      DNSFLEET_UNBOUND: join(options.programs.unbound, 'unbound'),
      DNSFLEET_UNBOUND_CONTROL: join(options.programs.unbound, 'unbound-control'),
      DNSFLEET_CHECKER: join(options.programs.unbound, 'unbound-checkconf'),
      ...(options.agentProgram !== undefined && { DNSFLEET_AGENT: options.agentProgram }),
      ...options.environment,
    };
  }

  /** Starts supervisor, agent and engine; does not wait for them. */
  static async start(options: PodOptions): Promise<Pod> {
    const pod = new Pod(options, [await freePort(), await freePort()]);
    for (const directory of ['run', 'config', 'token']) await mkdir(join(pod.directory, directory));
    await writeFile(join(pod.directory, 'token', 'token'), `${TOKEN}\n`);
    if (options.config) await pod.mount(options.config);
    pod.startSupervisor();
    pod.startEngine();
    return pod;
  }

  /** Publishes a configuration as the kubelet does: a new directory, and a symbolic link that is swapped. */
  async mount(config: ResolverConfig | string): Promise<void> {
    this.#version += 1;
    const name = `..version-${this.#version}`;
    const data = join(this.configDirectory, '..data');
    await mkdir(join(this.configDirectory, name));
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    await writeFile(join(this.configDirectory, name, 'config.json'), text);
    await symlink(name, `${data}.next`);
    await rename(`${data}.next`, data);
    if (this.#version === 1) await symlink('..data/config.json', join(this.configDirectory, 'config.json'));
  }

  startSupervisor(): void {
    const program = join(this.#options.programs.agent, 'supervisor.mjs');
    this.supervisor = this.#spawn(process.execPath, ['--max-old-space-size=24', '--max-semi-space-size=1', program]);
  }

  startEngine(): void {
    this.engine = this.#spawn(join(import.meta.dirname, '..', '..', 'engine-start'), []);
  }

  /** The process of the agent, a child of the supervisor; undefined while it is away. */
  agentPid(): number | undefined {
    const pid = this.supervisor?.pid;
    if (pid === undefined) return undefined;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  }

  /** Kills the agent as soon as there is one. */
  async killAgent(): Promise<void> {
    const pid = await until('there is an agent to kill', () => Promise.resolve(this.agentPid()), 15_000);
    process.kill(pid, 'SIGKILL');
    await until('the agent is gone', () => Promise.resolve(this.agentPid() !== pid));
  }

  /** Runs the liveness probe of the engine's container; its exit code. */
  engineAlive(): Promise<number> {
    return exitOf(this.#spawn(join(import.meta.dirname, '..', '..', 'engine-alive'), []));
  }

  /** Runs the preStop hook to its end; resolves with the milliseconds that it took. */
  async preStop(): Promise<number> {
    const started = clock.now();
    const code = await exitOf(this.#spawn(process.execPath, [join(this.#options.programs.agent, 'prestop.mjs')]));
    if (code !== 0) throw new Error(`prestop ended with ${code}: ${this.log}`);
    return clock.now() - started;
  }

  /** Everything that the processes wrote. */
  get log(): string {
    return this.#log;
  }

  get containerLog(): string {
    return join(this.directory, 'container.log');
  }

  async readiness(): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}/readyz`, { signal: AbortSignal.timeout(2000) });
    return { status: response.status, text: await response.text() };
  }

  async ready(timeoutMs = 15_000): Promise<void> {
    try {
      await until('pod is ready', async () => (await this.readiness()).status === 200, timeoutMs);
    } catch (error) {
      throw new Error(`pod is not ready; log:\n${this.log}`, { cause: error });
    }
  }

  async metrics(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}/metrics`, { signal: AbortSignal.timeout(2000) });
    return response.text();
  }

  /** Sends a command to the engine's control socket. */
  control(command: string): Promise<string> {
    return control({ socketPath: join(this.runDirectory, 'control.sock'), command, timeoutMs: 5000 });
  }

  /** The engine's counters by their own names, such as `total.num.cachemiss`. */
  async stats(): Promise<ReadonlyMap<string, number>> {
    return parseStats(await this.control('stats_noreset'));
  }

  /** One of them; throws if there is none of that name. */
  async stat(name: string): Promise<number> {
    const value = (await this.stats()).get(name);
    if (value === undefined) throw new Error(`the engine counts no ${name}`);
    return value;
  }

  /** Ends all processes of the pod, frozen ones too, and removes its directory. */
  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGCONT');
    this.supervisor?.kill('SIGTERM');
    for (const child of this.#children) if (child !== this.supervisor) child.kill('SIGKILL');
    await Promise.all([...this.#children].map((child) => exitOf(child)));
    rmSync(this.directory, { recursive: true, force: true });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    if (!existsSync(program)) throw new Error(`${program} is not there`);
    const child = spawn(program, args, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    const keep = (chunk: Buffer) => {
      this.#log = `${this.#log}${chunk.toString('utf8')}`.slice(-200_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('exit', () => this.#children.delete(child));
    return child;
  }
}

/** The exit code of a process; 128 if a signal ended it. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? 128);
    else child.once('exit', (code) => resolve(code ?? 128));
  });
}
