/**
 * Has a running server judge a candidate configuration. It changes nothing, so it belongs to the gathering; a refusal
 * is remembered, so that a refused candidate is not checked again at every look.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { KubeError, toKubeError } from '../../kube/errors.js';
import { keyOf } from '../../kube/object.js';
import type { Judgement } from '../../planning/configuration.js';
import type { AgentReports, Server } from '../../planning/servers.js';
import type { Clock } from '../../runtime/clock.js';
import type { AgentDirectory } from './agents.js';
import type { TokenKeeper } from './tokens.js';

export interface Candidate {
  readonly pool: DnsPool;
  readonly text: string;
  readonly servers: readonly Server[];
  readonly agents: AgentReports;
}

export interface Judge {
  /** What an engine says about the candidate; Unchecked also when the pool's token cannot be had. Throws only when aborted. */
  judge(candidate: Candidate, signal: AbortSignal): Promise<Judgement>;
  forget(pool: string): void;
}

/** How long a refusal holds: the engine that refused may have been replaced since. */
const refusalMs = 600_000;
/** The token does not change; it is only read again after this long. */
const tokenAgeMs = 600_000;
/** So many servers are asked before we say that nobody answers. */
const mostServers = 3;

export interface JudgeOptions {
  readonly directory: AgentDirectory;
  readonly tokens: TokenKeeper;
  readonly clock: Clock;
}

/** A Judge that asks one server after the other, those that answer queries first. */
export function createJudge({ directory, tokens, clock }: JudgeOptions): Judge {
  const refusals = new Map<string, { readonly text: string; readonly message: string; readonly atMs: number }>();
  return {
    async judge({ pool, text, servers, agents }, signal) {
      const key = keyOf(pool);
      const before = refusals.get(key);
      if (before?.text === text && clock.now() - before.atMs < refusalMs) {
        return { type: 'Refused', message: before.message };
      }
      refusals.delete(key);
      const reachable = servers
        .filter(({ uid, isStopping }) => !isStopping && agents.get(uid)?.isReachable)
        .sort((a, b) => Number(b.isReady) - Number(a.isReady));
      if (reachable.length === 0) return { type: 'Unchecked', message: 'no agent of the pool answers' };
      const token = await tokens
        .ensure(pool, tokenAgeMs, signal)
        .catch((error: unknown) => toKubeError(error, 'reading the token'));
      signal.throwIfAborted();
      if (token instanceof KubeError) return { type: 'Unchecked', message: token.message };
      const failures: string[] = [];
      for (const server of reachable.slice(0, mostServers)) {
        try {
          const { accepted, messages } = await directory.check({ pool: key, server, text, token, signal });
          if (accepted) return { type: 'Accepted' };
          const message = messages.join('; ') || 'it says no more';
          refusals.set(key, { text, message, atMs: clock.now() });
          return { type: 'Refused', message };
        } catch (error) {
          signal.throwIfAborted();
          failures.push(`${server.name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return { type: 'Unchecked', message: failures.join('; ') };
    },
    forget: (pool) => void refusals.delete(pool),
  };
}
