/** What a pool says of a configuration that servers refuse or do not answer about. */
import { describe, expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { testPool } from '../../../test/objects.js';
import type { AgentReport, Server } from '../../planning/servers.js';
import { findPoolState } from './findings.js';
import type { PoolObservation, PoolPlan } from './types.js';

const text = '{"revision": 2}';
const former = '{"revision": 1}';
const server = (name: string): Server => ({
  name,
  uid: name,
  ip: '192.0.2.9',
  isScheduled: true,
  isReady: true,
  isStopping: false,
});
const limit = { isLimited: false, reason: 'WithinLimits', message: '' } as const;

function stateOf(reports: readonly AgentReport[], isAccepted = true) {
  const servers = reports.map((_, index) => server(`pod-${index}`));
  const observation: PoolObservation = {
    nowMs: 0,
    pool: testPool(),
    children: new Set(),
    servers,
    agents: new Map(reports.map((report, index) => [`pod-${index}`, report])),
    loads: new Map(),
    hasOtherScaler: false,
    judgement: { type: 'Unchecked', message: '' },
  };
  const configuration = { type: 'Current', text, isAccepted } as const;
  const replicas = { wanted: reports.length, limit };
  const removal = { replicas: reports.length, actions: [] };
  const plan: PoolPlan = { configuration, replicas, removal, actions: [] };
  const inForce = reports.filter(({ load }) => load?.config?.revision === 2).length;
  const all = { desired: reports.length, ready: reports.length, running: reports.length, stopping: 0 };
  const counts = { ...all, updated: inForce, inForce, isSettled: inForce === reports.length };
  return findPoolState({ observation, plan, outcome: { written: [] }, counts });
}
const takes = agentReport({ text });
const refuses = agentReport({ text: former, refused: text });
const silent = agentReport({ isReachable: false });

describe('a configuration that the checker took', () => {
  test('is accepted, and says nothing of refusals that there are not', () => {
    const state = stateOf([takes, takes]);
    expect(state.accepted.status).toBe('True');
    expect(state.rollingOut.message).not.toContain('refuse');
  });

  test('and some servers refuse, is said where its way is told', () => {
    const state = stateOf([takes, refuses]);
    expect(state.accepted.status).toBe('True');
    expect(state.rollingOut.message).toContain('1 of 2 servers refuse it, pod-1: the engine refuses it');
    expect(state.ready.message).toContain('the engine refuses it');
  });

  test('and every server refuses, is not accepted', () => {
    const state = stateOf([refuses, refuses]);
    expect(state.accepted).toMatchObject({ status: 'False', reason: 'ConfigurationRefused' });
    expect(state.accepted.message).toContain('2 of 2 servers refuse it');
    expect(state.ready).toMatchObject({ status: 'False', reason: 'ConfigurationRefused' });
    expect(state.stalled?.reason).toBe('ConfigurationRefused');
  });

  test('is not refused by a server that refused another one', () => {
    const state = stateOf([agentReport({ text: former, refused: former })]);
    expect(state.accepted.status).toBe('True');
  });
});

test('agents that do not answer are counted, with their port', () => {
  const state = stateOf([silent, silent], false);
  expect(state.accepted).toMatchObject({ status: 'Unknown', reason: 'ConfigurationUnchecked' });
  expect(state.accepted.message).toContain('2 of 2 agents do not answer on port 8080');
});
