/**
 * `make bench-scale-simulation`: the policy of the autoscaler beside the algorithm of the HorizontalPodAutoscaler, in
 * simulated time. Writes build/bench/scale-simulation.json and .svg; exits 0 whenever it could measure.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.js';
import { describeCommit, describeMachine } from './machine.js';
import { describeGoal } from './report.js';
import { computeFigures, judgeGoals, simulationChart, tabulate } from './scale-simulation-figures.js';
import { capacityQps, type LoadShape, type Policy, redundancy, simulate } from './scale-simulation-run.js';

const directory = 'build/bench';
const mostRuns = 1000;

interface Contestant {
  readonly name: string;
  readonly color: string;
  readonly policy: Policy;
}

/** The load at which both shall want the same number of servers: the mean of the sinus. */
function fairTargetPercent({ leastQps, mostQps }: Omit<LoadShape, 'seed'>): number {
  const mean = (leastQps + mostQps) / 2;
  const servers = Math.ceil(mean / (0.7 * capacityQps)) + redundancy;
  return Math.round((100 * mean) / (servers * capacityQps));
}

/** @throws Error that says what would be right. */
function parseRuns(argv: readonly string[]): number {
  const { values } = parseArgs({ args: [...argv], options: { runs: { type: 'string', default: '20' } } });
  const runs = /^\d+$/.test(values.runs) ? Number(values.runs) : Number.NaN;
  if (runs >= 1 && runs <= mostRuns) return runs;
  throw new Error(`--runs must be a whole number from 1 to ${mostRuns}, but is '${values.runs}'`);
}

function main(): void {
  const runs = parseRuns(process.argv.slice(2));
  const shape = { lengthSeconds: 7200, leastQps: 10_000, mostQps: 100_000, noisePercent: 20 };
  const fairPercent = fairTargetPercent(shape);
  const ours: Contestant = { name: 'dnsfleet', color: '#1f77b4', policy: { type: 'Builtin' } };
  const peer: Contestant = {
    name: `HPA, target ${fairPercent} %`,
    color: '#d62728',
    policy: { type: 'Hpa', targetPercent: fairPercent },
  };
  const plain: Contestant = { name: 'HPA, target 70 %', color: '#ff7f0e', policy: { type: 'Hpa', targetPercent: 70 } };
  const seeds = Array.from({ length: runs }, (_, index) => index + 1);
  const results = [ours, peer, plain].map((contestant) => {
    const each = seeds.map((seed) => simulate(contestant.policy, { ...shape, seed }));
    return { contestant, each, figures: computeFigures(contestant.name, each) };
  });
  const [oursFigures, peerFigures] = results.map(({ figures }) => figures);
  if (!oursFigures || !peerFigures) throw new Error('nothing was simulated');
  const goals = judgeGoals(oursFigures, peerFigures);
  const report = {
    name: 'scale-simulation',
    commit: describeCommit(),
    machine: describeMachine(),
    inputs: { runs, ...shape, capacityQps, redundancy, targetPercents: [fairPercent, 70] },
    figures: results.map(({ figures }) => figures),
    goals,
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'scale-simulation.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  const subtitle = `the second period of the first of ${runs} runs; sinus of 10,000 to 100,000 queries/s with 20 % noise, servers of 10,000`;
  const drawn = results.flatMap(({ contestant: { name: policy, color }, each: [run] }) =>
    run ? [{ policy, color, run }] : [],
  );
  writeFileSync(join(directory, 'scale-simulation.svg'), drawChart(simulationChart(drawn, subtitle)));
  console.log(`${tabulate(report.figures)}\n`);
  console.log([`scale-simulation: ${runs} runs of two hours`, ...goals.map(describeGoal)].join('; '));
}

try {
  main();
} catch (error) {
  console.error(`bench-scale-simulation: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
