/**
 * An address and a port as people write them: `192.0.2.1:53`, `[2001:db8::1]:53`.
 */
import { isIP } from 'node:net';

/** Where a server listens. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Reads `ADDRESS:PORT` with IPv6 addresses in brackets. @throws Error when it is something else */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(address) === 0 || !(port >= 0 && port < 65536)) {
    throw new Error(`reading the endpoint '${text}': want ADDRESS:PORT or [ADDRESS]:PORT`);
  }
  return { address: isIP(address) === 6 ? shortest(address) : address, port };
}

/** The form of an IPv6 address in which sockets report it (RFC 5952). */
function shortest(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** Writes an endpoint so that `parseEndpoint` reads it back. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
