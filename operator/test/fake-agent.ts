/**
 * The agent of a server that does not exist: an HTTP server on a loopback address that speaks the contract. It refuses
 * configurations with the network `refusedNetwork`, as an engine would something that only its own checker sees.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ConfigStatus } from '../../resolver-image/agent/src/contract/config-status.js';
import type { Load } from '../../resolver-image/agent/src/contract/load.js';
import { configHash, parseResolverConfig } from '../../resolver-image/agent/src/contract/resolver-config.js';

/** `private-address` with this network is accepted by the allow-list of options and refused by this engine. */
export const refusedNetwork = '192.0.2.66/32';

export interface FakeAgentOptions {
  readonly address: string;
  readonly port: number;
  readonly token: string;
  /** Queries per second and percent of SERVFAIL that it counts. */
  readonly traffic: () => { readonly queriesPerSecond: number; readonly servfailPercent: number };
}

export class FakeAgent {
  readonly #options: FakeAgentOptions;
  readonly #server: Server;
  readonly #startMs = Date.now();
  #text: string | undefined;
  #refused: ConfigStatus['refused'];
  #queries = 0;
  #servfails = 0;
  #countedMs = Date.now();
  /** How many configurations were put into force by a push. */
  pushes = 0;
  /** While true, the agent answers nothing. */
  isSilent = false;

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

  /** Takes the text of a mounted file, as an agent does that starts, or whose file changes. */
  take(text: string): boolean {
    const refusal = whyRefused(text);
    if (refusal !== undefined) {
      this.#refused = { hash: configHash(text), message: refusal, time: new Date().toISOString() };
      return false;
    }
    if (revisionOf(text) < revisionOf(this.#text ?? '')) return true;
    this.#text = text;
    this.#refused = undefined;
    return true;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (this.isSilent) {
      request.socket.destroy();
      return;
    }
    const route = `${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}`;
    const isAllowed = request.headers.authorization === `Bearer ${this.#options.token}`;
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (route === 'GET /v1/load') answer(200, this.#load());
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

  #load(): Load {
    const now = Date.now();
    const { queriesPerSecond, servfailPercent } = this.#options.traffic();
    const queries = (queriesPerSecond * (now - this.#countedMs)) / 1000;
    this.#queries += queries;
    this.#servfails += (queries * servfailPercent) / 100;
    this.#countedMs = now;
    const config = this.#inForce();
    return {
      sequence: 1,
      sampledAtMs: now,
      engine: { answering: config !== undefined, startId: String(this.#startMs), version: 'fake' },
      counters: {
        queries: this.#queries,
        cacheHits: 0,
        cacheMisses: 0,
        expired: 0,
        prefetches: 0,
        recursiveReplies: 0,
        recursionSeconds: 0,
        dropped: 0,
        rcodes: { NOERROR: this.#queries - this.#servfails, SERVFAIL: this.#servfails },
      },
      queriesPerSecond,
      ...(config && { config }),
      drain: { phase: 'Serving', sinceMs: this.#startMs },
    };
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
