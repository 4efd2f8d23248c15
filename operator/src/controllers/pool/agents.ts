/**
 * What is known of the agents of all pools. A follower for each server that has an address holds a long poll while we
 * lead; the pool is looked at again when one of them tells something that a decision could need.
 */
import { Agent } from 'undici';
import type { Clock, Random } from '../../runtime/clock.js';
import { hasMoved } from '../../planning/load.js';
import type { ServerLoads } from '../../planning/server-load.js';
import type { AgentReport, AgentReports, Server } from '../../planning/servers.js';
import { AgentClient } from '../../../../resolver-image/agent/src/contract/client.js';
import type { CheckResult } from '../../../../resolver-image/agent/src/contract/config-status.js';
import { type AgentQuestions, Follower } from './follower.js';
import { createAskLoad } from './load-poll.js';

export interface AgentQuestion {
  /** The key of the pool: servers that are not in `servers` are forgotten. */
  readonly pool: string;
  readonly servers: readonly Server[];
  /** The hash of the published configuration: a server that runs another one is asked whether it refused it. */
  readonly hash: string | undefined;
  /** What one server answers at its limit, in queries per second; undefined if nobody said it. */
  readonly capacityQps: number | undefined;
  readonly signal: AbortSignal;
}

/** What is known of the servers of a pool; nothing of those without an address. */
export interface AgentsKnown {
  readonly agents: AgentReports;
  /** The last words of servers that were there at the last look, and are gone. */
  readonly departed: AgentReports;
  readonly loads: ServerLoads;
}

/** An order to one server. */
export interface AgentOrder {
  readonly pool: string;
  readonly server: Server;
  readonly text: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** While we lead. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Called with the key of a pool when an agent told something that a decision about it could need. */
  readonly onNews: (pool: string) => void;
}

export interface AgentDirectory {
  /**
   * Follows the agents of the servers that `observe` names until `signal` aborts, and returns when no question is open
   * any more. What was known before is forgotten: it may be long ago.
   */
  follow(options: FollowOptions): Promise<void>;
  /**
   * What is known of the agents of `servers`, which are followed from now on. Waits for those that were not heard yet,
   * or were told something since; each is asked for at most a second or two. Throws when aborted, and while nobody
   * follows.
   */
  observe(question: AgentQuestion): Promise<AgentsKnown>;
  /** What is known now of the load of the servers of a pool; of none while nobody follows. */
  loads(pool: string): ServerLoads;
  /** Has the engine's checker judge a configuration. Throws AgentError when there is no answer. */
  check(order: AgentOrder): Promise<CheckResult>;
  /** The text that a server has in force; undefined if it has none. Throws AgentError when there is no answer. */
  read(request: Omit<AgentOrder, 'text'>): Promise<string | undefined>;
  /** Puts a configuration into force. Throws AgentError when there is no answer. */
  push(order: AgentOrder): Promise<CheckResult>;
  /** Forgets a pool that is gone. */
  forget(pool: string): void;
}

/** A question about the configuration is answered within this, or not at all. */
const questionTimeoutMs = 1000;
/** The engine's checker reads the whole configuration; applying it takes longer than checking. */
const orderTimeoutMs = 10_000;

/** A pool whose servers are followed, and what its controller has seen of them. */
class FollowedPool {
  readonly followers = new Map<string, Follower>();
  capacityQps: number | undefined;
  /** How many looks wait for answers: they will see them, and need not be told. */
  looks = 0;
  readonly #seenStates = new Map<Follower, string>();
  #seenRate = 0;

  /** Whether `follower` told something that the controller has not seen. Looked at once, it counts as seen. */
  takeNews(follower: Follower): boolean {
    const rate = this.#rate();
    const { state } = follower;
    if (state === this.#seenStates.get(follower) && !hasMoved(this.#seenRate, rate)) return false;
    this.#seenStates.set(follower, state);
    this.#seenRate = rate;
    return true;
  }

  /** The controller has seen everything. */
  see(): void {
    this.#seenStates.clear();
    for (const follower of this.followers.values()) this.#seenStates.set(follower, follower.state);
    this.#seenRate = this.#rate();
  }

  loads(): ServerLoads {
    return new Map([...this.followers].map(([uid, follower]) => [uid, follower.load(this.capacityQps)]));
  }

  #rate(): number {
    let rate = 0;
    for (const follower of this.followers.values()) {
      rate += follower.freshRate(this.capacityQps);
    }
    return rate;
  }
}

