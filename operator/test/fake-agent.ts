/**
 * The agent of a server that does not exist: an HTTP server on a loopback address that speaks the contract, long polls
 * and all. It refuses configurations with the network `refusedNetwork`, as an engine would something that only its own
 * checker sees, and fails in the ways in which a real one could.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ConfigStatus } from '../../resolver-image/agent/src/contract/config-status.js';
import type { DrainState, Load } from '../../resolver-image/agent/src/contract/load.js';
import { configHash, parseResolverConfig } from '../../resolver-image/agent/src/contract/resolver-config.js';

/** `private-address` with this network is accepted by the allow-list of options and refused by this engine. */
export const refusedNetwork = '192.0.2.66/32';

/**
 * What is wrong with an agent. Html, Garbage, Unavailable: what it answers. Hang: nothing. Reset: it closes connections.
 * Drip: it answers one character a second. Frozen: its counters stand still, and those of our probes. Repeating: it says
 * the last that it said, with the old time. Zero: all that it counts is 0. Negative: it counts below 0.
 */
export type AgentFault = AnswerFault | LoadFault;
/** It answers in a way that is no answer. */
type AnswerFault = 'Html' | 'Garbage' | 'Unavailable' | 'Hang' | 'Reset' | 'Drip';
/** It answers, and what it says of its load is wrong. */
type LoadFault = 'Frozen' | 'Repeating' | 'Zero' | 'Negative';

const loadFaults: readonly AgentFault[] = ['Frozen', 'Repeating', 'Zero', 'Negative'] satisfies readonly LoadFault[];
const isLoadFault = (fault: AgentFault): fault is LoadFault => loadFaults.includes(fault);

/** What the clients of a fake server ask, and what that takes. */
export interface FakeTraffic {
  readonly queriesPerSecond: number;
  readonly servfailPercent: number;
  /** Present for an agent that reports CPU time, of an engine that has run for an hour. */
  readonly cpu?: { readonly usedCores: number; readonly limitCores?: number };
}

export interface FakeAgentOptions {
  readonly address: string;
  readonly port: number;
  /** Read at each order, like the mounted file of a real agent. */
  readonly token: () => Promise<string | undefined>;
  /** What it counts, in queries per second and percent of SERVFAIL. */
  readonly traffic: () => FakeTraffic;
}

export class FakeAgent {
  readonly #options: FakeAgentOptions;
  readonly #server: Server;
  readonly #startMs = Date.now();
  #text: string | undefined;
  #refused: ConfigStatus['refused'];
  #queries = 0;
  #servfails = 0;
  #probes = 0;
  #cpuSeconds = 0;
  #countedMs = Date.now();
  #sequence = Date.now();
  #toldRate = 0;
  #fault: AgentFault | undefined;
  #told: Load | undefined;
  #wild: number | undefined;
  /** The last sequence that somebody has heard. */
  #heard = 0;
  #drain: DrainState = { phase: 'Serving', sinceMs: Date.now() };
  readonly #waiting = new Set<() => void>();
  /** How many configurations were put into force by a push. */
  pushes = 0;
  /** How often it was asked for its load. */
  questions = 0;

