/**
 * Options that we set and that `extraConfig` may change. Separate from the renderer because these are opinions, each
 * with its reason; all of them are in the allow-list (asserted by a test).
 */
export const TUNABLE_DEFAULTS: readonly (readonly [option: string, value: string | number])[] = [
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
  // Unbound would throw away an answer that took longer than 1.9 s. Stub resolvers wait 5 s, and a slow answer is an answer.
  ['discard-timeout', 4800],
  ['verbosity', 1],
];
