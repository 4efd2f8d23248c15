import { expect, test } from '@jest/globals';
import type { ApiRequest } from './audit.js';
import { computeFigures, summarizeUsage } from './figures.js';
import type { Grown, Measurement, Phase, Restart } from './measurement.js';
import { operatorChart } from './operator-chart.js';
import { drawChart } from './chart.js';
import { judgeGoals, type Report, summarize } from './report.js';

const inputs = { fleets: 3, pops: 2, serversPerPool: 1, restSeconds: 60, waitSeconds: 30, restarts: 1 };
const usage = { atMs: 0, rssMb: 100, peakMb: 150, cpuSeconds: 1 };
const phase = (name: string, fromSeconds: number, toSeconds: number): Phase => ({
  name,
  startMs: fromSeconds * 1000,
  endMs: toSeconds * 1000,
});
const write = (atSeconds: number, over: Partial<ApiRequest> = {}): ApiRequest => ({
  atMs: atSeconds * 1000,
  verb: 'patch',
  resource: 'dnspools/status',
  namespace: 'dns',
  name: 'fleet-0002-pop-1',
  status: 200,
  ...over,
});
const restart = (over: Partial<Restart> = {}): Restart => ({
  after: 'SIGTERM',
  syncedMs: 1234,
  reconciledMs: 2345,
  phase: phase('restart 1', 100, 190),
  usage,
  ...over,
});

/** create 0-10, settling 10-40, rest 40-100, restart 100-190, change 190-240. */
const measured = (over: Partial<Measurement> = {}): Measurement => ({
  create: phase('create', 0, 10),
  applyMs: 2000,
  watched: phase('settling', 10, 40),
  rest: phase('rest', 40, 100),
  restarts: [restart()],
  changes: [{ what: 'upstreams', fleet: 'fleet-0002', settledMs: 20_000, phase: phase('upstreams', 190, 240) }],
  usage: [40, 70, 99].map((second) => ({
    ...usage,
    atMs: second * 1000,
    rssMb: 100 + second,
    cpuSeconds: second / 10,
  })),
  requests: [write(5), write(200), write(240)],
  ...over,
});

/** grow 240-260, settling 260-300, rest 300-360. */
const grown = (over: Partial<Grown> = {}): Grown => ({
  servers: 30,
  growth: phase('grow', 240, 260),
  watched: phase('settling', 260, 300),
  rest: phase('rest, 30 servers', 300, 360),
  fresh: 30,
  openFiles: 55,
  ...over,
});
/** Samples of a rest with 30 servers: `percent` of a core, and memory. */
const grownUsage = (percent: number, peakMb = 300) => [
  { ...usage, atMs: 300_000, peakMb, cpuSeconds: 10 },
  { ...usage, atMs: 350_000, peakMb, cpuSeconds: 10 + percent / 2 },
];

const goalsOf = (over: Partial<Measurement>) =>
  Object.fromEntries(judgeGoals(computeFigures(measured(over))).map(({ name, value, met }) => [name, { value, met }]));

test('a run without a fault meets every goal', () => {
  const goals = judgeGoals(computeFigures(measured()));
  expect(goals.map(({ met }) => met)).toEqual(goals.map(() => true));
});

test.each([
  ['a write at rest', { requests: [write(50)] }, 'writes at rest', 1],
  ['a write after a restart', { requests: [write(101)] }, 'writes after a restart', 1],
  ['a late write after a restart', { requests: [write(189)] }, 'writes after a restart', 1],
  ['a slow synchronization', { restarts: [restart(), restart({ syncedMs: 10_010 })] }, 'restart to synced', 10.01],
  ['a slow reconciliation', { restarts: [restart({ reconciledMs: 11_000 })] }, 'restart to all reconciled', 11],
  ['memory', { usage: [{ ...usage, atMs: 50_000, rssMb: 250.1 }] }, 'RSS at rest', 250.1],
  ['memory after a restart', { restarts: [restart({ usage: { ...usage, rssMb: 300 } })] }, 'RSS at rest', 300],
  [
    'a change that touches a stranger',
    { requests: [write(200, { name: 'fleet-0003-pop-1' })] },
    'objects of others touched by one change',
    1,
  ],
] as const)('%s misses its goal and no other', (...[, over, name, value]) => {
  const missed = Object.entries(goalsOf(over)).filter(([, { met }]) => !met);
  expect(missed).toEqual([[name, { value, met: false }]]);
});

