/**
 * IP addresses and networks as numbers, so that two spellings of one address compare equal. Strict in what Kubernetes'
 * CEL functions `isIP` and `isCIDR` are strict in: no leading zeros, no zone, no IPv4 address mapped into IPv6.
 */

/** An address: `value` has 32 or 128 bits. */
export interface Ip {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A network; `base` may have bits beyond the prefix set, as written. */
export interface Cidr {
  readonly base: Ip;
  readonly prefix: number;
}

const widths = { 4: 32, 6: 128 } as const;

/** Reads an address; undefined when `text` is none. */
export function parseIp(text: string): Ip | undefined {
  const value = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family: text.includes(':') ? 6 : 4, value };
}

/** Reads a network in CIDR notation; undefined when `text` is none. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const base = parseIp(match?.[1] ?? '');
  const prefix = Number(match?.[2]);
  return base && prefix <= widths[base.family] ? { base, prefix } : undefined;
}

/** Whether two texts are the same address, however they are spelt; false when one is no address. */
export function isSameIp(a: string, b: string): boolean {
  const [left, right] = [parseIp(a), parseIp(b)];
  return left !== undefined && left.family === right?.family && left.value === right.value;
}

/** Whether no bit beyond the prefix is set, as in `192.0.2.0/24` but not in `192.0.2.1/24`. */
export function isMasked({ base, prefix }: Cidr): boolean {
  return base.value % (1n << BigInt(widths[base.family] - prefix)) === 0n;
}

/** Whether `network` (CIDR notation) contains the address; false when it is no network of that family. */
export function contains(network: string, ip: Ip): boolean {
  const cidr = parseCidr(network);
  if (cidr?.base.family !== ip.family) return false;
  const hostBits = BigInt(widths[ip.family] - cidr.prefix);
  return cidr.base.value >> hostBits === ip.value >> hostBits;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  const isByte = (part: string) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255;
  if (parts.length !== 4 || !parts.every(isByte)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = withHexTail(text).split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  const value = groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
  return value >> 32n === mappedPrefix ? undefined : value;
}

/** `::ffff:0:0/96` (RFC 4291, section 2.5.5.2): another way to write an IPv4 address, which ACLs would not see as one. */
const mappedPrefix = 0xffffn;

/** The last 32 bits of an IPv6 address may be written as an IPv4 address. */
function withHexTail(text: string): string {
  const [, head = '', tail = ''] = /^(.*:)([0-9.]+[.][0-9]+)$/.exec(text) ?? [];
  const value = parseIpv4(tail);
  return value === undefined ? text : `${head}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
