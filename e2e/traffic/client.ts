/**
 * One kind of client: whom it asks, and for how long it keeps a source port. A Service pins a port that is in use to one
 * server, so that clients with long-lived ports meet the removal of a server quite differently from those with fresh ones.
 */
import { isIPv6 } from 'node:net';
import type { Random } from '../../operator/src/runtime/clock.js';
import type { Departure, Flight, FlightEvents } from './flight.js';
import type { ClientConnections } from './ledger.js';
import { TargetRing } from './targets.js';
import type { HealthRule, Target } from './targets.js';
import { TcpPool } from './tcp-pool.js';
import type { TcpEvents } from './tcp-pool.js';
import { sourcePorts, UdpPool } from './udp-pool.js';

/** A kind of client, by which a load is accounted. */
export interface ClientOptions {
  readonly name: string;
  readonly targets: readonly Target[];
  /** How long a source port is used, of UDP and of TCP; Infinity is the whole load. */
  readonly portLifetimeSeconds: number;
}

/** What all clients of a load share. */
export interface ClientSettings {
  readonly health: HealthRule;
  /** UDP sockets of each client and address family, each replaced at the end of its life. */
  readonly udpSockets: number;
  readonly tcpConnectionsPerTarget: number;
  /** How long a replaced UDP socket still listens for answers. */
  readonly lingerMs: number;
  /** The share of all source ports, from 0 to 1, at which the client's own begin: several must not meet. */
  readonly portShare: number;
}

/** What a client reports. */
export interface ClientEvents extends FlightEvents {
  onBroken(client: Client, flights: readonly Flight[]): void;
}

/** One kind of client with its sockets. */
export class Client {
  readonly options: ClientOptions;
  readonly ring: TargetRing;
  readonly #settings: ClientSettings;
  readonly #events: ClientEvents;
  readonly #random: Random;
  readonly #udp = new Map<boolean, UdpPool>();
  readonly #tcp: TcpPool;

  constructor(
    { settings, ...options }: ClientOptions & { readonly settings: ClientSettings },
    events: ClientEvents,
    random: Random,
  ) {
    this.options = options;
    this.ring = new TargetRing(options.targets, settings.health);
    this.#settings = settings;
    this.#events = events;
    this.#random = random;
    const tcpEvents: TcpEvents = {
      onMessage: (flight, message) => events.onMessage(flight, message),
      onStray: () => events.onStray(),
      onSendError: (code) => events.onSendError(code),
      onBroken: (flights) => events.onBroken(this, flights),
    };
    this.#tcp = new TcpPool(
      { perTarget: settings.tcpConnectionsPerTarget, lifetimeMs: options.portLifetimeSeconds * 1000 },
      tcpEvents,
      random,
    );
  }

  /** Opens the UDP sockets. `wallMs` is the time of day. @throws Error when one cannot be had */
  async open(nowMs: number, wallMs: number): Promise<void> {
    const { targets, portLifetimeSeconds } = this.options;
    for (const isIpv6 of new Set(targets.map(({ endpoint }) => isIPv6(endpoint.address)))) {
      const pool = new UdpPool(
        {
          family: isIpv6 ? 'udp6' : 'udp4',
          sockets: this.#settings.udpSockets,
          lifetimeMs: portLifetimeSeconds * 1000,
          lingerMs: this.#settings.lingerMs,
          firstPort: firstPortAt(wallMs, this.#settings.portShare),
        },
        this.#events,
        this.#random,
      );
      this.#udp.set(isIpv6, pool);
      await pool.open(nowMs);
    }
  }

  /** Sends over UDP. */
  sendUdp(departure: Departure): void {
    this.#udp.get(isIPv6(departure.to.address))?.send(departure);
  }

  /** Sends over one of the TCP connections. */
  sendTcp(departure: Departure, nowMs: number): void {
    this.#tcp.send(departure, nowMs);
  }

  /** Sends again over one new TCP connection, to wherever a new connection would go now. */
  sendAgain(flights: readonly Flight[], nowMs: number): void {
    this.#tcp.sendOnNew(flights, this.ring.next().endpoint, nowMs);
  }

  /** Gives no more queries to the connection on which `flight` waited in vain. */
  abandon(flight: Flight): void {
    this.#tcp.abandon(flight);
  }

  /** Replaces what is old. */
  renew(nowMs: number): void {
    for (const pool of this.#udp.values()) pool.renew(nowMs);
    this.#tcp.renew(nowMs);
  }

  close(): void {
    for (const pool of this.#udp.values()) pool.close();
    this.#tcp.close();
  }

  /** Answers that the kernel dropped at closed UDP sockets. */
  get drops(): number {
    return [...this.#udp.values()].reduce((sum, pool) => sum + pool.drops, 0);
  }

  get connections(): ClientConnections {
    return this.#tcp.figures;
  }
}

/** A run that starts later begins beyond the ports of an earlier one, which used up about 7 a second. */
function firstPortAt(nowMs: number, share: number): number {
  const { first, count } = sourcePorts;
  return first + ((Math.floor(nowMs / 1000) * 16 + Math.floor(count * share)) % count);
}
