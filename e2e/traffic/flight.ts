/**
 * One query on its way: what the sockets, the waiting list and the ledger share about it.
 */
import type { Endpoint } from './endpoint.js';
import type { Client } from './client.js';
import type { Entry, Transport } from './ledger.js';
import type { Query } from './queries.js';
import type { Waiter } from './waiting.js';

/** A query that was sent. */
export interface Flight extends Waiter {
  readonly entry: Entry;
  readonly query: Query;
  readonly client: Client;
  /** How it travels now: a query over UDP goes on over TCP when its answer says so (TC). */
  over: Transport;
  /** 1, or 2 for the one retry over TCP. */
  attempt: number;
}

/** What a pool of sockets reports. */
export interface FlightEvents {
  /** A message with the id of `flight` came. Returns true when it ends the flight, so that its id is forgotten. */
  onMessage(flight: Flight, message: Buffer): boolean;
  /** A message came that belongs to nothing. */
  onStray(): void;
  /** The system refused to send. Nothing is sent again: the query waits, and is lost if that was all. */
  onSendError(code: string): void;
}

/** Sends one flight to one endpoint. */
export interface Departure {
  readonly flight: Flight;
  readonly to: Endpoint;
}

/** A copy of the query's message under `id`. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** The code of a system error, or its message. */
export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
