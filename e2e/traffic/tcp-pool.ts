/**
 * TCP connections that are used for many queries, several at a time, as RFC 7766 asks of clients, and replaced when they
 * are old. What a broken connection carried is handed back, since a client may ask once more on a new one.
 */
import net from 'node:net';
import type { Random } from '../../operator/src/runtime/clock.js';
import { formatEndpoint } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { withId } from './flight.js';
import type { Departure, Flight, FlightEvents } from './flight.js';
import type { ClientConnections } from './ledger.js';
import { frame, FrameReader } from './tcp-frames.js';

/** How a pool is set up. */
export interface TcpPoolOptions {
  /** Connections kept to each target. */
  readonly perTarget: number;
  /** Age at which a connection gets no new queries, in milliseconds. */
  readonly lifetimeMs: number;
}

/** What a pool reports beside arrivals. */
export interface TcpEvents extends FlightEvents {
  /** A connection broke, or was closed by the server, with these flights unanswered. */
  onBroken(flights: readonly Flight[]): void;
}

interface Connection {
  readonly socket: net.Socket;
  readonly openedMs: number;
  readonly flights: Map<number, Flight>;
  nextId: number;
  /** False once it gets no new queries. */
  accepting: boolean;
}

/** Connections to all targets. */
export class TcpPool {
  readonly #options: TcpPoolOptions;
  readonly #events: TcpEvents;
  readonly #random: Random;
  readonly #byTarget = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();
  /** Ended by us, and not yet by the server: one that is gone, or has no time, never does. */
  readonly #ending = new Set<net.Socket>();
  #turn = 0;
  readonly #figures = { opened: 0, reset: 0, cutOff: 0 };

  constructor(options: TcpPoolOptions, events: TcpEvents, random: Random) {
    this.#options = options;
    this.#events = events;
    this.#random = random;
  }

  /** Sends on one of the target's connections in turn, opened first where there are too few. */
  send({ flight, to }: Departure, nowMs: number): void {
    const key = formatEndpoint(to);
    const shared = (this.#byTarget.get(key) ?? []).filter((connection) => connection.accepting);
    if (shared.length < this.#options.perTarget) shared.push(this.#open(to, nowMs));
    this.#byTarget.set(key, shared);
    this.#turn += 1;
    const connection = shared[this.#turn % shared.length];
    if (connection) this.#write(connection, flight);
  }

  /** Sends on one new connection, which carries nothing else. */
  sendOnNew(flights: readonly Flight[], to: Endpoint, nowMs: number): void {
    const connection = this.#open(to, nowMs);
    connection.accepting = false;
    for (const flight of flights) this.#write(connection, flight);
  }

  /** Gives no more queries to the connection on which `flight` waited in vain. */
  abandon(flight: Flight): void {
    for (const connection of this.#all) {
      for (const [id, other] of connection.flights) {
        if (other !== flight) continue;
        connection.flights.delete(id);
        connection.accepting = false;
        this.#endIfDone(connection);
      }
    }
  }

  /** Takes old connections out of use. */
  renew(nowMs: number): void {
    for (const connection of this.#all) {
      if (nowMs - connection.openedMs < this.#options.lifetimeMs) continue;
      connection.accepting = false;
      this.#endIfDone(connection);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const connection of this.#all) connection.socket.destroy();
    for (const socket of this.#ending) socket.destroy();
    this.#all.clear();
    this.#byTarget.clear();
  }

  /** What became of the connections so far. */
  get figures(): ClientConnections {
    return { ...this.#figures };
  }

  #open(to: Endpoint, nowMs: number): Connection {
    const socket = net.connect({ host: to.address, port: to.port });
    const nextId = Math.floor(this.#random() * 0x10000);
    const connection: Connection = { socket, openedMs: nowMs, flights: new Map(), nextId, accepting: true };
    const reader = new FrameReader();
    this.#figures.opened += 1;
    this.#all.add(connection);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      for (const message of reader.push(chunk)) this.#receive(connection, message);
    });
    socket.on('end', () => this.#break(connection));
    socket.on('error', () => {
      if (this.#all.has(connection)) this.#figures.reset += 1;
      this.#break(connection);
    });
    socket.on('close', () => {
      this.#ending.delete(socket);
      this.#break(connection);
    });
    return connection;
  }

  #write(connection: Connection, flight: Flight): void {
    const id = connection.nextId;
    connection.nextId = (id + 1) & 0xffff;
    connection.flights.set(id, flight);
    connection.socket.write(frame(withId(flight.query.message, id)));
  }

  #receive(connection: Connection, message: Buffer): void {
    const id = message.length >= 12 ? message.readUInt16BE(0) : -1;
    const flight = connection.flights.get(id);
    if (!flight) {
      this.#events.onStray();
      return;
    }
    if (!this.#events.onMessage(flight, message)) return;
    connection.flights.delete(id);
    this.#endIfDone(connection);
  }

  #endIfDone(connection: Connection): void {
    if (connection.accepting || connection.flights.size > 0) return;
    this.#all.delete(connection);
    this.#ending.add(connection.socket);
    connection.socket.end();
  }

  /** Runs once for a connection, whichever event told of its end first. */
  #break(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    connection.accepting = false;
    const flights = [...connection.flights.values()];
    connection.flights.clear();
    connection.socket.destroy();
    if (flights.length === 0) return;
    this.#figures.cutOff += 1;
    this.#events.onBroken(flights);
  }
}
