/**
 * Which zone a server answers for and whom it delegates to. Separate from the answers because a private root is
 * described by nothing but a list of zones and addresses: delegations and glue follow from it.
 */
import { isIPv6 } from 'node:net';

/** A zone and the address at which it is served. Names end in no dot; the root is the empty string. */
export interface Zone {
  readonly origin: string;
  readonly address: string;
}

/** A cut below a zone: the child's origin, and the name and address of its server. */
export interface Delegation {
  readonly origin: string;
  readonly server: string;
  readonly address: string;
}

/** Reads `ORIGIN=ADDRESS`, such as `.=198.18.254.1` or `load.test.=198.18.254.3`. @throws Error when it is neither */
export function parseZone(text: string): Zone {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new Error(`reading the zone '${text}': want ORIGIN=ADDRESS`);
  return { origin: canonical(text.slice(0, at)), address: text.slice(at + 1) };
}

/** The name of the one server of a zone. It lies inside the zone, so that every delegation needs glue. */
export function serverOf(zone: Zone): string {
  return zone.origin === '' ? 'ns.root-servers' : `ns.${zone.origin}`;
}

/** The cut on the way from `zone` to `name`, or undefined when `zone` itself has the answer. */
export function delegationOf(name: string, zone: Zone, zones: readonly Zone[]): Delegation | undefined {
  const below = zones.filter((other) => other.origin !== zone.origin && isWithin(other.origin, zone.origin));
  const child = below
    .filter((other) => isWithin(canonical(name), other.origin))
    .sort((left, right) => left.origin.length - right.origin.length)[0];
  return child && { origin: child.origin, server: serverOf(child), address: child.address };
}

/** True for a zone that delegates: it holds cuts and no names of its own. */
export function delegates(zone: Zone, zones: readonly Zone[]): boolean {
  return zones.some((other) => other.origin !== zone.origin && isWithin(other.origin, zone.origin));
}

/** True if `name` is `origin` or lies below it. */
export function isWithin(name: string, origin: string): boolean {
  return origin === '' || name === origin || name.endsWith(`.${origin}`);
}

/** Lower case and no last dot. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The record type that holds an address. */
export function addressType(address: string): 'A' | 'AAAA' {
  return isIPv6(address) ? 'AAAA' : 'A';
}