  private constructor(options: FakeAgentOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(options: FakeAgentOptions): Promise<FakeAgent> {
    const agent = new FakeAgent(options);
    agent.#server.listen(options.port, options.address);
    await once(agent.#server, 'listening');
    return agent;
  }

  get hash(): string | undefined {
    return this.#text === undefined ? undefined : configHash(this.#text);
  }

  /** The configuration in force. */
  get text(): string | undefined {
    return this.#text;
  }

  /** How far its server is on its way out; told to those who wait, too. */
  set drain(drain: DrainState) {
    if (drain.phase === this.#drain.phase) return;
    this.#drain = drain;
    this.#changed();
  }

  /** Whether somebody was told of the present state of its drain. */
  get hasToldDrain(): boolean {
    return this.#told?.drain === this.#drain;
  }

  /** What is wrong with it from now on, for those who wait for an answer too; undefined when nothing is. */
  set fault(fault: AgentFault | undefined) {
    this.#count();
    this.#fault = fault;
    this.#changed();
  }

  /** Has it say once, and at once, that all its counters are `factor` times what they are. */
  sayOnce(factor: number): void {
    this.#wild = factor;
    this.#changed();
  }

  /** Has it count `queries` at once, that nobody asked, and go on from there. */
  miscount(queries: number): void {
    this.#count();
    this.#queries += queries;
    this.#changed();
  }

  /** Has it answer at once what it counts now. Resolves when whoever asks has heard it, which the next question tells. */
  async speak(signal: AbortSignal): Promise<void> {
    this.#changed();
    const sequence = this.#sequence;
    while (this.#heard < sequence && !signal.aborted) await this.#pause(100);
  }

  /** Takes the text of a mounted file, as an agent does that starts, or whose file changes. */
  take(text: string): boolean {
    const refusal = whyRefused(text);
    if (refusal !== undefined) {
      this.#refused = { hash: configHash(text), message: refusal, time: new Date().toISOString() };
      this.#changed();
      return false;
    }
    if (revisionOf(text) < revisionOf(this.#text ?? '')) return true;
    this.#text = text;
    this.#refused = undefined;
    this.#changed();
    return true;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    if (pathname === '/v1/load') {
      this.questions += 1;
      this.#heard = Math.max(this.#heard, Number(searchParams.get('since')));
      await this.#wait(Number(searchParams.get('since')), Number(searchParams.get('wait')), response);
    }
    if (this.#fault !== undefined && !isLoadFault(this.#fault)) {
      fail(response, this.#fault);
      return;
    }
    const route = `${request.method ?? ''} ${pathname}`;
    const isOpen = route === 'GET /v1/load' || route === 'GET /v1/config';
    const isAllowed = isOpen || request.headers.authorization === `Bearer ${(await this.#options.token()) ?? ''}`;
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (route === 'GET /v1/load') answer(200, this.#tell());
    else if (route === 'GET /v1/config') answer(200, this.#status());
    else if (!isAllowed) answer(401, { error: 'the token of the pool is needed' });
    else if (route === 'GET /v1/config/text') answer(200, { text: this.#text });
    else if (route === 'POST /v1/config/check') answer(200, this.#check(body));
    else if (route === 'PUT /v1/config') answer(200, this.#push(body));
    else answer(404, { error: 'no such path' });
  }

  #check(text: string): { accepted: boolean; messages: readonly string[] } {
    const refusal = whyRefused(text);
    return { accepted: refusal === undefined, messages: refusal === undefined ? [] : [refusal] };
  }

  #push(text: string): { accepted: boolean; messages: readonly string[] } {
    const result = this.#check(text);
    if (this.take(text)) this.pushes += 1;
    return result;
  }

  #status(): ConfigStatus {
    const inForce = this.#inForce();
    return { ...(inForce && { inForce }), ...(this.#refused && { refused: this.#refused }) };
  }

  #inForce(): Load['config'] {
    if (this.#text === undefined) return undefined;
    return {
      hash: configHash(this.#text),
      revision: revisionOf(this.#text),
      since: new Date(this.#startMs).toISOString(),
    };
  }

  /** Waits as an agent does: until something changed that the caller has not seen, or the wait is over. */
  async #wait(since: number, seconds: number, response: ServerResponse): Promise<void> {
    const untilMs = Date.now() + seconds * 1000;
    while (this.#sequence === since && Date.now() < untilMs && !response.destroyed) {
      const { queriesPerSecond } = this.#options.traffic();
      if (Math.abs(queriesPerSecond - this.#toldRate) > Math.max(1, this.#toldRate / 10)) this.#changed();
      else await this.#pause(Math.min(sampleEveryMs, untilMs - Date.now()));
    }
    this.#toldRate = this.#options.traffic().queriesPerSecond;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref();
      this.#waiting.add(end);
    });
  }

  #changed(): void {
    this.#sequence += 1;
    for (const end of [...this.#waiting]) end();
  }

  #count(): void {
    const now = Date.now();
    const { queriesPerSecond, servfailPercent, cpu } = this.#options.traffic();
    const queries = this.#fault === 'Frozen' ? 0 : (queriesPerSecond * (now - this.#countedMs)) / 1000;
    this.#probes += this.#fault === 'Frozen' ? 0 : (probesPerSecond * (now - this.#countedMs)) / 1000;
    this.#queries += queries;
    this.#cpuSeconds += ((cpu?.usedCores ?? 0) * (now - this.#countedMs)) / 1000;
    this.#servfails += (queries * servfailPercent) / 100;
    this.#countedMs = now;
  }

  /** What it says of its load, right or wrong. */
  #tell(): Load {
    const load = this.#fault === 'Repeating' ? (this.#told ?? this.#load()) : this.#load();
    this.#told = load;
    const wild = this.#wild;
    this.#wild = undefined;
    if (wild !== undefined) return multiplyLoad(load, wild);
    if (this.#fault === 'Zero') return multiplyLoad(load, 0);
    return this.#fault === 'Negative' ? multiplyLoad(load, -1) : load;
  }

  #cpu({ limitCores }: NonNullable<FakeTraffic['cpu']>): NonNullable<Load['cpu']> {
    return {
      usageSeconds: this.#cpuSeconds,
      throttledSeconds: 0,
      periods: Math.floor((this.#countedMs - this.#startMs) / 100),
      throttledPeriods: 0,
      sampledAtMs: this.#countedMs,
      ...(limitCores !== undefined && { limitCores }),
    };
  }

  #load(): Load {
    this.#count();
    const { queriesPerSecond, cpu } = this.#options.traffic();
    const config = this.#inForce();
    return {
      sequence: this.#sequence,
      sampledAtMs: this.#countedMs,
      engine: {
        answering: config !== undefined,
        startId: String(this.#startMs),
        version: 'fake',
        ...(cpu && { uptimeSeconds: 3600 + (this.#countedMs - this.#startMs) / 1000 }),
      },
      counters: {
        queries: this.#queries,
        cacheHits: 0,
        cacheMisses: 0,
        expired: 0,
        prefetches: 0,
        recursiveReplies: 0,
        recursionSeconds: 0,
        dropped: 0,
        probes: Math.floor(this.#probes),
        rcodes: { NOERROR: this.#queries - this.#servfails, SERVFAIL: this.#servfails },
      },
      queriesPerSecond,
      ...(cpu && { cpu: this.#cpu(cpu) }),
      ...(config && { config }),
      drain: this.#drain,
    };
  }
}

/** `load` with all that the engine counts, and the rate, `factor` times as high. */
function multiplyLoad(load: Load, factor: number): Load {
  const { counters, queriesPerSecond } = load;
  if (!counters) return load;
  const multiply = <T extends object>(values: T): T => {
    const multiplied = Object.entries(values).map(([name, value]) => [name, Number(value) * factor] as const);
    return { ...values, ...Object.fromEntries<number>(multiplied) };
  };
  return {
    ...load,
    counters: { ...multiply(counters), rcodes: multiply(counters.rcodes) },
    queriesPerSecond: queriesPerSecond * factor,
  };
}

/** How often an agent reads its engine. */
const sampleEveryMs = 1000;
const probesPerSecond = 5;

function fail(response: ServerResponse, fault: AnswerFault): void {
  switch (fault) {
    case 'Html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in to the network</body></html>');
      break;
    case 'Garbage':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"sequence": "many", "counters": [');
      break;
    case 'Unavailable':
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"error": "the agent is away"}');
      break;
    case 'Reset':
      response.destroy();
      break;
    case 'Drip': {
      const drip = setInterval(() => response.write(' '), 1000);
      response.on('close', () => clearInterval(drip));
      break;
    }
    case 'Hang':
      break;
  }
}

function whyRefused(text: string): string | undefined {
  const parsed = parseResolverConfig(text);
  if (!parsed.ok) return parsed.messages.join('; ');
  return text.includes(refusedNetwork) ? `error: the engine does not like ${refusedNetwork}` : undefined;
}

const revisionOf = (text: string): number => Number(/"revision": ([0-9]+)/.exec(text)?.[1] ?? 0);

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
