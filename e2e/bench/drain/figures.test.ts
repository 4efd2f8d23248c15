import { describe, expect, test } from '@jest/globals';
import type { LoadResult } from '../../traffic/load.js';
import { capacityOf, chooseRate, processorTicks } from './calibration.js';
import { computeFigures, describeMissed, drainChart, judgeGoals, tabulate, tabulateClients } from './figures.js';
import { parseDrainOptions } from './options.js';
import type { PhaseResult } from './phases.js';

interface Losses {
  readonly udp?: number;
  readonly tcp?: number;
  readonly wrong?: number;
  readonly objections?: readonly string[];
}

const tally = (sent: number, lost = 0, wrong = 0) => ({ sent, answered: sent - lost, lost, wrong });
const latency = (p50: number) => ({ p50, p90: p50, p99: 2 * p50, p999: 2 * p50, max: 2 * p50 });

/** A load of 100 queries, 90 of them over UDP, by one kind of client. */
function load({ udp = 0, tcp = 0, wrong = 0, objections = [] }: Losses): LoadResult {
  const byTransport = { udp: tally(90, udp, wrong), tcp: tally(10, tcp) };
  const client = { ...byTransport, tcpRetries: 3, truncated: 4 };
  const total = tally(100, udp + tcp, wrong);
  return {
    ...{ valid: objections.length === 0, objections, durationSeconds: 2, total, byTransport },
    byKind: { cached: total, miss: tally(0), slow: tally(0) },
    byClient: { 'fixed ports': client },
    clients: { 'fixed ports': { ...client, connections: { opened: 5, reset: 2, cutOff: 1 } } },
    ...{
      phases: [],
      rcodes: {},
      faults: {},
      tcpRetries: 3,
      lateAnswers: 0,
      strayAnswers: 0,
      losses: [],
      healthChanges: [],
    },
    timeline: [tally(50, udp + tcp), tally(50)].map((counts) => ({ ...counts, delayed: 0 })),
    latencyMs: { cached: latency(1 + udp), miss: latency(0), slow: latency(0) },
    generator: { lateMs: 0, maxLagMs: 0, maxGraceMs: 0, socketDrops: 0, sendErrors: {}, cpuPercent: 1 },
  };
}

function result(of: Pick<PhaseResult, 'phase' | 'contestant' | 'repeat'>, losses: Losses = {}): PhaseResult {
  return {
    ...of,
    startSecond: 100 * of.repeat,
    actionSeconds: 10 + of.repeat,
    left: 5,
    restarts: 1,
    load: load(losses),
  };
}

const calm = [
  result({ phase: 'scale', contestant: 'ours', repeat: 1 }),
  result({ phase: 'scale', contestant: 'plain', repeat: 1 }, { udp: 7, tcp: 1 }),
  result({ phase: 'scale', contestant: 'ours', repeat: 2 }),
  result({ phase: 'scale', contestant: 'plain', repeat: 2 }, { udp: 2 }),
];

describe('the figures of a run', () => {
  test('sum the repeats of a phase, and keep the worst latency', () => {
    const [ours, plain, ...others] = computeFigures(calm);
    expect(others).toEqual([]);
    expect(ours).toMatchObject({
      sent: 200,
      lostUdp: 0,
      lostTcp: 0,
      tcpCut: 4,
      truncated: 8,
      seconds: [11, 12],
      left: [5, 5],
      restarts: 2,
    });
    expect(plain).toMatchObject({ lostUdp: 9, lostTcp: 1, lostByClient: { 'fixed ports': 10 }, p50Ms: 8, p99Ms: 16 });
  });

  test('meet the goals whatever the plain Deployment loses', () => {
    const goals = judgeGoals(computeFigures(calm));
    expect(goals.map(({ name }) => name)).toEqual([
      "lost in 'scale 8 to 3'",
      'wrong answers',
      'objections to the load',
    ]);
    expect(describeMissed(goals)).toEqual([]);
  });

  test.each([
    [{ udp: 1 }, "lost in 'scale 8 to 3': 1 queries, where 0 are allowed"],
    [{ tcp: 2 }, "lost in 'scale 8 to 3': 2 queries, where 0 are allowed"],
    [{ wrong: 1 }, 'wrong answers: 1 queries, where 0 are allowed'],
    [{ objections: ['late'] }, 'objections to the load: 1 objections, where 0 are allowed'],
  ])('miss a goal with %j of ours', (losses, sentence) => {
    const figures = computeFigures([...calm, result({ phase: 'scale', contestant: 'ours', repeat: 3 }, losses)]);
    expect(describeMissed(judgeGoals(figures))).toEqual([sentence]);
  });

  test('are a table with a line for each phase and contestant', () => {
    const figures = computeFigures(calm);
    expect(tabulate(figures).split('\n')).toHaveLength(3);
    expect(tabulate(figures)).toMatch(/scale 8 to 3 +plain +200 +9 +1 +4 +8 +8 +16 +5, 5 +11, 12/);
    expect(tabulateClients(figures)).toMatch(/scale 8 to 3 +plain +10/);
  });

  test('are a chart that has every second of every repeat', () => {
    const { bands, panels } = drainChart(calm, '');
    expect(bands.map(({ fromSeconds, toSeconds }) => [fromSeconds, toSeconds])).toEqual([
      [100, 102],
      [200, 202],
    ]);
    expect(panels[0]?.series[1]?.points).toEqual([
      [100, 8],
      [101, 0],
      [200, 2],
      [201, 0],
    ]);
  });
});

describe('the calibration', () => {
  const probe = (busyPercent: number) => [{ rate: 300, busyPercent, engineMicrosPerQuery: 60 }];

  test.each([
    { title: 'half of the processors', idle: 10, busy: 16, rate: 2000 },
    { title: 'what is left of them', idle: 20, busy: 29, rate: 1000 },
    { title: 'the least that tells something, on a busy machine', idle: 90, busy: 99, rate: 100 },
    { title: '2,000 at most, where a query costs nothing that shows', idle: 10, busy: 10, rate: 2000 },
  ])('chooses $title', ({ idle, busy, rate }) => {
    expect(chooseRate(idle, probe(busy))).toBe(rate);
  });

  test('takes for the capacity of an engine what fits into its limit', () => {
    expect(capacityOf(60)).toBe(8300);
    expect(capacityOf(123.4)).toBe(4000);
  });

  test('counts waiting for disks as idle', () => {
    expect(processorTicks('cpu  10 1 20 100 5 2 3 4 0 0\ncpu0 1 2')).toEqual({ busy: 40, all: 145 });
  });
});

describe('the options', () => {
  test('have presets, and name what is wrong', () => {
    expect(parseDrainOptions([])).toEqual({ repeats: 3, phases: ['scale', 'rollout', 'drain', 'delete'] });
    expect(parseDrainOptions(['--rate', '300', '--phases', 'delete,scale'])).toMatchObject({
      rate: 300,
      phases: ['scale', 'delete'],
    });
    expect(() => parseDrainOptions(['--phases', 'all'])).toThrow("but has 'all'");
    expect(() => parseDrainOptions(['--rate', '5'])).toThrow('--rate must be a whole number from 100 to 10000');
  });
});
