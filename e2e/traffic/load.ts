/**
 * The load generator: sends at a fixed rate, over UDP from many ports and over TCP with reuse, and accounts for every
 * query. This file ties the parts together and owns the event loop; the rules are in pacer, waiting, ledger and verdict.
 */
import type { Clock, Random } from '../../operator/src/runtime/clock.js';
import { Client } from './client.js';
import type { ClientEvents, ClientOptions } from './client.js';
import { formatEndpoint } from './endpoint.js';
import type { Flight } from './flight.js';
import { learnHealth, pollHealth } from './health-poller.js';
import { Ledger, newClientAccounts } from './ledger.js';
import type { Accounts, ClientAccounts, ClientConnections } from './ledger.js';
import { Pacer } from './pacer.js';
import { faultOf, QuerySource, rcodeOf } from './queries.js';
import type { Mix } from './queries.js';
import type { HealthChange, HealthRule } from './targets.js';
import { objections } from './verdict.js';
import type { GeneratorFigures } from './verdict.js';
import { WaitingList } from './waiting.js';

/** What is sent, to whom, and how fast. */
export interface LoadOptions {
  /** They take turns. */
  readonly clients: readonly ClientOptions[];
  readonly health: HealthRule;
  readonly queriesPerSecond: number;
  readonly durationSeconds: number;
  readonly tcpPercent: number;
  readonly mix: Mix;
  /** UDP sockets of each client and address family, each replaced at the end of its life. */
  readonly udpSockets: number;
  readonly tcpConnectionsPerTarget: number;
}

/** What the generator takes from outside. */
export interface LoadEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  /** A clock that never jumps, in milliseconds with fractions. */
  readonly monotonic: () => number;
  /** CPU time of this process so far, in milliseconds. */
  readonly cpuMs: () => number;
}

/** The accounts of a whole run, and whether they may be believed. */
export interface LoadResult extends Accounts {
  /** False when the generator itself was at fault; `objections` says how. */
  readonly valid: boolean;
  readonly objections: readonly string[];
  readonly durationSeconds: number;
  readonly clients: Readonly<Record<string, ClientAccounts & { readonly connections: ClientConnections }>>;
  readonly healthChanges: readonly (Omit<HealthChange, 'atMs'> & { readonly atSecond: number })[];
  readonly generator: GeneratorFigures;
}

/** A running load. */
export interface LoadRun {
  /** Begins a new phase of the accounts. */
  mark(name: string): void;
  /** Sends at another rate from now on, until the time at which the load was to end. @throws Error when out of bounds */
  changeRate(queriesPerSecond: number): void;
  /** Ends the sending early; answers are still waited for. */
  stop(): void;
  /** The accounts so far. */
  accounts(): Accounts;
  readonly result: Promise<LoadResult>;
}

/** A query is lost after 5 s without an answer; over TCP that holds for each of its two attempts. */
export const timeoutMs = 5000;
const tickMs = 2;
const lateAnswerMs = 2000;
/** A poll phase reads at most this many datagrams of a socket (libuv): with fewer in all, every socket was read empty. */
const readsOfOneTurn = 32;
const maxQueriesPerSecond = 20_000;
const maxQueries = 5_000_000;

/** Starts a load. @throws Error when the load has no bounds that make sense, or no socket can be opened */
export async function startLoad(options: LoadOptions, environment: LoadEnvironment): Promise<LoadRun> {
  const total = boundedTotal({ queriesPerSecond: options.queriesPerSecond, seconds: options.durationSeconds, sent: 0 });
  const load = new Load(options, environment, total);
  await load.open();
  return load;
}

/** The queries of so many seconds. @throws Error when they, with those that were sent, are more than a load may have */
function boundedTotal(of: {
  readonly queriesPerSecond: number;
  readonly seconds: number;
  readonly sent: number;
}): number {
  const total = Math.round(of.queriesPerSecond * of.seconds);
  const isRate = of.queriesPerSecond > 0 && of.queriesPerSecond <= maxQueriesPerSecond;
  if (isRate && total > 0 && of.sent + total <= maxQueries) return total;
  throw new Error(
    `a load of ${total} queries at ${of.queriesPerSecond}/s after ${of.sent}: want up to ${maxQueries} at up to ${maxQueriesPerSecond}/s`,
  );
}

