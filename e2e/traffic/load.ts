/**
 * The load generator: sends at a fixed rate, over UDP from many ports and over TCP with reuse, and accounts for every
 * query. This file ties the parts together and owns the event loop; the rules are in pacer, waiting, ledger and verdict.
 */
import { isIPv6 } from 'node:net';
import type { Clock, Random } from '../../operator/src/runtime/clock.js';
import { formatEndpoint } from './endpoint.js';
import type { Flight, FlightEvents } from './flight.js';
import { learnHealth, pollHealth } from './health-poller.js';
import { Ledger } from './ledger.js';
import type { Accounts } from './ledger.js';
import { Pacer } from './pacer.js';
import { faultOf, QuerySource, rcodeOf } from './queries.js';
import type { Mix } from './queries.js';
import { TargetRing } from './targets.js';
import type { HealthChange, HealthRule, Target } from './targets.js';
import { TcpPool } from './tcp-pool.js';
import { sourcePorts, UdpPool } from './udp-pool.js';
import { objections } from './verdict.js';
import type { GeneratorFigures } from './verdict.js';
import { WaitingList } from './waiting.js';

/** What is sent, to whom, and how fast. */
export interface LoadOptions {
  readonly targets: readonly Target[];
  readonly health: HealthRule;
  readonly queriesPerSecond: number;
  readonly durationSeconds: number;
  readonly tcpPercent: number;
  readonly mix: Mix;
  /** UDP sockets of each address family, each replaced after `socketLifetimeSeconds`. */
  readonly udpSockets: number;
  readonly socketLifetimeSeconds: number;
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
  readonly tcpConnections: number;
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
const tcpLifetimeMs = 10_000;
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

class Load implements LoadRun, FlightEvents {
  readonly #options: LoadOptions;
  readonly #environment: LoadEnvironment;
  readonly #queries: QuerySource;
  readonly #ring: TargetRing;
  readonly #udp = new Map<boolean, UdpPool>();
  readonly #tcp: TcpPool;
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

  constructor(options: LoadOptions, environment: LoadEnvironment, total: number) {
    this.#options = options;
    this.#environment = environment;
    this.#total = total;
    this.#queries = new QuerySource(options.mix, environment.random);
    this.#ring = new TargetRing(options.targets, options.health);
    this.#tcp = new TcpPool(
      { perTarget: options.tcpConnectionsPerTarget, lifetimeMs: tcpLifetimeMs },
      {
        onMessage: (flight, message) => this.onMessage(flight, message),
        onStray: () => this.onStray(),
        onSendError: (code) => this.onSendError(code),
        onBroken: (flights) => this.#onBroken(flights),
      },
      environment.random,
    );
    this.result = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Opens the sockets and starts sending. */
  async open(): Promise<void> {
    const { targets, udpSockets, socketLifetimeSeconds } = this.#options;
    const { clock, monotonic, random, cpuMs } = this.#environment;
    for (const family of new Set(targets.map(({ endpoint }) => isIPv6(endpoint.address)))) {
      const pool = new UdpPool(
        {
          family: family ? 'udp6' : 'udp4',
          sockets: udpSockets,
          lifetimeMs: socketLifetimeSeconds * 1000,
          lingerMs: timeoutMs + lateAnswerMs,
          firstPort: firstPortAt(clock.now()),
        },
        this,
        random,
      );
      this.#udp.set(family, pool);
      await pool.open(monotonic());
    }
    await learnHealth(targets, this.#ring);
    this.#startMs = monotonic();
    this.#lastTickMs = this.#startMs;
    this.#cpuAtStartMs = cpuMs();
    this.#ledger = new Ledger(this.#startMs);
    const { queriesPerSecond } = this.#options;
    this.#pacer = new Pacer({ startMs: this.#startMs, queriesPerSecond, maxQueries: this.#total });
    if (targets.some(({ healthUrl }) => healthUrl !== undefined)) {
      const onChange = (change: HealthChange): void => void this.#healthChanges.push({ ...change, atMs: monotonic() });
      void pollHealth({ targets, ring: this.#ring, onChange }, clock, this.#stopped.signal);
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
    const waiting = flight.entry.transport === 'udp' ? this.#udpWaiting : this.#tcpWaiting;
    if (waiting.end(flight, nowMs)) this.#ledger.answered(flight.entry, nowMs, { rcode: rcodeOf(message), fault });
    else this.#ledger.lateAnswer();
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
    for (const pool of this.#udp.values()) pool.renew(nowMs);
    this.#tcp.renew(nowMs);
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
    const to = this.#ring.next().endpoint;
    const transport = this.#environment.random() * 100 < this.#options.tcpPercent ? 'tcp' : 'udp';
    const entry = { kind: query.kind, transport, name: query.name, target: formatEndpoint(to), dueMs } as const;
    const flight: Flight = { entry, query, attempt: 1, deadlineMs: 0 };
    const nowMs = this.#environment.monotonic();
    this.#lateMs = Math.max(this.#lateMs, nowMs - dueMs);
    this.#ledger.sent(entry);
    if (transport === 'udp') {
      this.#udpWaiting.add(flight, nowMs);
      this.#udp.get(isIPv6(to.address))?.send({ flight, to });
    } else {
      this.#tcpWaiting.add(flight, nowMs);
      this.#tcp.send({ flight, to }, nowMs);
    }
  }

  #giveUp(emptyMs: number): void {
    const nowMs = this.#environment.monotonic();
    for (const flight of this.#udpWaiting.expire(emptyMs)) this.#ledger.lost(flight.entry, nowMs);
    for (const flight of this.#tcpWaiting.expire(emptyMs)) {
      this.#tcp.abandon(flight);
      this.#retryOrLose([flight], nowMs);
    }
  }

  #onBroken(flights: readonly Flight[]): void {
    const nowMs = this.#environment.monotonic();
    this.#retryOrLose(
      flights.filter((flight) => this.#tcpWaiting.end(flight, nowMs)),
      nowMs,
    );
  }

  /** The one retry of a TCP query goes out on a new connection, to wherever a new connection would go now. */
  #retryOrLose(flights: readonly Flight[], nowMs: number): void {
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
    this.#tcp.sendOnNew(again, this.#ring.next().endpoint, nowMs);
  }

  #finishIfDone(): void {
    if (this.#endMs === undefined || this.#stopped.signal.aborted) return;
    if (this.#udpWaiting.size > 0 || this.#tcpWaiting.size > 0) return;
    this.#stopped.abort();
    for (const pool of this.#udp.values()) pool.close();
    this.#tcp.close();
    const generator = this.#figures();
    const reasons = objections(generator);
    this.#finish({
      valid: reasons.length === 0,
      objections: reasons,
      durationSeconds: tenth((this.#endMs - this.#startMs) / 1000),
      ...this.#ledger.accounts(),
      tcpConnections: this.#tcp.opened,
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
      socketDrops: [...this.#udp.values()].reduce((sum, pool) => sum + pool.drops, 0),
      sendErrors: Object.fromEntries(this.#sendErrors),
      cpuPercent: tenth(((cpuMs() - this.#cpuAtStartMs) / wallMs) * 100),
    };
  }
}

/** A run that starts later begins beyond the ports of an earlier one, which used up about 7 a second. */
function firstPortAt(nowMs: number): number {
  return sourcePorts.first + ((Math.floor(nowMs / 1000) * 16) % sourcePorts.count);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