export interface AgentDirectoryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The port of the agents; 8080 but in tests. */
  readonly port: number;
  /** How agents are asked; over HTTP but in tests. */
  readonly questions?: AgentQuestions;
}

/** An AgentDirectory that asks the agents over HTTP at their pods' addresses. */
export function createAgentDirectory({ clock, random, port, ...given }: AgentDirectoryOptions): AgentDirectory {
  const pools = new Map<string, FollowedPool>();
  const running = new Set<Promise<void>>();
  let following: FollowOptions | undefined;
  // Orders are rare: until the next one the server has closed the connection.
  const dispatcher = new Agent({ pipelining: 0 });
  const clientOf = (ip: string, timeoutMs: number, token?: string) =>
    new AgentClient({
      baseUrl: `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
      timeoutMs,
      dispatcher,
      ...(token !== undefined && { token }),
    });
  const questions = given.questions ?? {
    load: createAskLoad({ clock, port }),
    config: (ip, signal) => clientOf(ip, questionTimeoutMs).config(signal),
  };

  function start(key: string, pool: FollowedPool, ip: string): Follower {
    const onOutcome = (follower: Follower) => {
      if (pool.looks === 0 && pool.takeNews(follower)) following?.onNews(key);
    };
    const follower = new Follower({ ip, questions, clock, random, onOutcome });
    const run = follower.run().finally(() => running.delete(run));
    running.add(run);
    return follower;
  }

  /** Makes the followers of a pool those of `servers`. */
  function sync({ pool: key, servers, hash, capacityQps }: AgentQuestion): {
    readonly pool: FollowedPool;
    readonly departed: AgentReports;
  } {
    const departed = new Map<string, AgentReport>();
    const pool = pools.get(key) ?? new FollowedPool();
    pools.set(key, pool);
    pool.capacityQps = capacityQps;
    const addresses = new Map(servers.map(({ uid, ip }) => [uid, ip]));
    for (const [uid, follower] of pool.followers) {
      if (addresses.get(uid) === follower.ip) continue;
      if (!addresses.has(uid) && follower.report) departed.set(uid, follower.report);
      follower.stop();
      pool.followers.delete(uid);
    }
    for (const { uid, ip, isReady } of servers) {
      if (ip === undefined) continue;
      const follower = pool.followers.get(uid) ?? start(key, pool, ip);
      pool.followers.set(uid, follower);
      follower.expect(hash);
      // The kubelet hears it: so do we, and not when its turn comes.
      if (isReady && !follower.isReady && follower.report?.isReachable === false) follower.askNow();
      follower.isReady = isReady;
    }
    return { pool, departed };
  }

  function forget(key: string): void {
    pools.get(key)?.followers.forEach((follower) => follower.stop());
    pools.delete(key);
  }

  async function order(
    method: 'check' | 'push',
    { pool, server, text, token, signal }: AgentOrder,
  ): Promise<CheckResult> {
    const result = await clientOf(server.ip ?? '', orderTimeoutMs, token)[method](text, signal);
    if (method === 'push') pools.get(pool)?.followers.get(server.uid)?.askNow();
    return result;
  }

  return {
    async follow(options) {
      following = options;
      if (!options.signal.aborted) {
        await new Promise((resolve) => options.signal.addEventListener('abort', resolve, { once: true }));
      }
      [...pools.keys()].forEach(forget);
      await Promise.all(running);
    },
    async observe(question) {
      const { signal } = question;
      if (!following) throw new Error('the agents are not followed');
      const leading = following.signal;
      leading.throwIfAborted();
      const { pool, departed } = sync(question);
      pool.looks += 1;
      await Promise.all([...pool.followers.values()].map(({ answered }) => answered));
      pool.looks -= 1;
      leading.throwIfAborted();
      signal.throwIfAborted();
      pool.see();
      return {
        departed,
        agents: new Map([...pool.followers].flatMap(([uid, { report }]) => (report ? [[uid, report] as const] : []))),
        loads: pool.loads(),
      };
    },
    loads: (key) => pools.get(key)?.loads() ?? new Map(),
    read: ({ server, token, signal }) => clientOf(server.ip ?? '', orderTimeoutMs, token).text(signal),
    check: (request) => order('check', request),
    push: (request) => order('push', request),
    forget,
  };
}
