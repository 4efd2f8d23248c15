/**
 * Options that we set and that `extraConfig` may change. Separate from the renderer because these are opinions, each
 * with its reason; all of them are in the allow-list (asserted by a test).
 */
import type { ResolverConfig } from '../../contract/resolver-config.js';

type Default = readonly [option: string, value: string | number];

const ALWAYS: readonly Default[] = [
  // The size that fits every path (DNS flag day 2020).
  ['edns-buffer-size', 1232],
  ['max-udp-size', 1232],
  ['minimal-responses', 'yes'],
  ['rrset-roundrobin', 'yes'],
  ['deny-any', 'yes'],
  ['ede', 'yes'],
  ['prefetch', 'yes'],
  ['qname-minimisation', 'yes'],
  // With libevent this is how many recursions one thread keeps; outgoing-range is twice as many sockets.
  ['num-queries-per-thread', 4096],
  ['jostle-timeout', 200],
  // Unbound's own 1900 throws away what took longer: of 236 names that take 3 s upstream, 214 got no answer at all
  // (measured). Stub resolvers wait 5 s.
  ['discard-timeout', 4800],
  // How long a client may wait for a fresh answer before it gets an expired one. Unbound's own 1800 loses two thirds of
  // the queries at 2,000/s when the upstream is gone (measured).
  ['serve-expired-client-timeout', 100],
  ['verbosity', 1],
];

/**
 * A forwarder's upstream recurses itself: it answers most names within a millisecond, which brings Unbound's patience
 * down to 50 ms and all five tries to half a second, and then takes seconds for the next name. Of 270 names that took
 * 3 s, SERVFAIL was the answer to 270 at 50 ms, 40 at 400, none at 600 and more (measured). The price is a wait of
 * 800 ms when a datagram to the upstream is lost.
 */
const WHEN_FORWARDING: readonly Default[] = [['infra-cache-min-rtt', 800]];

/** The defaults for a configuration. */
export const tunableDefaults = ({ upstreams }: ResolverConfig): readonly Default[] =>
  upstreams.mode === 'Forward' ? [...ALWAYS, ...WHEN_FORWARDING] : ALWAYS;