test.each([
  ['nothing', {}, []],
  ['processor', { usage: grownUsage(30.2) }, [['processor at rest, 30 servers', 30.2]]],
  ['a write', { requests: [write(310)] }, [['writes at rest, 30 servers', 1]]],
  ['a write before rest, which is no fault', { requests: [write(299)] }, []],
  ['memory', { usage: grownUsage(20, 540) }, [['most RSS, 30 servers', 540]]],
  ['servers that are not fresh', { grown: grown({ fresh: 28 }) }, [['not fresh of 30 servers', 2]]],
] as const)('with several servers in each pool, a goal is missed by %s', (...[, over, missed]) => {
  const all = [...measured().usage, ...('usage' in over ? over.usage : grownUsage(20))];
  const goals = Object.entries(goalsOf({ grown: grown(), ...over, usage: all }));
  expect(goals.filter(([, { met }]) => !met).map(([name, { value }]) => [name, value])).toEqual(missed);
});

test('without a sample of the processor its goal is not met', () => {
  expect(goalsOf({ grown: grown() })).toMatchObject({ 'processor at rest, 30 servers': { met: false } });
});

test('renewals of the lease are no writes', () => {
  const lease = { resource: 'leases', name: 'dnsfleet-operator' };
  const { rest } = computeFigures(measured({ requests: [write(41, lease), write(43, lease)] }));
  expect(rest).toMatchObject({ writes: 0, lease: { patch: 2 }, leasePerMinute: { patch: 2 } });
});

test('a restart after a kill waits for the lease, which the goal does not count', () => {
  expect(goalsOf({ restarts: [restart(), restart({ after: 'SIGKILL', reconciledMs: 17_000 })] })).toMatchObject({
    'restart to all reconciled': { value: 2.35, met: true },
  });
});

test('without a sample of memory the goal is not met', () => {
  expect(goalsOf({ usage: [] })).toMatchObject({ 'RSS at rest': { met: false } });
});

test('processor time is a share of one core between the first and the last sample', () => {
  const samples = [10, 20, 30].map((second) => ({ ...usage, atMs: second * 1000, cpuSeconds: second / 4 }));
  expect(summarizeUsage(samples)).toMatchObject({ cpuPercent: 25 });
  expect(summarizeUsage([])).toEqual({});
});

test('the last line names the size, the figures and what was missed', () => {
  const figures = computeFigures(measured({ requests: [write(50)] }));
  const machine = { processor: 'p', cores: 2, memoryGb: 8, kernel: 'k', node: 'v20' };
  const report: Report = { name: 'operator', commit: 'c', machine, inputs, figures, goals: judgeGoals(figures) };
  expect(summarize(report)).toMatch(/^operator: 3 fleets x 2 PoPs; settled in 10 s with 0 writes; CPU at rest 10 %/);
  expect(summarize(report)).toContain('writes at rest 1 writes (MISSED, goal 0)');
  expect(summarize(report)).not.toContain('\n');
});

test('the chart has a panel for requests, memory and processor, over all phases', () => {
  const svg = drawChart(operatorChart(measured({ grown: grown() }), inputs));
  for (const label of [
    'grow',
    'rest, 30 servers',
    'Requests',
    'Resident memory',
    'Processor',
    'create',
    'rest',
    'restart 1',
    'upstreams',
  ]) {
    expect(svg).toContain(label);
  }
});
