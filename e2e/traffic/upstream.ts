/**
 * The DNS server behind the resolvers under test: sockets, late answers and counts. What it answers is decided in
 * answers.ts. It stands in for other people's servers, so that no test ever leaves the machine.
 */
import dgram from 'node:dgram';
import http from 'node:http';
import net from 'node:net';
import dnsPacket from 'dns-packet';
import type { Clock } from '../../operator/src/runtime/clock.js';
import { answerTo, encodeUdp } from './answers.js';
import type { Listener } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { SlowNames } from './slow-names.js';
import { frame, FrameReader } from './tcp-frames.js';
import { canonical } from './zones.js';
import type { Zone } from './zones.js';

/** How an upstream is set up. */
export interface UpstreamOptions {
  /** Where every name is answered. Port 0 takes a free one. */
  readonly listen: readonly Endpoint[];
  /** Zones of a private root, each served at its own address, at `zonePort`. */
  readonly zones: readonly Zone[];
  readonly zonePort: number;
  readonly tag: string;
  readonly slowPercent: number;
  /** How long a slow name takes, in milliseconds. */
  readonly slowMs: number;
  /** Where counts are shown over HTTP, if anywhere. */
  readonly stats?: Endpoint | undefined;
}

/** What arrived since the start; shown as JSON at `GET /stats`. */
export interface UpstreamStats {
  readonly tag: string;
  readonly udp: number;
  readonly tcp: number;
  readonly malformed: number;
  readonly byType: Readonly<Record<string, number>>;
  /** By meaning of the name: `address`, `slow`, `large`, `nx`, `servfail`, `whoami`, `referral`, `apex`, `refused`. */
  readonly byPattern: Readonly<Record<string, number>>;
}

/** A running upstream. */
export interface Upstream {
  /** In the order of `listen`, then of `zones`, with the ports in use. */
  readonly endpoints: readonly Endpoint[];
  /** Where the counts are shown. */
  readonly statsEndpoint: Endpoint | undefined;
  stats(): UpstreamStats;
  close(): Promise<void>;
}

const receiveBufferBytes = 4 * 1024 * 1024;
const tcpIdleMs = 30_000;
const freePortAttempts = 5;

