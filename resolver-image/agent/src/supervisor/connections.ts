/**
 * Bounds the connections of a server without shutting anybody out: at the limit the oldest of whoever holds most is
 * ended. Everybody in the cluster reaches the port that the kubelet asks, and must not be able to starve it.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What is known of an open connection. */
export interface Connection {
  /** The client's address. */
  readonly address: string;
  /** Whether a request is being answered. */
  readonly isBusy: boolean;
}

/** The one to end, of `connections` from the oldest to the newest; undefined if there is none. */
export function connectionToEnd<T extends Connection>(connections: readonly T[]): T | undefined {
  const held = new Map<string, number>();
  for (const { address } of connections) held.set(address, (held.get(address) ?? 0) + 1);
  const most = Math.max(...held.values());
  const candidates = connections.filter(({ address }) => held.get(address) === most);
  return candidates.find(({ isBusy }) => !isBusy) ?? candidates[0];
}

/** Keeps `server` at no more than `max` connections. */
export function limitConnections(server: Server, max: number): void {
  const open = new Map<Socket, { readonly socket: Socket; readonly address: string; isBusy: boolean }>();
  server.on('connection', (socket: Socket) => {
    open.set(socket, { socket, address: socket.remoteAddress ?? '', isBusy: false });
    socket.on('close', () => open.delete(socket));
    if (open.size <= max) return;
    const ended = connectionToEnd([...open.values()]);
    if (ended === undefined) return;
    open.delete(ended.socket);
    ended.socket.destroy();
  });
  server.on('request', ({ socket }, response) => {
    const connection = open.get(socket);
    if (connection === undefined) return;
    connection.isBusy = true;
    response.on('close', () => (connection.isBusy = false));
  });
}
