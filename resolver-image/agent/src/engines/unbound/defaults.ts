/**
 * Options that we set and that `extraConfig` may change: everything in the allow-list that has one value (asserted by a
 * test), so that another version of the engine, with other defaults, behaves the same. Separate from the renderer
 * because these are opinions, each with its reason.
 */
import type { ResolverConfig } from '../../contract/resolver-config.js';

type Default = readonly [option: string, value: string | number];

const CHOSEN: readonly Default[] = [
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
  // Unbound's own 1000 for each client address gives everybody else behind a node cache or an address translation
  // SERVFAIL as soon as upstreams are slow: at 2,000 new names/s that take 2 s, to 1,999 of 3,000 (measured). What
  // bounds a server is num-queries-per-thread. Not 0: then Unbound heeds no wait-limit-netblock either.
  ['wait-limit', 1_000_000],
  ['verbosity', 1],
];

/** What Unbound does by itself, too: the values of 1.26.2, by `unbound-checkconf -o`. */
const UNCHANGED: readonly Default[] = [
  ['harden-short-bufsize', 'yes'],
  ['qname-minimisation-strict', 'no'],
  ['use-caps-for-id', 'no'],
  ['harden-glue', 'yes'],
  ['harden-unverified-glue', 'no'],
  ['harden-below-nxdomain', 'yes'],
  ['harden-referral-path', 'no'],
  ['harden-unknown-additional', 'no'],
  ['prefer-ip4', 'no'],
  ['prefer-ip6', 'no'],
  ['tcp-upstream', 'no'],
  ['tls-use-sni', 'yes'],
  ['pad-queries', 'yes'],
  ['max-query-restarts', 11],
  ['max-sent-count', 32],
  ['max-global-quota', 200],
  ['outbound-msg-retry', 5],
  ['unknown-server-time-limit', 376],
  ['infra-host-ttl', 900],
  ['infra-cache-max-rtt', 120_000],
  ['infra-cache-numhosts', 10_000],
  ['infra-keep-probing', 'no'],
  ['fast-server-permil', 0],
  ['fast-server-num', 3],
  ['cache-max-negative-ttl', 3600],
  ['cache-min-negative-ttl', 0],
  ['serve-original-ttl', 'no'],
  ['ratelimit', 0],
  ['ratelimit-factor', 10],
  ['ratelimit-backoff', 'no'],
  ['ip-ratelimit', 0],
  ['ip-ratelimit-factor', 10],
  ['ip-ratelimit-backoff', 'no'],
  ['unwanted-reply-threshold', 0],
  ['delay-close', 0],
  ['tcp-reuse-timeout', 60_000],
  ['max-reuse-tcp-queries', 200],
  ['tcp-auth-query-timeout', 3000],
  ['log-queries', 'no'],
  ['log-replies', 'no'],
  ['log-servfail', 'no'],
  ['log-local-actions', 'no'],
  ['log-tag-queryreply', 'no'],
];

/**
 * The least time in milliseconds that a server of a forward zone, or of everything, is given before the next try. It
 * recurses itself: it answers most names within a millisecond, which brings Unbound's patience down to 50 ms and all
 * five tries to half a second, and then takes seconds for the next name. Of 270 names that took 3 s, SERVFAIL was the
 * answer to 270 at 50 ms, 40 at 400, none at 600 and more (measured). The price is a wait of 800 ms when a datagram is
 * lost, to an authoritative server too where a recursive server has a forward zone: the option holds for all servers.
 */
const PATIENCE_WITH_FORWARDERS = 800;
/** Unbound's own, for authoritative servers alone. */
const PATIENCE = 50;

/** The defaults for a configuration. */
export const tunableDefaults = ({ upstreams }: ResolverConfig): readonly Default[] => {
  const forwards = [upstreams, ...upstreams.zones].some(({ mode }) => mode === 'Forward');
  return [...CHOSEN, ['infra-cache-min-rtt', forwards ? PATIENCE_WITH_FORWARDERS : PATIENCE], ...UNCHANGED];
};
