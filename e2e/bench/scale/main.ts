/**
 * `make bench-scale`: steps of the load on a real cluster, on pools that scale by themselves and on pools that a
 * HorizontalPodAutoscaler scales, one after the other. Writes build/bench/scale.json and .svg; exits 1 when a goal is
 * missed or nothing could be measured.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawChart } from '../chart.js';
import { describeCommit, describeMachine } from '../machine.js';
import { describeGoal, type Goal } from '../report.js';
import { measureCapacity } from './calibrate.js';
import { scaleChart } from './chart.js';
import { computeFigures, judgeGoals, tabulate } from './figures.js';
import * as inputs from './inputs.js';
import { type HpaMetric, parseScaleOptions, planSteps, type ScaleOptions } from './options.js';
import { makePool } from './pools.js';
import { type Cleanup, openSite, type Site, startWatching } from './site.js';
import { runStep, type StepRun } from './step.js';

const directory = 'build/bench';
const startedMs = Date.now();

function progress(message: string): void {
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  console.log(`[${String(seconds).padStart(4)} s] ${message}`);
}

interface Measured {
  readonly capacityQps: number;
  readonly runs: readonly StepRun[];
}

async function measure(options: ScaleOptions, cleanup: Cleanup): Promise<Measured> {
  const site = await openSite(options, { cleanup, progress });
  const calibration = await makePool(site, { name: 'calibration', mode: 'Disabled', servers: 1 });
  await startWatching(site, cleanup);
  progress(`Measuring what an engine answers with ${inputs.cpu} of the processor`);
  const capacityQps = await measureCapacity(site, calibration);
  progress(`${capacityQps} queries/s, which is \`capacityQps\` from here on`);
  return { capacityQps, runs: await runSteps(site, options, { capacityQps, quiet: calibration.remove() }) };
}

async function runSteps(
  site: Site,
  options: ScaleOptions,
  { capacityQps, quiet: before }: { readonly capacityQps: number; readonly quiet: Promise<void> },
): Promise<StepRun[]> {
  const plan = planSteps(options);
  const runs: Promise<StepRun>[] = [];
  let quiet: Promise<unknown> = before;
  for (const [index, planned] of plan.entries()) {
    const name = `step-${index + 1}`;
    quiet.catch(() => undefined);
    const { run, removed } = await runStep(site, { ...planned, name, capacityQps, metric: options.metric, quiet });
    quiet = Promise.all([run, removed]);
    runs.push(run.then((of) => tell(of, `${index + 1} of ${plan.length}`)));
  }
  await quiet;
  return Promise.all(runs);
}

function tell(run: StepRun, which: string): StepRun {
  const { scaler, decisions, servers, sent, objections } = run;
  const decided = decisions.map(({ atSecond, replicas }) => `${replicas} servers after ${atSecond} s`).join(', ');
  const came = servers.map(
    ({ runningSecond, servingSecond }) => `${runningSecond ?? 'never'} to ${servingSecond ?? 'never'} s`,
  );
  const noticed = `${sent.lost} lost and ${sent.delayed} slow of ${sent.sent}`;
  const doubt = objections.length > 0 ? `; NOT VALID: ${objections.join(', ')}` : '';
  progress(
    `${which}, ${scaler}: ${decided || 'nothing decided'}; running to serving: ${came.join(', ')}; ${noticed}${doubt}`,
  );
  return run;
}

const hpaTitles: Readonly<Record<HpaMetric, string>> = {
  cpu: 'HPA on CPU',
  queries: 'HPA on queries/s',
  both: 'HPA on CPU and queries/s',
};

function write(options: ScaleOptions, { capacityQps, runs }: Measured): readonly Goal[] {
  const of = (scaler: StepRun['scaler']) => runs.filter((run) => run.scaler === scaler);
  const ours = { title: 'dnsfleet', color: '#1f77b4', runs: of('Builtin') };
  const hpa = { title: hpaTitles[options.metric], color: '#d62728', runs: of('Hpa') };
  const columns = [ours, hpa].map(({ title, runs: each }) => ({ title, figures: computeFigures(each) }));
  const goals = judgeGoals(computeFigures(ours.runs), runs);
  const report = {
    name: 'scale',
    commit: describeCommit(),
    machine: describeMachine(),
    inputs: { ...options, ...inputs, capacityQps },
    figures: columns,
    goals,
    steps: runs,
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'scale.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  const subtitle = `means of ${options.repeats} steps each; ${inputs.servers} servers of ${capacityQps} queries/s`;
  writeFileSync(join(directory, 'scale.svg'), drawChart(scaleChart([ours, hpa], subtitle)));
  progress(`Wrote ${directory}/scale.json and ${directory}/scale.svg`);
  console.log(`\n${tabulate(columns)}\n`);
  console.log([`scale: ${ours.runs.length} steps`, ...goals.map(describeGoal)].join('; '));
  return goals;
}

/** Rejects when the program is told to end. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => reject(new Error(`it was told to stop (${name})`)));
    }
  });
}

async function cleanUp(cleanup: Cleanup): Promise<void> {
  progress('Stopping all of it');
  for (const end of cleanup.reverse()) {
    await end().catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    });
  }
}

async function main(): Promise<void> {
  const options = parseScaleOptions(process.argv.slice(2));
  const cleanup: Cleanup = [];
  const measured = measure(options, cleanup);
  try {
    const goals = write(options, await Promise.race([measured, interrupted()]));
    if (!goals.every(({ met }) => met)) process.exitCode = 1;
  } finally {
    // What still runs after an interrupt fails one after the other, and nobody asks why.
    measured.catch(() => undefined);
    await cleanUp(cleanup);
  }
}

main()
  .catch((error: unknown) => {
    console.error(`\nbench-scale: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  })
  .finally(() => process.exit());
