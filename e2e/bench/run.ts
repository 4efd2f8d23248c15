/** The phases of a run, one after the other: create, wait for rest, rest, restart, change; grow, wait for rest, rest. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAuditLog } from './audit.js';
import type { Environment } from './environment.js';
import type { FakeServersProcess } from './fake-servers-process.js';
import { fleetName, type Fleets } from './fleets.js';
import type { Change, Grown, Measurement, Phase, Restart } from './measurement.js';
import type { MemoryLimit } from './memory-limit.js';
import { OperatorProgram } from './operator-program.js';
import type { BenchOptions } from './options.js';
import { countOpenFiles, type Usage } from './proc.js';
import { waitUntil } from './wait.js';

export interface RunTools {
  readonly options: BenchOptions;
  readonly environment: Environment;
  readonly fleets: Fleets;
  readonly servers: FakeServersProcess;
  readonly agentPort: number;
  /** That of the operator's container. */
  readonly memoryLimit: MemoryLimit | undefined;
  readonly progress: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A quarter of an hour for what takes minutes: it ends a run that goes nowhere. */
const timeoutMs = 900_000;
/** Longer than the minute within which a pool writes no more numbers after a restart: what comes late is seen. */
const restartSeconds = 90;
/** For how long the last traces of a change are waited for. */
const afterChangeSeconds = 30;

export class Run {
  readonly #tools: RunTools;
  readonly #usage: Usage[] = [];
  readonly #failure = new AbortController();
  /** Aborts when the run was told to stop, or the operator ended by itself. */
  readonly #signal: AbortSignal;
  readonly #program: string;
  #operator: OperatorProgram | undefined;

