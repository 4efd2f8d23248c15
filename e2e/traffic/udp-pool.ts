/**
 * Many UDP sockets, renewed one after the other, so that the load comes from many source ports that change: a Service
 * pins each port to one server for as long as it is in use, which hides a lost server from all ports but its own.
 *
 * The sockets are not connected: a connected one reports a refused packet by failing the *next* send, which would be
 * a loss made by the generator.
 */
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Random } from '../../operator/src/runtime/clock.js';
import { codeOf, withId } from './flight.js';
import type { Departure, Flight, FlightEvents } from './flight.js';

/** How a pool is set up. */
export interface UdpPoolOptions {
  readonly family: 'udp4' | 'udp6';
  readonly sockets: number;
  /** Age at which a socket is replaced, in milliseconds. */
  readonly lifetimeMs: number;
  /** How long a replaced socket still listens for answers, in milliseconds. */
  readonly lingerMs: number;
  /**
   * The source port of the first socket; each further one takes the next, so that none comes back for a long time. A
   * port used again within minutes is no new client: conntrack still sends it to the server that it had.
   */
  readonly firstPort: number;
}

/** Source ports of pools: above those of services, and 40,000 of them. */
export const sourcePorts = { first: 20_000, count: 40_000 } as const;

interface Slot {
  readonly socket: dgram.Socket;
  readonly port: number;
  readonly flights: Map<number, { readonly flight: Flight; readonly address: string; readonly port: number }>;
  nextId: number;
}

const receiveBufferBytes = 1024 * 1024;

/** A pool of sockets of one address family. */
export class UdpPool {
  readonly #options: UdpPoolOptions;
  readonly #events: FlightEvents;
  readonly #random: Random;
  readonly #slots: Slot[] = [];
  readonly #retired: { readonly slot: Slot; readonly closeAtMs: number }[] = [];
  #nextSlot = 0;
  #nextPort: number;
  #oldestSlot = 0;
  #renewAtMs = 0;
  #renewing = false;
  #drops = 0;

  constructor(options: UdpPoolOptions, events: FlightEvents, random: Random) {
    this.#options = options;
    this.#events = events;
    this.#random = random;
    this.#nextPort = options.firstPort;
  }

  /** Opens all sockets. @throws Error when one cannot be had */
  async open(nowMs: number): Promise<void> {
    while (this.#slots.length < this.#options.sockets) this.#slots.push(await this.#newSlot());
    this.#renewAtMs = nowMs + this.#renewEveryMs();
  }

  /** Sends from the next socket in turn. */
  send({ flight, to }: Departure): void {
    const slot = this.#slots[this.#nextSlot % this.#slots.length];
    this.#nextSlot += 1;
    if (!slot) throw new Error('sending a query: the pool is not open');
    const id = slot.nextId;
    slot.nextId = (id + 1) & 0xffff;
    slot.flights.set(id, { flight, ...to });
    slot.socket.send(withId(flight.query.message, id), to.port, to.address, (error) => {
      if (error) this.#events.onSendError(codeOf(error));
    });
  }

  /** Replaces the oldest socket when it is time, and closes those that have listened long enough. */
  renew(nowMs: number): void {
    for (let first = this.#retired[0]; first && first.closeAtMs <= nowMs; first = this.#retired[0]) {
      this.#retired.shift();
      this.#close(first.slot);
    }
    if (nowMs < this.#renewAtMs || this.#renewing) return;
    this.#renewAtMs = nowMs + this.#renewEveryMs();
    this.#renewing = true;
    this.#newSlot()
      .then((slot) => {
        const index = this.#oldestSlot;
        this.#oldestSlot = (index + 1) % this.#slots.length;
        const old = this.#slots[index];
        this.#slots[index] = slot;
        if (old) this.#retired.push({ slot: old, closeAtMs: nowMs + this.#options.lingerMs });
      })
      .catch((error: unknown) => this.#events.onSendError(error instanceof Error ? codeOf(error) : 'renew'))
      .finally(() => (this.#renewing = false));
  }

  /** Closes all sockets. */
  close(): void {
    for (const slot of [...this.#slots.splice(0), ...this.#retired.splice(0).map((retired) => retired.slot)]) {
      this.#close(slot);
    }
  }

  /** Answers that the kernel threw away at closed sockets of this pool, because they were not read fast enough. */
  get drops(): number {
    return this.#drops;
  }

  #renewEveryMs(): number {
    return this.#options.lifetimeMs / this.#options.sockets;
  }

  #close(slot: Slot): void {
    this.#drops += dropsAt(slot.port, this.#options.family);
    slot.socket.close();
  }

  /** A socket on the next port that is free. @throws Error when none of a hundred ports is */
  async #newSlot(): Promise<Slot> {
    for (let attempt = 1; ; attempt += 1) {
      const port = this.#nextPort;
      this.#nextPort = port + 1 < sourcePorts.first + sourcePorts.count ? port + 1 : sourcePorts.first;
      try {
        return this.#listen(await this.#bind(port));
      } catch (error) {
        if (attempt === 100) throw error;
      }
    }
  }

  async #bind(port: number): Promise<dgram.Socket> {
    const { family } = this.#options;
    const socket = dgram.createSocket({
      type: family,
      ipv6Only: family === 'udp6',
      recvBufferSize: receiveBufferBytes,
      // Addresses are given as numbers; the default would go through the resolver's thread pool.
      lookup: (host, _options, callback) => callback(null, host, isIPv6(host) ? 6 : 4),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(port, () => {
        socket.removeAllListeners('error');
        resolve();
      });
    });
    return socket;
  }

  #listen(socket: dgram.Socket): Slot {
    const slot: Slot = {
      socket,
      port: socket.address().port,
      flights: new Map(),
      nextId: Math.floor(this.#random() * 0x10000),
    };
    socket.on('error', (error) => this.#events.onSendError(codeOf(error)));
    socket.on('message', (message, from) => this.#receive(slot, message, from));
    return slot;
  }

  #receive(slot: Slot, message: Buffer, from: dgram.RemoteInfo): void {
    const id = message.length >= 12 ? message.readUInt16BE(0) : -1;
    const sent = slot.flights.get(id);
    if (sent?.address !== from.address || sent.port !== from.port) {
      this.#events.onStray();
      return;
    }
    if (this.#events.onMessage(sent.flight, message)) slot.flights.delete(id);
  }
}

/** The kernel's count of datagrams dropped at our socket on `port` (last column of /proc/net/udp). 0 where unknown. */
function dropsAt(port: number, family: 'udp4' | 'udp6'): number {
  try {
    const table = readFileSync(family === 'udp4' ? '/proc/self/net/udp' : '/proc/self/net/udp6', 'utf8');
    const local = `${'0'.repeat(family === 'udp4' ? 8 : 32)}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const line = table.split('\n').find((candidate) => candidate.trim().split(/\s+/)[1] === local);
    return Number(line?.trim().split(/\s+/).at(-1) ?? 0);
  } catch {
    return 0;
  }
}
