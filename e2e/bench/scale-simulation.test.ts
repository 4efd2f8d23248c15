import { expect, test } from '@jest/globals';
import { computeFigures, judgeGoals, tabulate } from './scale-simulation-figures.js';
import { type Run, simulate, sinusLoad } from './scale-simulation-run.js';

const run = (over: Partial<Run> = {}): Run => ({
  seconds: [
    { queriesPerSecond: 10_000, serving: 4, pods: 4 },
    { queriesPerSecond: 20_001, serving: 4, pods: 6 },
    { queriesPerSecond: 40_000, serving: 4, pods: 4 },
    { queriesPerSecond: 40_001, serving: 4, pods: 4 },
  ],
  growths: 1,
  shrinks: 2,
  emergencies: 0,
  ...over,
});

test('figures are of a run, and percentiles of the seconds of all', () => {
  expect(computeFigures('ours', [run(), run({ growths: 2, emergencies: 1 })])).toEqual({
    policy: 'ours',
    scaleEvents: { mean: 3.5, most: 4 },
    growths: 1.5,
    shrinks: 2,
    emergencies: 0.5,
    utilizationPercent: { p50: 50, p95: 100, p99: 100 },
    serverHours: 0,
    secondsAbove100Percent: 1,
    secondsWithoutRedundancy: 3,
  });
});

test('a goal is met or missed by the figures of the peer', () => {
  const ours = computeFigures('ours', [run()]);
  const peer = computeFigures('peer', [run({ shrinks: 1 })]);
  expect(judgeGoals(ours, peer).map(({ name, met }) => [name, met])).toEqual([
    ['scale events', false],
    ['seconds above 100 %', false],
    ['seconds without redundancy', true],
  ]);
});

test('the table has one column for each policy', () => {
  const lines = tabulate([computeFigures('ours', [run()]), computeFigures('the peer', [run()])]).split('\n');
  expect(lines[0]?.trim().split(/ {2,}/)).toEqual(['ours', 'the peer']);
  expect(lines[1]?.split(/ {2,}/)).toEqual(['scale events, mean (most)', '3 (3)', '3 (3)']);
});

const shape = { lengthSeconds: 600, leastQps: 10_000, mostQps: 50_000, noisePercent: 20, seed: 7 };

test('the load stays within the sinus and its noise', () => {
  const load = sinusLoad(shape);
  const values = Array.from({ length: 1200 }, (_, second) => load(second * 1000));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(8000);
  expect(Math.max(...values)).toBeLessThanOrEqual(60_000);
  expect(Math.max(...values)).toBeGreaterThan(45_000);
});

test.each([{ type: 'Builtin' } as const, { type: 'Hpa', targetPercent: 55 } as const])(
  'a seed repeats the run of $type',
  (policy) => {
    const { seconds, ...counts } = simulate(policy, shape);
    expect(seconds).toHaveLength(600);
    expect(counts.growths).toBeGreaterThan(0);
    expect(simulate(policy, shape)).toEqual({ seconds, ...counts });
  },
);
