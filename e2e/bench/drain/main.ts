/**
 * `make bench-drain`: what clients lose when servers leave, by scaling, by a rolling change, by a node drain and by plain
 * deletes; a fleet and a plain Deployment side by side on a real cluster. Writes build/bench/drain.json and drain.svg;
 * exits 1 when the fleet lost a query.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOperator } from '../../suites/helpers/operator.js';
import { startUpstream } from '../../suites/helpers/traffic.js';
import { drawChart } from '../chart.js';
import { calibrate, compareUse, withLoad, type Calibration } from './calibration.js';
import { FleetContestant, PlainContestant } from './contestants.js';
import { computeFigures, describeMissed, drainChart, judgeGoals, tabulate, tabulateClients } from './figures.js';
import { type DrainOptions, parseDrainOptions } from './options.js';
import { growBack, type PhaseResult, runPhases } from './phases.js';
import { startTestCluster, type TestCluster } from './test-cluster.js';
import { describeCommit, describeMachine } from '../machine.js';

const directory = 'build/bench';
const namespace = 'bench-drain';
const startedMs = performance.now();

function progress(message: string): void {
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`[${String(seconds).padStart(4)} s] ${message}`);
}

interface Measured {
  readonly calibration: Calibration;
  /** At eight servers: how much of their limit the engines use, and how much of their capacity is asked of them. */
  readonly usePercent: { readonly ofLimit: number; readonly ofCapacity: number };
  readonly results: readonly PhaseResult[];
}

async function measure({ cluster }: TestCluster, options: DrainOptions): Promise<Measured> {
  progress('Installing the operator');
  await installOperator(cluster);
  const listen = `${cluster.node(1).address.ipv4}:5351`;
  const upstream = await startUpstream(cluster, ['--listen', listen, '--tag', 'drain']);
  try {
    progress('Starting a fleet and a plain Deployment');
    const kubectl = await cluster.createNamespace(namespace);
    const stage = { cluster, kubectl, upstream: upstream.endpoint };
    const [ours, plain] = [new FleetContestant(stage), new PlainContestant(stage)];
    const contestants = [ours, plain];
    await Promise.all(contestants.map((contestant) => contestant.start()));
    const inputs = { cluster, contestants, rate: options.rate, progress };
    const calibration = await calibrate(inputs);
    // Under load: a fleet that answers less after a change than before holds the change up.
    await withLoad(inputs, calibration.rate, () => ours.declareCapacity(calibration.capacityQps));
    await growBack(contestants);
    const usePercent = await compareUse(inputs, calibration);
    progress(
      `Eight servers use ${usePercent.ofLimit} % of their limit, at ${usePercent.ofCapacity} % of their capacity`,
    );
    const results: PhaseResult[] = [];
    const epochMs = performance.now();
    for (let repeat = 1; repeat <= options.repeats; repeat += 1) {
      progress(`Repeat ${repeat} of ${options.repeats}`);
      results.push(
        ...(await runPhases(
          { cluster, phases: options.phases, kubectl, contestants, rate: calibration.rate, progress },
          repeat,
          epochMs,
        )),
      );
    }
    return { calibration, usePercent, results };
  } finally {
    await upstream.stop();
  }
}

function write(options: DrainOptions, { calibration, usePercent, results }: Measured): readonly string[] {
  const figures = computeFigures(results);
  const goals = judgeGoals(figures);
  const inputs = { repeats: options.repeats, ...calibration, usePercent };
  const report = {
    ...{ name: 'drain', commit: describeCommit(), machine: describeMachine(), inputs, figures, goals },
    phases: results.map(({ load: { timeline, ...load }, ...phase }) => ({ ...phase, seconds: timeline.length, load })),
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'drain.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  const subtitle = `${calibration.rate} queries/s on each, 5 % of the names take 3 s upstream; ${options.repeats} repeats`;
  writeFileSync(join(directory, 'drain.svg'), drawChart(drainChart(results, subtitle)));
  progress(`Wrote ${directory}/drain.json and ${directory}/drain.svg`);
  console.log(`\n${tabulate(figures)}\n\n${tabulateClients(figures)}\n`);
  return describeMissed(goals);
}

async function main(): Promise<void> {
  const options = parseDrainOptions(process.argv.slice(2));
  progress('Starting a cluster of two nodes');
  const test = await startTestCluster(options.cluster);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void test.stop().finally(() => process.exit(130)));
  }
  try {
    const missed = write(options, await measure(test, options));
    if (missed.length === 0) console.log('drain: the fleet lost no query in any phase');
    else console.log(`drain: MISSED. ${missed.join('; ')}`);
    process.exitCode = missed.length === 0 ? 0 : 1;
  } finally {
    progress('Stopping the cluster');
    await test.stop();
  }
}

main().catch((error: unknown) => {
  console.error(`\nbench-drain: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
