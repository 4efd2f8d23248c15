/**
 * An HTTP proxy that stands in front of a real API server in tests and misbehaves on request. Clients use it through a
 * kubeconfig of its own; towards the API server it uses the credentials of the client, or else those of the kubeconfig
 * that it was given.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { request as send, type Dispatcher } from 'undici';
import { loadConnection, type KubeConnection } from '../../src/kube/connection.js';
import { systemClock } from '../../src/runtime/clock.js';
import type { Fault, FaultChooser, ProxiedRequest } from './faults.js';
import { lineFault, statusObject, type Piece } from './watch-faults.js';

export interface FaultProxyOptions {
  /** Path of the kubeconfig of the API server behind the proxy. */
  readonly kubeconfig: string;
  readonly choose?: FaultChooser;
  /** Called before a request goes on to the API server, and waited for. */
  readonly onRequest?: (request: ProxiedRequest) => void | Promise<void>;
  /** Called once the API server has answered, before the client hears of it, and waited for. */
  readonly onAnswer?: (request: ProxiedRequest, status: number) => void | Promise<void>;
}

type Reply = ServerResponse & { readonly req: IncomingMessage };

/** Headers of one connection, which a proxy does not hand on. */
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length', 'expect']);

export class FaultProxy {
  /** Which faults are met; may be changed at any time. */
  choose: FaultChooser;
  readonly #options: FaultProxyOptions;
  readonly #connection: KubeConnection;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #isSilent = false;
  #requests = 0;
  #writes = 0;
  #faults = 0;

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.choose = options.choose ?? (() => undefined);
    this.#connection = loadConnection({ clock: systemClock, kubeconfig: options.kubeconfig });
    this.#server = createServer((request, reply) => void this.#serve(request, reply));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  /** Starts a proxy on a free port of loopback. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.comeBack();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Requests that were seen so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests that met a fault so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Writes a kubeconfig that leads here, for the user with `token` if one is given, and returns its path. */
  writeKubeconfig(path: string, token?: string): string {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'proxy',
      // client-node refuses plain HTTP unless it is told that there is nothing to verify.
      clusters: [{ name: 'proxy', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'proxy', user: token === undefined ? {} : { token } }],
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'proxy' } }],
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  /** The API server is gone: connections are refused, or accepted and never answered. Open ones break or fall silent. */
  async goAway(how: 'refuse' | 'blackhole'): Promise<void> {
    if (how === 'blackhole') {
      this.#isSilent = true;
      return;
    }
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.breakConnections();
    await closed;
  }

  /** The API server is there again, at the same address. */
  async comeBack(): Promise<void> {
    if (this.#isSilent) this.breakConnections();
    this.#isSilent = false;
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Resets all open connections. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway('refuse');
    await this.#connection.close();
  }

  async #serve(request: IncomingMessage, reply: Reply): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const isWrite = method !== 'GET' && method !== 'HEAD';
    const proxied: ProxiedRequest = {
      method,
      url,
      isWrite,
      isWatch: /[?&]watch=(true|1)/.test(url),
      index: this.#requests++,
      writeIndex: isWrite ? this.#writes++ : this.#writes,
    };
    const gone = new AbortController();
    reply.on('close', () => gone.abort());
    try {
      const body = await readBody(request);
      if (this.#isSilent) return;
      await this.#options.onRequest?.(proxied);
      await this.#answer({ proxied, reply, body, signal: gone.signal });
    } catch {
      // The client went away, or the API server did: either way the client sees a broken connection.
      reply.socket?.resetAndDestroy();
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { proxied, reply, signal } = exchange;
    const fault = this.choose(proxied);
    if (fault) this.#faults += 1;
    if (fault?.type === 'silence') return;
    if (fault?.type === 'status') {
      sendStatus(reply, fault.status, fault.retryAfterSeconds);
      return;
    }
    if (fault?.type === 'reset' && fault.afterLines === undefined) throw new Error('reset');
    if (fault?.type === 'delay') await sleep(fault.ms, undefined, { signal });
    const answer = await this.#forward(exchange);
    await this.#options.onAnswer?.(proxied, answer.statusCode);
    if (fault?.type === 'status-after') {
      await answer.body.dump();
      sendStatus(reply, fault.status);
      return;
    }
    reply.writeHead(answer.statusCode, handedOn(answer.headers));
    if (proxied.isWatch && answer.statusCode === 200) await this.#relayWatch(exchange, { answer, fault });
    else await this.#relay(exchange, { answer, fault });
  }

  async #forward({ proxied, reply, body, signal }: Exchange): Promise<Dispatcher.ResponseData> {
    const { headers, dispatcher } = await this.#connection.setup('watch');
    const own = handedOn(reply.req.headers);
    const auth = own['authorization'] === undefined ? headers : {};
    return send(`${this.#connection.server}${proxied.url}`, {
      method: proxied.method,
      headers: { ...own, ...auth },
      body: body.length > 0 ? body : null,
      dispatcher,
      signal,
    });
  }

  async #relay({ reply, signal }: Exchange, { answer, fault }: Relayed): Promise<void> {
    const text = Buffer.from(await answer.body.arrayBuffer());
    if (fault?.type === 'half') {
      reply.write(text.subarray(0, Math.ceil(text.length / 2)));
      await sleep(10, undefined, { signal });
      throw new Error('half');
    }
    const size = fault?.type === 'trickle' ? fault.bytes : text.length || 1;
    for (let at = 0; at < text.length; at += size) {
      if (fault?.type === 'trickle') await sleep(fault.ms, undefined, { signal });
      await this.#write(reply, text.subarray(at, at + size));
    }
    reply.end();
  }

  async #relayWatch({ reply, signal }: Exchange, { answer, fault }: Relayed): Promise<void> {
    reply.flushHeaders();
    const apply = lineFault(fault);
    for await (const line of linesOf(answer.body)) {
      for (const piece of apply(line)) {
        if ('end' in piece) {
          await endWatch(reply, piece);
          return;
        }
        if (fault?.type === 'trickle') await sleep(fault.ms, undefined, { signal });
        await this.#write(reply, piece.text);
      }
    }
    reply.end();
  }

  async #write(reply: Reply, data: string | Buffer): Promise<void> {
    // A black hole swallows what comes for connections that were open before.
    if (this.#isSilent || reply.write(data)) return;
    await Promise.race([once(reply, 'drain'), once(reply, 'close')]);
  }
}

interface Exchange {
  readonly proxied: ProxiedRequest;
  readonly reply: Reply;
  readonly body: Buffer;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

interface Relayed {
  readonly answer: Dispatcher.ResponseData;
  readonly fault: Fault | undefined;
}

async function endWatch(reply: Reply, piece: Extract<Piece, { end: unknown }>): Promise<void> {
  // What was written before has to reach the client, or there is no half of a line to be seen.
  await sleep(10);
  if (piece.end === 'reset') reply.socket?.resetAndDestroy();
  else reply.end();
}

function sendStatus(reply: Reply, status: number, retryAfterSeconds?: number): void {
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  reply.writeHead(status, { 'content-type': 'application/json', ...retryAfter });
  reply.end(JSON.stringify(statusObject(status, retryAfterSeconds)));
}

function handedOn(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hopByHop.has(name.toLowerCase())) kept[name] = value;
  }
  return kept;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
