/**
 * What is known of the agents of a pool's servers. It asks no more often than a decision needs, keeps the last two
 * answers for rates, and remembers what a server said while it is silent: an agent that is away for a moment has not
 * lost its configuration.
 */
import { Agent } from 'undici';
import type { Clock } from '../../runtime/clock.js';
import type { AgentReport, AgentReports, Server } from '../../planning/servers.js';
import { AgentClient } from '../../../../resolver-image/agent/src/contract/client.js';
import type { CheckResult } from '../../../../resolver-image/agent/src/contract/config-status.js';
import type { Load } from '../../../../resolver-image/agent/src/contract/load.js';

export interface AgentQuestion {
  /** The key of the pool: answers of servers that are not in `servers` are forgotten. */
  readonly pool: string;
  readonly servers: readonly Server[];
  /** The hash of the published configuration: a server that runs another one is asked again after a second. */
  readonly hash: string | undefined;
  /** How old an answer may be, in milliseconds. */
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
}

/** An order to one server. */
export interface AgentOrder {
  readonly pool: string;
  readonly server: Server;
  readonly text: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

export interface AgentDirectory {
  /** What is known of the agents of `servers`, asked anew where the last answer is too old. Throws only when aborted. */
  observe(question: AgentQuestion): Promise<AgentReports>;
  /** Has the engine's checker judge a configuration. Throws AgentError when there is no answer. */
  check(order: AgentOrder): Promise<CheckResult>;
  /** The text that a server has in force; undefined if it has none. Throws AgentError when there is no answer. */
  read(request: Omit<AgentOrder, 'text'>): Promise<string | undefined>;
  /** Puts a configuration into force. Throws AgentError when there is no answer. */
  push(order: AgentOrder): Promise<CheckResult>;
  /** Forgets a pool that is gone. */
  forget(pool: string): void;
}

/** Every question is answered within this, or not at all. */
const questionTimeoutMs = 1000;
/** The engine's checker reads the whole configuration; applying it takes longer than checking. */
const orderTimeoutMs = 10_000;
/** Two samples that are closer than this make no rate. */
const leastRateMs = 3000;
/** How soon a server that does not answer, or runs another configuration, is asked again. */
const askAgainMs = 1000;
/** One that goes on not answering is asked ever less often, down to this: each question may wait for a second. */
const mostPatienceMs = 30_000;

interface Known extends AgentReport {
  readonly askedMs: number;
  /** It was told something since: what is known is not true any more. */
  readonly isOld?: boolean;
  /** How many questions in a row it has not answered. */
  readonly failures: number;
  /** Whether the kubelet took it for ready then: one that becomes ready is asked at once. */
  readonly wasReady: boolean;
}

export interface AgentDirectoryOptions {
  readonly clock: Clock;
  /** The port of the agents; 8080 but in tests. */
  readonly port: number;
}

/** An AgentDirectory that asks the agents over HTTP at their pods' addresses. */
export function createAgentDirectory({ clock, port }: AgentDirectoryOptions): AgentDirectory {
  const pools = new Map<string, ReadonlyMap<string, Known>>();
  // One question on each connection: until the next one the server has closed it, and a thousand idle ones are 30 MB.
  const dispatcher = new Agent({ pipelining: 0 });
  const clientOf = (ip: string, timeoutMs: number, token?: string) =>
    new AgentClient({
      baseUrl: `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
      timeoutMs,
      dispatcher,
      ...(token !== undefined && { token }),
    });

  async function ask(server: Server, known: Known | undefined, question: AgentQuestion): Promise<Known | undefined> {
    const { hash, maxAgeMs, signal } = question;
    if (server.ip === undefined) return known;
    const now = clock.now();
    const isFresh = known && !known.isOld && known.wasReady === server.isReady;
    if (isFresh && now - known.askedMs < patienceMs(known, hash, maxAgeMs)) {
      return { ...known, silentForMs: known.isReachable ? 0 : known.silentForMs };
    }
    const client = clientOf(server.ip, questionTimeoutMs);
    try {
      const load = await client.load({ signal });
      const refused = load.config?.hash === hash ? undefined : (await client.config(signal)).refused;
      return {
        askedMs: now,
        failures: 0,
        wasReady: server.isReady,
        isReachable: true,
        silentForMs: 0,
        load,
        ...previousOf(known, load),
        ...(refused && { refused: { hash: refused.hash, message: refused.message, timeMs: Date.parse(refused.time) } }),
      };
    } catch {
      signal.throwIfAborted();
      const silentForMs = known ? known.silentForMs + (now - known.askedMs) : 0;
      const failures = (known?.failures ?? 0) + 1;
      const answer = { askedMs: now, failures, wasReady: server.isReady, isOld: false, isReachable: false };
      return { ...known, ...answer, silentForMs };
    }
  }

  async function order(
    method: 'check' | 'push',
    { pool, server, text, token, signal }: AgentOrder,
  ): Promise<CheckResult> {
    const result = await clientOf(server.ip ?? '', orderTimeoutMs, token)[method](text, signal);
    if (method === 'push') makeOld(pool, server.uid);
    return result;
  }

  /** What was known of a server before a push is not true any more. */
  function makeOld(pool: string, uid: string): void {
    const known = pools.get(pool);
    const report = known?.get(uid);
    if (known && report) pools.set(pool, new Map([...known, [uid, { ...report, isOld: true }]]));
  }

  return {
    async observe(question) {
      const before = pools.get(question.pool);
      const answers = await Promise.all(
        question.servers.map(
          async (server) => [server.uid, await ask(server, before?.get(server.uid), question)] as const,
        ),
      );
      const known = new Map(answers.flatMap(([uid, answer]) => (answer ? [[uid, answer] as const] : [])));
      pools.set(question.pool, known);
      return known;
    },
    read: ({ server, token, signal }) => clientOf(server.ip ?? '', orderTimeoutMs, token).text(signal),
    check: (request) => order('check', request),
    push: (request) => order('push', request),
    forget: (pool) => void pools.delete(pool),
  };
}

/** How long an answer, or the lack of one, is good for. */
function patienceMs({ failures, load }: Known, hash: string | undefined, maxAgeMs: number): number {
  if (failures > 0) return Math.min(mostPatienceMs, askAgainMs * 2 ** (failures - 1));
  return load?.config?.hash === hash ? maxAgeMs : askAgainMs;
}

/** The older of two samples: the last one, unless it is so young that the one before it makes the better rate. */
function previousOf(known: Known | undefined, load: Load): { readonly previous?: Load } {
  const last = known?.load;
  if (!last) return {};
  const isYoung = load.sampledAtMs - last.sampledAtMs < leastRateMs;
  const previous = isYoung ? known.previous : last;
  return previous ? { previous } : {};
}