  constructor(tools: RunTools) {
    this.#tools = tools;
    // A copy, so that a build meanwhile changes nothing in the middle of a run.
    this.#program = join(tools.environment.directory, 'operator.mjs');
    copyFileSync('dist/operator.mjs', this.#program);
    this.#signal = AbortSignal.any([tools.signal, this.#failure.signal]);
  }

  /** @throws Error when something did not come about in time, or the reason of the signal. */
  async measure(): Promise<Measurement> {
    const { options, environment } = this.#tools;
    const sampling = new AbortController();
    const sampled = this.#sample(AbortSignal.any([this.#signal, sampling.signal]));
    try {
      this.#start();
      const { create, applyMs } = await this.#create();
      const watched = await this.#pass('settling', options.waitSeconds);
      const rest = await this.#pass('rest', options.restSeconds);
      const restarts: Restart[] = [];
      for (let count = 1; count <= options.restarts; count++) {
        restarts.push(await this.#restart('SIGTERM', `restart ${count}`));
      }
      restarts.push(await this.#restart('SIGKILL', 'kill'));
      const changes = [
        await this.#change('upstreams', { upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.55' }] } }),
        await this.#change('threads', { engine: { threads: 2 } }),
      ];
      const grown = options.serversPerPool > 1 ? await this.#grow() : undefined;
      await this.stop();
      const requests = await readAuditLog(environment.auditFile);
      return { create, applyMs, watched, rest, restarts, changes, grown, usage: this.#usage, requests };
    } catch (error) {
      // Why a wait was ended says more than that it was.
      this.#signal.throwIfAborted();
      throw error;
    } finally {
      sampling.abort();
      await sampled;
    }
  }

  async stop(): Promise<void> {
    await this.#operator?.stop('SIGTERM');
  }

  #start(): OperatorProgram {
    const { environment, agentPort, memoryLimit } = this.#tools;
    const { operatorKubeconfig: kubeconfig, systemNamespace: namespace, directory } = environment;
    this.#signal.throwIfAborted();
    const logFile = join(directory, 'operator.log');
    this.#operator = new OperatorProgram({
      ...{ program: this.#program, kubeconfig, namespace, agentPort, logFile, memoryLimit },
      onEnd: (error) => this.#failure.abort(error),
    });
    return this.#operator;
  }

  async #create(): Promise<{ create: Phase; applyMs: number }> {
    const { options, fleets, servers, progress } = this.#tools;
    const pools = options.fleets * options.pops;
    progress(`Applying ${options.fleets} fleets with ${options.pops} PoPs each: ${pools} pools`);
    const startMs = Date.now();
    await fleets.apply(options.fleets, { pops: options.pops, serversPerPool: 1 });
    const appliedMs = Date.now();
    let saidMs = appliedMs;
    const check = () => {
      if (Date.now() - saidMs >= 10_000) {
        saidMs = Date.now();
        progress(
          `  ${fleets.settled} of ${options.fleets} fleets Ready, ${servers.report.ready} of ${pools} servers ready`,
        );
      }
      return fleets.settled >= options.fleets;
    };
    const endMs = await waitUntil('all fleets to be Ready', check, { timeoutMs, everyMs: 50, signal: this.#signal });
    progress(`All fleets Ready after ${seconds(endMs - startMs)}`);
    return { create: { name: 'create', startMs, endMs }, applyMs: appliedMs - startMs };
  }

  /** Lets time pass, and says every half minute that it does. */
  async #pass(name: string, forSeconds: number): Promise<Phase> {
    const { progress } = this.#tools;
    const startMs = Date.now();
    const untilMs = startMs + forSeconds * 1000;
    for (let leftMs = untilMs - Date.now(); leftMs > 0; leftMs = untilMs - Date.now()) {
      const rss = this.#usage.at(-1)?.rssMb;
      progress(`  ${name}: ${Math.ceil(leftMs / 1000)} s left, ${rss === undefined ? '' : `RSS ${rss} MB`}`);
      await sleep(Math.min(leftMs, 30_000), undefined, { signal: this.#signal });
    }
    return { name, startMs, endMs: Date.now() };
  }

  async #restart(after: Restart['after'], name: string): Promise<Restart> {
    const { options, servers, progress } = this.#tools;
    const pools = options.fleets * options.pops;
    await this.#operator?.stop(after);
    servers.forgetQuestions();
    const operator = this.#start();
    const { startMs } = operator;
    const within = { timeoutMs: 120_000, signal: this.#signal };
    const syncedAtMs = await waitUntil('the caches to sync', () => operator.isReady(), { ...within, everyMs: 10 });
    const allAsked = () => servers.report.askedAgents >= pools && servers.report.lastAskedMs >= startMs;
    await waitUntil('all agents to be asked', allAsked, { ...within, everyMs: 20 });
    const { lastAskedMs } = servers.report;
    const allDone = async () => {
      const work = await operator.work();
      return work.fleets >= options.fleets && work.pools >= pools && work.waiting === 0;
    };
    const doneAtMs = await waitUntil('all keys to be reconciled', allDone, { ...within, everyMs: 50 });
    const reconciledMs = Math.max(lastAskedMs, doneAtMs) - startMs;
    progress(`Restarted after ${after}: synced ${seconds(syncedAtMs - startMs)}, reconciled ${seconds(reconciledMs)}`);
    await this.#pass(name, restartSeconds - (Date.now() - startMs) / 1000);
    const usage = operator.usage();
    if (!usage) throw new Error('restarting the operator: it has ended');
    const phase = { name, startMs, endMs: Date.now() };
    return { after, syncedMs: syncedAtMs - startMs, reconciledMs, phase, usage };
  }

  async #change(what: string, spec: Readonly<Record<string, unknown>>): Promise<Change> {
    const { options, fleets, progress } = this.#tools;
    const fleet = fleetName(Math.floor(options.fleets / 2));
    progress(`Changing ${what} of one fleet`);
    const startMs = Date.now();
    const generation = await fleets.change(fleet, spec);
    const settledAtMs = await waitUntil(`${fleet} to settle`, () => fleets.hasSettled(fleet, generation), {
      timeoutMs,
      everyMs: 50,
      signal: this.#signal,
    });
    progress(`${fleet} Ready again after ${seconds(settledAtMs - startMs)}`);
    await this.#pass(what, afterChangeSeconds);
    return { what, fleet, settledMs: settledAtMs - startMs, phase: { name: what, startMs, endMs: Date.now() } };
  }

  /** The last part, because there is no quick way back: servers are removed one at a time, each of them drained. */
  async #grow(): Promise<Grown> {
    const { options, fleets, servers, progress } = this.#tools;
    const { pops, serversPerPool } = options;
    const wanted = options.fleets * pops * serversPerPool;
    progress(`Growing all pools to ${serversPerPool} servers: ${wanted} servers`);
    const startMs = Date.now();
    await fleets.grow(options.fleets, { pops, serversPerPool });
    const isGrown = async () => {
      const { ready, fresh } = await fleets.countServers();
      progress(`  ${servers.report.ready} of ${wanted} servers ready; in the status ${ready} ready, ${fresh} fresh`);
      return ready === wanted && fresh === wanted;
    };
    const within = { timeoutMs, everyMs: 5000, signal: this.#signal };
    const endMs = await waitUntil('all pools to have grown', isGrown, within);
    progress(`All servers ready and fresh after ${seconds(endMs - startMs)}`);
    const watched = await this.#pass('settling', options.waitSeconds);
    const rest = await this.#pass(`rest, ${wanted} servers`, options.restSeconds);
    const { fresh } = await fleets.countServers();
    const openFiles = countOpenFiles(this.#operator?.pid ?? Number.NaN);
    return { servers: wanted, growth: { name: 'grow', startMs, endMs }, watched, rest, fresh, openFiles };
  }

  /** Notes what the operator uses once a second; between two processes there is nothing to note. */
  async #sample(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const usage = this.#operator?.usage();
      if (usage) this.#usage.push(usage);
      await sleep(1000, undefined, { signal }).catch(() => undefined);
    }
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
