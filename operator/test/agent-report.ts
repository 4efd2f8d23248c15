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
  /** Counters at the first and at the second sample, ten seconds apart. */
  readonly queries?: readonly [before: number, now: number];
  readonly servfails?: readonly [before: number, now: number];
  /** The engine was started anew between the samples. */
  readonly isRestarted?: boolean;
}

/** A report of an agent that was asked twice. */
export function agentReport(parts: AgentReportParts = {}): AgentReport {
  const { text, refused, isReachable = true, silentForMs = 0, queries = [0, 0], servfails = [0, 0] } = parts;
  const load = (sample: 0 | 1): Load => ({
    sequence: sample,
    sampledAtMs: sample * 10_000,
    engine: { answering: true, startId: parts.isRestarted ? String(sample) : 'one', version: '1' },
    counters: {
      queries: queries[sample],
      cacheHits: 0,
      cacheMisses: 0,
      expired: 0,
      prefetches: 0,
      recursiveReplies: 0,
      recursionSeconds: 0,
      dropped: 0,
      rcodes: { SERVFAIL: servfails[sample] },
    },
    queriesPerSecond: 0,
    drain: { phase: 'Serving', sinceMs: 0 },
    ...(text !== undefined && {
      config: { hash: configHash(text), revision: revisionOf(text), since: '2026-11-24T00:00:00Z' },
    }),
  });
  return {
    isReachable,
    silentForMs,
    load: load(1),
    previous: load(0),
    ...(refused !== undefined && {
      refused: { hash: configHash(refused), message: 'the engine refuses it', timeMs: 0 },
    }),
  };
}