class Load implements LoadRun, ClientEvents {
  readonly #options: LoadOptions;
  readonly #environment: LoadEnvironment;
  readonly #queries: QuerySource;
  readonly #clients: readonly Client[];
  readonly #udpWaiting = new WaitingList<Flight>(timeoutMs);
  readonly #tcpWaiting = new WaitingList<Flight>(timeoutMs);
  readonly #total: number;
  readonly #sendErrors = new Map<string, number>();
  readonly #healthChanges: HealthChange[] = [];
  readonly #stopped = new AbortController();
  readonly result: Promise<LoadResult>;
  #finish: (result: LoadResult) => void = () => undefined;
  #ledger = new Ledger(0);
  #pacer: Pacer | undefined;
  #startMs = 0;
  #cpuAtStartMs = 0;
  #endMs: number | undefined;
  #lastTickMs = 0;
  #lateMs = 0;
  #maxLagMs = 0;
  #reads = 0;
  #turn = 0;

  constructor(options: LoadOptions, environment: LoadEnvironment, total: number) {
    this.#options = options;
    this.#environment = environment;
    this.#total = total;
    this.#queries = new QuerySource(options.mix, environment.random);
    const { health, udpSockets, tcpConnectionsPerTarget } = options;
    const settings = { health, udpSockets, tcpConnectionsPerTarget, lingerMs: timeoutMs + lateAnswerMs };
    this.#clients = options.clients.map((client, index, all) => {
      const portShare = index / all.length;
      return new Client({ ...client, settings: { ...settings, portShare } }, this, environment.random);
    });
    this.result = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Opens the sockets and starts sending. */
  async open(): Promise<void> {
    const { clock, monotonic, cpuMs } = this.#environment;
    for (const client of this.#clients) {
      await client.open(monotonic(), clock.now());
      await learnHealth(client.options.targets, client.ring);
    }
    this.#startMs = monotonic();
    this.#lastTickMs = this.#startMs;
    this.#cpuAtStartMs = cpuMs();
    this.#ledger = new Ledger(this.#startMs);
    const { queriesPerSecond } = this.#options;
    this.#pacer = new Pacer({ startMs: this.#startMs, queriesPerSecond, maxQueries: this.#total });
    const onChange = (change: HealthChange): void => void this.#healthChanges.push({ ...change, atMs: monotonic() });
    for (const { options, ring } of this.#clients) {
      if (options.targets.every(({ healthUrl }) => healthUrl === undefined)) continue;
      void pollHealth({ targets: options.targets, ring, onChange }, clock, this.#stopped.signal);
    }
    const ticker = setInterval(() => this.#tick(), tickMs);
    this.#stopped.signal.addEventListener('abort', () => clearInterval(ticker));
  }

  mark(name: string): void {
    this.#ledger.mark(name, this.#environment.monotonic());
  }

  changeRate(queriesPerSecond: number): void {
    const startMs = this.#environment.monotonic();
    const seconds = this.#options.durationSeconds - (startMs - this.#startMs) / 1000;
    const maxQueries = boundedTotal({ queriesPerSecond, seconds, sent: this.#ledger.accounts().total.sent });
    this.#pacer?.change({ startMs, queriesPerSecond, maxQueries });
  }

  stop(): void {
    this.#endMs ??= this.#environment.monotonic();
  }

  accounts(): Accounts {
    return this.#ledger.accounts();
  }

  onMessage(flight: Flight, message: Buffer): boolean {
    this.#reads += 1;
    const nowMs = this.#environment.monotonic();
    const fault = faultOf(message, flight.query);
    if (fault === 'question') {
      this.#ledger.mismatched();
      return false;
    }
    const waiting = flight.over === 'udp' ? this.#udpWaiting : this.#tcpWaiting;
    if (!waiting.end(flight, nowMs)) this.#ledger.lateAnswer();
    else if (flight.over === 'udp' && fault === 'truncated') this.#goOnOverTcp(flight, nowMs);
    else this.#ledger.answered(flight.entry, nowMs, { rcode: rcodeOf(message), fault });
    return true;
  }

  onStray(): void {
    this.#reads += 1;
    this.#ledger.strayAnswer();
  }

  onSendError(code: string): void {
    this.#sendErrors.set(code, (this.#sendErrors.get(code) ?? 0) + 1);
  }

  /** Sends what is due, then lets the loop read, and judges what waits only after that. */
  #tick(): void {
    const nowMs = this.#environment.monotonic();
    this.#maxLagMs = Math.max(this.#maxLagMs, nowMs - this.#lastTickMs - tickMs);
    this.#lastTickMs = nowMs;
    this.#sendDue(nowMs);
    for (const client of this.#clients) client.renew(nowMs);
    this.#reads = 0;
    setImmediate(() => {
      if (this.#reads < readsOfOneTurn) this.#giveUp(nowMs);
      this.#finishIfDone();
    });
  }

  #sendDue(nowMs: number): void {
    if (this.#endMs !== undefined || !this.#pacer) return;
    for (let dueMs = this.#pacer.next(nowMs); dueMs !== undefined; dueMs = this.#pacer.next(nowMs)) {
      this.#send(dueMs);
    }
    if (this.#pacer.finished) this.stop();
  }

  #send(dueMs: number): void {
    const query = this.#queries.next();
    const client = this.#clients[this.#turn % this.#clients.length];
    this.#turn += 1;
    if (!client) throw new Error('sending a query: the load has no clients');
    const to = client.ring.next().endpoint;
    const transport = this.#environment.random() * 100 < this.#options.tcpPercent ? 'tcp' : 'udp';
    const { kind, name } = query;
    const entry = { kind, transport, client: client.options.name, name, target: formatEndpoint(to), dueMs } as const;
    const flight: Flight = { entry, query, client, over: transport, attempt: 1, deadlineMs: 0 };
    const nowMs = this.#environment.monotonic();
    this.#lateMs = Math.max(this.#lateMs, nowMs - dueMs);
    this.#ledger.sent(entry);
    if (transport === 'udp') {
      this.#udpWaiting.add(flight, nowMs);
      client.sendUdp({ flight, to });
    } else {
      this.#tcpWaiting.add(flight, nowMs);
      client.sendTcp({ flight, to }, nowMs);
    }
  }

  /** What every client does with a truncated answer (RFC 7766, section 5). */
  #goOnOverTcp(flight: Flight, nowMs: number): void {
    flight.over = 'tcp';
    this.#ledger.truncated(flight.entry);
    this.#tcpWaiting.add(flight, nowMs);
    flight.client.sendTcp({ flight, to: flight.client.ring.next().endpoint }, nowMs);
  }

  #giveUp(emptyMs: number): void {
    const nowMs = this.#environment.monotonic();
    for (const flight of this.#udpWaiting.expire(emptyMs)) this.#ledger.lost(flight.entry, nowMs);
    for (const flight of this.#tcpWaiting.expire(emptyMs)) {
      flight.client.abandon(flight);
      this.#retryOrLose(flight.client, [flight], nowMs);
    }
  }

  onBroken(client: Client, flights: readonly Flight[]): void {
    const nowMs = this.#environment.monotonic();
    const waiting = flights.filter((flight) => this.#tcpWaiting.end(flight, nowMs));
    this.#retryOrLose(client, waiting, nowMs);
  }

  /** The one retry of a TCP query goes out on a new connection. */
  #retryOrLose(client: Client, flights: readonly Flight[], nowMs: number): void {
    for (const flight of flights) {
      if (flight.attempt > 1) this.#ledger.lost(flight.entry, nowMs);
    }
    const again = flights.filter((flight) => flight.attempt === 1);
    if (again.length === 0) return;
    for (const flight of again) {
      flight.attempt = 2;
      this.#ledger.tcpRetried(flight.entry);
      this.#tcpWaiting.add(flight, nowMs);
    }
    client.sendAgain(again, nowMs);
  }

  #finishIfDone(): void {
    if (this.#endMs === undefined || this.#stopped.signal.aborted) return;
    if (this.#udpWaiting.size > 0 || this.#tcpWaiting.size > 0) return;
    this.#stopped.abort();
    for (const client of this.#clients) client.close();
    const accounts = this.#ledger.accounts();
    const generator = this.#figures();
    const reasons = objections(generator);
    this.#finish({
      valid: reasons.length === 0,
      objections: reasons,
      durationSeconds: tenth((this.#endMs - this.#startMs) / 1000),
      ...accounts,
      clients: Object.fromEntries(
        this.#clients.map(({ options: { name }, connections }) => [
          name,
          { ...(accounts.byClient[name] ?? newClientAccounts()), connections },
        ]),
      ),
      healthChanges: this.#healthChanges.map(({ target, healthy, atMs }) => ({
        target,
        healthy,
        atSecond: tenth((atMs - this.#startMs) / 1000),
      })),
      generator,
    });
  }

  #figures(): GeneratorFigures {
    const { monotonic, cpuMs } = this.#environment;
    const wallMs = monotonic() - this.#startMs;
    return {
      lateMs: tenth(this.#lateMs),
      maxLagMs: tenth(this.#maxLagMs),
      maxGraceMs: tenth(Math.max(this.#udpWaiting.maxGraceMs, this.#tcpWaiting.maxGraceMs)),
      socketDrops: this.#clients.reduce((sum, { drops }) => sum + drops, 0),
      sendErrors: Object.fromEntries(this.#sendErrors),
      cpuPercent: tenth(((cpuMs() - this.#cpuAtStartMs) / wallMs) * 100),
    };
  }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