/** Starts an upstream. @throws Error when an address or port cannot be had; nothing is left open then */
export async function startUpstream(options: UpstreamOptions, clock: Clock): Promise<Upstream> {
  const server = new UpstreamServer(options, clock);
  try {
    return await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
}

class UpstreamServer {
  readonly #options: UpstreamOptions;
  readonly #clock: Clock;
  readonly #slow: SlowNames;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #byType = new Map<string, number>();
  readonly #byPattern = new Map<string, number>();
  readonly #transports = { udp: 0, tcp: 0 };
  #malformed = 0;

  constructor(options: UpstreamOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#slow = new SlowNames(options.slowMs);
  }

  async start(): Promise<Upstream> {
    const { listen, zones, zonePort, tag, slowPercent, stats } = this.#options;
    const endpoints: Endpoint[] = [];
    for (const endpoint of listen) endpoints.push(await this.#listen(endpoint, { tag, slowPercent, zones }));
    for (const zone of zones) {
      const endpoint = { address: zone.address, port: zonePort };
      endpoints.push(await this.#listen(endpoint, { tag, slowPercent, zones, zone }));
    }
    const statsEndpoint = stats && (await this.#showStats(stats));
    return { endpoints, statsEndpoint, stats: () => this.#stats(), close: () => this.close() };
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.splice(0).map((closer) => closer()));
  }

  #stats(): UpstreamStats {
    return {
      tag: this.#options.tag,
      ...this.#transports,
      malformed: this.#malformed,
      byType: Object.fromEntries(this.#byType),
      byPattern: Object.fromEntries(this.#byPattern),
    };
  }

  /** A free UDP port may be taken for TCP by someone else; then another one is tried. */
  async #listen(endpoint: Endpoint, listener: Listener): Promise<Endpoint> {
    for (let attempt = 1; ; attempt += 1) {
      const bound = await this.#listenUdp(endpoint, listener);
      try {
        await this.#listenTcp(bound, listener);
        return bound;
      } catch (error) {
        if (endpoint.port !== 0 || attempt === freePortAttempts) throw error;
      }
    }
  }

  async #listenUdp(endpoint: Endpoint, listener: Listener): Promise<Endpoint> {
    const type = net.isIPv6(endpoint.address) ? 'udp6' : 'udp4';
    const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6', recvBufferSize: receiveBufferBytes });
    let open = true;
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          open = false;
          socket.close(() => resolve());
        }),
    );
    await settled(`listening on UDP ${endpoint.address} port ${endpoint.port}`, socket, () => socket.bind(endpoint));
    socket.on('message', (message, from) =>
      this.#respond('udp', { message, listener }, (reply) => {
        if (open) socket.send(reply, from.port, from.address);
      }),
    );
    return { address: endpoint.address, port: socket.address().port };
  }

  async #listenTcp(endpoint: Endpoint, listener: Listener): Promise<void> {
    const connections = new Set<net.Socket>();
    const server = net.createServer((connection) => {
      const reader = new FrameReader();
      connections.add(connection);
      connection.setNoDelay(true).setTimeout(tcpIdleMs, () => connection.end());
      connection.on('close', () => connections.delete(connection));
      // A client that goes away is its own business; its answers are dropped with the connection.
      connection.on('error', () => connection.destroy());
      connection.on('data', (chunk) => {
        for (const message of reader.push(chunk)) {
          this.#respond('tcp', { message, listener }, (reply) => {
            if (connection.writable) connection.write(frame(reply));
          });
        }
      });
    });
    await settled(`listening on TCP ${endpoint.address} port ${endpoint.port}`, server, () =>
      server.listen({ host: endpoint.address, port: endpoint.port, ipv6Only: true }),
    );
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const connection of connections) connection.destroy();
        }),
    );
  }

  #respond(
    transport: 'udp' | 'tcp',
    { message, listener }: { readonly message: Buffer; readonly listener: Listener },
    send: (reply: Buffer) => void,
  ): void {
    const query = decoded(message);
    const reply = query && answerTo(query, listener);
    const question = query?.questions?.[0];
    if (!reply || !question) {
      this.#malformed += 1;
      return;
    }
    this.#transports[transport] += 1;
    increment(this.#byType, question.type);
    increment(this.#byPattern, reply.pattern);
    const bytes = transport === 'udp' ? encodeUdp(reply) : dnsPacket.encode(reply.packet);
    if (!reply.slow) {
      send(bytes);
      return;
    }
    const key = `${canonical(question.name)}/${question.type}`;
    this.#clock.setTimer(this.#slow.delayMs(key, this.#clock.now()), () => send(bytes));
  }

  async #showStats(endpoint: Endpoint): Promise<Endpoint> {
    const server = http.createServer((request, response) => {
      const known = request.url === '/stats';
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known ? this.#stats() : { error: 'want /stats' }));
    });
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    await settled(`listening on HTTP ${endpoint.address} port ${endpoint.port}`, server, () =>
      server.listen({ host: endpoint.address, port: endpoint.port }),
    );
    const address = server.address();
    return { address: endpoint.address, port: typeof address === 'object' && address ? address.port : endpoint.port };
  }
}

function decoded(message: Buffer): dnsPacket.DecodedPacket | undefined {
  try {
    return dnsPacket.decode(message);
  } catch {
    return undefined;
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Calls `begin` and waits until the server listens. @throws Error that says what was being done */
function settled(what: string, server: dgram.Socket | net.Server, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => reject(new Error(`${what}: ${cause.message}`, { cause }));
    server.once('error', onError);
    server.once('listening', () => {
      server.off('error', onError);
      resolve();
    });
    begin();
  });
}
