/** Which servers count as having the configuration in force, also just after a restart of the operator. */
import { expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { testPool } from '../../../test/objects.js';
import type { AgentReport, Server } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { countInForce } from './in-force.js';

const text = '{"revision": 2}';
const hash = configHash(text);
const takes = agentReport({ text });
const former = agentReport({ text: '{"revision": 1}' });
const unheard: AgentReport = { isReachable: false, silentForMs: 0 };
const silent = agentReport({ text, isReachable: false, silentForMs: 300_000 });

interface Case {
  readonly reports: readonly AgentReport[];
  /** What the last status says. */
  readonly before?: { readonly hash: string; readonly serversInForce: number };
  readonly server?: Partial<Server>;
}

function count({ reports, before, server }: Case): number {
  const pool = testPool();
  const known: Server = { name: 'a', uid: 'a', isScheduled: true, isReady: true, isStopping: false };
  return countInForce(
    {
      nowMs: 0,
      pool: { ...pool, ...(before && { status: { observedGeneration: 1, configuration: before } }) },
      children: new Set(),
      servers: reports.map((_, index) => ({ ...known, uid: String(index), ...server })),
      agents: new Map(reports.map((report, index) => [String(index), report])),
      loads: new Map(),
      hasOtherScaler: false,
      judgement: { type: 'Accepted' },
    },
    hash,
  );
}

const all = { hash, serversInForce: 3 };

test.each<[string, Case, number]>([
  ['servers that say so', { reports: [takes, takes, former] }, 2],
  ['one that said so, and is silent', { reports: [takes, silent] }, 2],
  ['one that was not heard yet, as our predecessor had it', { reports: [takes, unheard, unheard], before: all }, 3],
  ['no more of those than it had', { reports: [takes, unheard, unheard], before: { hash, serversInForce: 2 } }, 2],
  ['none of those of another configuration', { reports: [unheard], before: { hash: 'other', serversInForce: 3 } }, 0],
  ['none of those in a new pool', { reports: [takes, unheard] }, 1],
  ['none of those that is not ready', { reports: [unheard], before: all, server: { isReady: false } }, 0],
  ['none that stops', { reports: [takes], before: all, server: { isStopping: true } }, 0],
  ['as many as say so, if it had fewer', { reports: [takes, takes], before: { hash, serversInForce: 1 } }, 2],
])('%s', (_, state, expected) => {
  expect(count(state)).toBe(expected);
});
