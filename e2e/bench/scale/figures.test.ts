import { expect, test } from '@jest/globals';
import { spreadOf } from '../spread.js';
import { answeredPerSecond } from './calibrate.js';
import { scaleChart } from './chart.js';
import { computeFigures, judgeGoals, tabulate } from './figures.js';
import { countedSeconds, serversAfter } from './inputs.js';
import { notice, type StepRun } from './step.js';

const span = { sent: 1000, answered: 990, lost: 10, wrong: 0, delayed: 40 };

const run = (over: Partial<StepRun> = {}): StepRun => ({
  name: 'step-1',
  scaler: 'Builtin',
  isCounted: true,
  decisions: [
    { atSecond: 1.5, replicas: 3 },
    { atSecond: 6, replicas: 4 },
  ],
  loads: [],
  servers: [
    { name: 'a', runningSecond: 3, servingSecond: 3.4 },
    { name: 'b', runningSecond: 7.5, servingSecond: 8.3 },
  ],
  serving: [
    { atSecond: -20, serving: 2 },
    { atSecond: 3.4, serving: 3 },
    { atSecond: 8.3, serving: serversAfter },
  ],
  sent: span,
  seconds: Array.from({ length: countedSeconds }, () => span),
  objections: [],
  ...over,
});

test('a spread has percentiles by the nearest rank, and none without values', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);
  expect(spreadOf(twenty)).toEqual({ least: 1, median: 10, p95: 19, most: 20 });
  expect(spreadOf([7])).toEqual({ least: 7, median: 7, p95: 7, most: 7 });
  expect(spreadOf([])).toBeUndefined();
});

test('figures are of all steps, and losses of those that are counted', () => {
  const short = run({ isCounted: false, sent: { ...span, lost: 500 }, decisions: [{ atSecond: 2, replicas: 4 }] });
  expect(computeFigures([run(), short])).toMatchObject({
    steps: 2,
    decisionSeconds: { least: 1.5, most: 2 },
    decisions: { least: 1, most: 2 },
    enoughSeconds: { least: 8.3, most: 8.3 },
    stepsWithoutEnough: 0,
    servingSeconds: { least: 0.4, most: 0.8 },
    serversNotServing: 0,
    counted: { steps: 1, lost: { most: 10 }, delayed: { most: 40 }, lostOrDelayedPercent: { most: 5 } },
  });
});

test('steps that never get enough servers are told apart', () => {
  const few = run({ serving: [{ atSecond: -20, serving: 2 }], servers: [{ name: 'a', runningSecond: 3 }] });
  expect(computeFigures([few, run()])).toMatchObject({ stepsWithoutEnough: 1, serversNotServing: 1 });
});

const verdict = (runs: readonly StepRun[]) =>
  judgeGoals(computeFigures(runs.filter(({ scaler }) => scaler === 'Builtin')), runs).map(({ met }) => met);

test.each([
  ['good ones', [run(), run()], [true, true, true]],
  ['one that was decided late', [run({ decisions: [{ atSecond: 3.1, replicas: 4 }] })], [false, true, true]],
  ['one without a decision', [run(), run({ decisions: [] })], [false, true, true]],
  ['a slow server', [run({ servers: [{ name: 'a', runningSecond: 3, servingSecond: 4.1 }] })], [true, false, true]],
  ['a server that never served', [run({ servers: [{ name: 'a', runningSecond: 3 }] })], [true, false, true]],
  ['a load that was not steady', [run({ objections: ['late'] })], [true, true, false]],
  [
    'a late decision of the HPA',
    [run(), run({ scaler: 'Hpa', decisions: [{ atSecond: 40, replicas: 4 }] })],
    [true, true, true],
  ],
])('the goals are judged by %s', (_, runs, expected) => {
  expect(verdict(runs)).toEqual(expected);
});

test('the table has a column for each scaler, also for one without a step', () => {
  const columns = [
    { title: 'ours', figures: computeFigures([run()]) },
    { title: 'the HPA', figures: computeFigures([]) },
  ];
  const lines = tabulate(columns).split('\n');
  expect(lines[0]?.split(/ {2,}/)).toEqual(['median (least to most)', 'ours', 'the HPA']);
  expect(lines[2]?.split(/ {2,}/)).toEqual(['first decision, s', '1.5 (1.5 to 1.5)', 'none']);
});

test('the chart shows the servers of each second as the mean of the counted steps', () => {
  const runs = [run(), run({ serving: [{ atSecond: -1, serving: 2 }] }), run({ isCounted: false, serving: [] })];
  const [servers] = scaleChart([{ title: 'ours', color: '#000', runs }], '').panels;
  const points = servers?.series[0]?.points.map(([, value]) => value) ?? [];
  expect([points[0], points[4], points[30]]).toEqual([2, 2.5, 3]);
});

const phase = (name: string, startSecond: number, answered = 0) => ({
  ...{ name, startSecond, sent: answered, answered, lost: 0, wrong: 0, delayed: 0 },
  ...{ lostInFlightAtStart: 0, tcpRetries: 0 },
});

test('what clients noticed is that of the phase of the step, second by second', () => {
  const timeline = Array.from({ length: 20 }, (_, second) => ({ ...span, sent: second }));
  const phases = [phase('start', 0), phase('step', 5.3, 70), phase('after', 8.3)];
  const noticed = notice({ phases, timeline, objections: [] });
  expect(noticed.sent).toMatchObject({ sent: 70 });
  expect(noticed.seconds.map(({ sent }) => sent)).toEqual([5, 6, 7]);
  expect(() => notice({ phases: [phase('start', 0)], timeline, objections: [] })).toThrow('it has no step');
});

test('the capacity is what was answered while it was measured', () => {
  expect(answeredPerSecond({ phases: [phase('start', 0, 9), phase('measured', 3, 8000), phase('after', 7)] })).toBe(
    2000,
  );
  expect(() => answeredPerSecond({ phases: [phase('start', 0)] })).toThrow('ended too early');
});
