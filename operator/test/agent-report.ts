/** What an agent might have said, for tests. */
import type { AgentReport } from '../src/planning/servers.js';
import { revisionOf } from '../src/builders/resolver-config.js';
import type { Load } from '../../resolver-image/agent/src/contract/load.js';
import { configHash } from '../../resolver-image/agent/src/contract/resolver-config.js';

export interface AgentReportParts {
  /** The text of the configuration in force. */
  readonly text?: string;
  /** The text of a configuration that was refused. */
  readonly refused?: string;
  readonly isReachable?: boolean;
  readonly silentForMs?: number;
}

/** A report of an agent. */
export function agentReport(parts: AgentReportParts = {}): AgentReport {
  const { text, refused, isReachable = true, silentForMs = 0 } = parts;
  const load: Load = {
    sequence: 1,
    sampledAtMs: 10_000,
    engine: { answering: true, startId: 'one', version: '1' },
    counters: {
      queries: 0,
      cacheHits: 0,
      cacheMisses: 0,
      expired: 0,
      prefetches: 0,
      recursiveReplies: 0,
      recursionSeconds: 0,
      dropped: 0,
      rcodes: {},
    },
    queriesPerSecond: 0,
    drain: { phase: 'Serving', sinceMs: 0 },
    ...(text !== undefined && {
      config: { hash: configHash(text), revision: revisionOf(text), since: '2026-11-24T00:00:00Z' },
    }),
  };
  return {
    isReachable,
    silentForMs,
    load,
    ...(refused !== undefined && {
      refused: { hash: configHash(refused), message: 'the engine refuses it', timeMs: 0 },
    }),
  };
}
