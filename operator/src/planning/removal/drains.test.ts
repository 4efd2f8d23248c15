/** What is told of servers that were taken away, and that it is told once. */
import { expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import type { DrainState } from '../../../../resolver-image/agent/src/contract/load.js';
import { type AgentReport, lostServerMs, type Server } from '../servers.js';
import { type Drains, followDrains } from './drains.js';

const server = (parts: Partial<Server> = {}): Server => ({
  name: 'a',
  uid: 'a',
  isScheduled: true,
  isReady: true,
  isStopping: false,
  mark: { timeMs: 0, reason: '' },
  ...parts,
});
const stopping = (parts: Partial<Server> = {}) =>
  server({ isStopping: true, stopRequestedMs: 10_000, stopDeadlineMs: 670_000, ...parts });
const saying = (drain: DrainState): ReadonlyMap<string, AgentReport> => {
  const report = agentReport();
  return new Map([['a', { ...report, ...(report.load && { load: { ...report.load, drain } }) }]]);
};

interface Look {
  readonly nowMs: number;
  readonly servers: readonly Server[];
  readonly drain?: DrainState;
  /** What it said last, if it is gone since the look before. */
  readonly lastWord?: DrainState;
}

/** What is told at each of the looks. */
function tell(...looks: readonly Look[]) {
  let drains: Drains = new Map();
  return looks.map(({ nowMs, servers, drain, lastWord }) => {
    const agents = drain ? saying(drain) : new Map<string, AgentReport>();
    const observation = { nowMs, servers, agents, ...(lastWord && { departed: saying(lastWord) }) };
    const { drains: next, ended } = followDrains(drains, observation);
    drains = next;
    return ended;
  });
}

const chosen: Look = { nowMs: 5000, servers: [server()] };
const gone: Look = { nowMs: 50_000, servers: [] };

test('a server that is only chosen, or still answers, has nothing to tell', () => {
  expect(tell(chosen, { nowMs: 11_000, servers: [stopping()], drain: { phase: 'LameDuck', sinceMs: 0 } })).toEqual([
    [],
    [],
  ]);
});

test('one that is quiet is told once, with the seconds since it was told to stop', () => {
  const quiet: Look = { nowMs: 46_000, servers: [stopping()], drain: { phase: 'Quiet', sinceMs: 0 } };
  expect(tell(chosen, quiet, quiet, gone)).toEqual([[], [{ server: 'a', result: 'Quiet', seconds: 36 }], [], []]);
});

test('one that is not proven quiet is told with the queries that are left', () => {
  const drain: DrainState = { phase: 'Unproven', sinceMs: 0, queriesPerSecondLeft: 12.5 };
  expect(tell({ nowMs: 130_000, servers: [stopping()], drain })).toEqual([
    [{ server: 'a', result: 'Unproven', seconds: 120, queriesPerSecondLeft: 12.5 }],
  ]);
});

test.each<[string, DrainState, object]>([
  ['quiet', { phase: 'Quiet', sinceMs: 0 }, { result: 'Quiet' }],
  ['not', { phase: 'Unproven', sinceMs: 0, queriesPerSecondLeft: 3 }, { result: 'Unproven', queriesPerSecondLeft: 3 }],
  ['on its way', { phase: 'NotReady', sinceMs: 0 }, { result: 'Unknown' }],
])('one that was gone before the next look has the last word: that it was %s', (_, lastWord, end) => {
  expect(tell(chosen, { nowMs: 12_000, servers: [stopping()] }, { ...gone, lastWord })).toEqual([
    [],
    [],
    [{ server: 'a', seconds: 40, ...end }],
  ]);
});

test('one that is gone without a word is Unknown', () => {
  expect(tell(chosen, { nowMs: 12_000, servers: [stopping({ isReady: false })] }, gone)).toEqual([
    [],
    [],
    [{ server: 'a', result: 'Unknown', seconds: 40 }],
  ]);
});

test('one that is lost with its node is Unknown when it is no longer waited for', () => {
  const late = (nowMs: number): Look => ({ nowMs, servers: [stopping()] });
  expect(tell(late(670_000 + lostServerMs), late(670_001 + lostServerMs), gone)).toEqual([
    [],
    [{ server: 'a', result: 'Unknown', seconds: 720 }],
    [],
  ]);
});

test('one that never answered is not spoken of', () => {
  expect(tell({ nowMs: 0, servers: [server({ isReady: false })] }, gone)).toEqual([[], []]);
});

test('one that stays, or that somebody else took away, is not spoken of', () => {
  expect(tell(chosen, { nowMs: 6000, servers: [server({ mark: undefined })] }, gone)).toEqual([[], [], []]);
  const drain: DrainState = { phase: 'Quiet', sinceMs: 0 };
  expect(tell({ nowMs: 6000, servers: [stopping({ mark: undefined })], drain })).toEqual([[]]);
});
