/**
 * `make bench-operator`: the operator, as its image has it, with many fleets against a real etcd, API server and
 * controller-manager. No kubelet runs: a process of its own makes the pods ready and answers for their agents. Writes
 * build/bench/operator.json and operator.svg; exits with 1 when it could not measure, or a goal was missed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawChart } from './chart.js';
import { startEnvironment } from './environment.js';
import { FakeServersProcess } from './fake-servers-process.js';
import { computeFigures } from './figures.js';
import { Fleets } from './fleets.js';
import { describeCommit, describeMachine } from './machine.js';
import type { Measurement } from './measurement.js';
import { chartMemoryLimit, MemoryLimit } from './memory-limit.js';
import { operatorChart } from './operator-chart.js';
import { type BenchOptions, parseBenchOptions } from './options.js';
import { judgeGoals, type Report, summarize } from './report.js';
import { Run } from './run.js';

const directory = 'build/bench';
const agentPort = 18_090;
const startedMs = Date.now();

function progress(message: string): void {
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  console.log(`[${String(seconds).padStart(4)} s] ${message}`);
}

/** That of the operator's container; undefined, and said, where none can be set. */
function limitMemory(): MemoryLimit | undefined {
  try {
    return new MemoryLimit(chartMemoryLimit());
  } catch (error) {
    progress(`No memory limit for the operator: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

interface MeasureTools {
  readonly options: BenchOptions;
  readonly memoryLimit: MemoryLimit | undefined;
  readonly signal: AbortSignal;
}

async function measure({ options, memoryLimit, signal }: MeasureTools): Promise<Measurement> {
  progress('Starting etcd, API server and controller-manager');
  const environment = await startEnvironment(progress, signal);
  const { adminKubeconfig: kubeconfig, namespace } = environment;
  const servers = new FakeServersProcess({ kubeconfig, namespace, agentPort });
  const following = new AbortController();
  const fleets = new Fleets(environment.client, namespace);
  const followed = fleets.follow(following.signal);
  const run = new Run({ options, environment, fleets, servers, agentPort, memoryLimit, progress, signal });
  try {
    return await run.measure();
  } finally {
    progress('Stopping all of it');
    await run.stop();
    following.abort();
    await Promise.all([followed, servers.stop()]);
    await environment.stop();
  }
}

function write(report: Report, measurement: Measurement): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'operator.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(directory, 'operator.svg'), drawChart(operatorChart(measurement, report.inputs)));
  progress(`Wrote ${directory}/operator.json and ${directory}/operator.svg`);
}

async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv.slice(2));
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => stop.abort(new Error(`it was told to stop (${name})`)));
  }
  const commit = describeCommit();
  const memoryLimit = limitMemory();
  const measurement = await measure({ options, memoryLimit, signal: stop.signal })
    .catch((error: unknown) => {
      stop.signal.throwIfAborted();
      throw error;
    })
    .finally(() => memoryLimit?.remove());
  const inputs = { ...options, ...(memoryLimit && { memoryLimitMb: Math.round(memoryLimit.bytes / 1e6) }) };
  const figures = computeFigures(measurement);
  const goals = judgeGoals(figures);
  const report = { name: 'operator', commit, machine: describeMachine(), inputs, figures, goals };
  write(report, measurement);
  console.log(summarize(report));
  if (goals.some(({ met }) => !met)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(`\nbench-operator: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
