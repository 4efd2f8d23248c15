/**
 * The zones that Unbound answers by itself when nothing else is said (RFC 6303, RFC 6761, RFC 8375), as
 * `unbound-control list_local_zones` of 1.26.2 says. Only those that may lie inside a zone of somebody's are here, so no
 * top-level domain; and not loopback, unspecified and broadcast addresses, which mean the asking machine or network and
 * which no other server knows.
 */

const reversed = (addresses: readonly string[]) => addresses.map((labels) => `${labels}.in-addr.arpa.`);
const range = (first: number, last: number, rest: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}.${rest}`);

const BUILT_IN_ZONES: readonly string[] = [
  'home.arpa.',
  'resolver.arpa.',
  'service.arpa.',
  ...reversed(['10', '168.192', '254.169', '2.0.192', '100.51.198', '113.0.203']),
  ...reversed(range(16, 31, 172)),
  ...reversed(range(64, 127, 100)),
  ...['d.f', '8.e.f', '9.e.f', 'a.e.f', 'b.e.f', '8.b.d.0.1.0.0.2'].map((labels) => `${labels}.ip6.arpa.`),
];

/** The zones that Unbound answers by itself below `zone`, a canonical name; not `zone` itself. */
export const builtInZonesBelow = (zone: string): readonly string[] =>
  BUILT_IN_ZONES.filter((name) => name.endsWith(`.${zone}`));
