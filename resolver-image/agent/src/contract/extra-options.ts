/**
 * The allow-list of engine options for `extraConfig` (Unbound's server clause), and why the others are not on it.
 * It holds only what a running engine takes over without a restart and without losing a query, which
 * engines/unbound/runtime-options.dataplane.test.ts shows for each entry; so `extraConfig` never needs a rollout.
 */
import { isDomainName, isNetwork } from './text.js';

/** What an option's value must look like; `says` completes the sentence "the value must be ...". */
export interface ValueForm {
  readonly says: string;
  readonly fits: (value: string) => boolean;
}

export interface ExtraOption {
  readonly form: ValueForm;
  /** May be given more than once; every line adds to the list. */
  readonly repeatable: boolean;
  readonly group: 'answers' | 'resolution' | 'cache' | 'limits' | 'logging';
}

const isInteger = (text: string, min: number, max: number) =>
  /^(0|[1-9][0-9]{0,9})$/.test(text) && Number(text) >= min && Number(text) <= max;

const yesNo: ValueForm = { says: '`yes` or `no`', fits: (value) => value === 'yes' || value === 'no' };
const integer = (min: number, max: number): ValueForm => ({
  says: `a whole number from ${min} to ${max}`,
  fits: (value) => isInteger(value, min, max),
});
const network: ValueForm = { says: 'a network such as 192.0.2.0/24', fits: isNetwork };
const domain: ValueForm = { says: 'a domain name such as corp.example', fits: isDomainName };
const pair = (first: ValueForm, max: number): ValueForm => ({
  says: `${first.says}, a blank and a whole number from 0 to ${max}`,
  fits: (value) => {
    const [left = '', right = '', rest] = value.split(' ');
    return rest === undefined && first.fits(left) && isInteger(right, 0, max);
  },
});

type Group = ExtraOption['group'];
const once = (group: Group, form: ValueForm): ExtraOption => ({ group, form, repeatable: false });
const many = (group: Group, form: ValueForm): ExtraOption => ({ group, form, repeatable: true });

/** Every option that `extraConfig` may set. Bounds keep a typing error from starving or opening the engine. */
export const EXTRA_OPTIONS: ReadonlyMap<string, ExtraOption> = new Map([
  ['minimal-responses', once('answers', yesNo)],
  ['rrset-roundrobin', once('answers', yesNo)],
  ['deny-any', once('answers', yesNo)],
  ['ede', once('answers', yesNo)],
  ['max-udp-size', once('answers', integer(512, 65535))],
  ['edns-buffer-size', once('answers', integer(512, 4096))],
  ['harden-short-bufsize', once('answers', yesNo)],

  ['qname-minimisation', once('resolution', yesNo)],
  ['qname-minimisation-strict', once('resolution', yesNo)],
  ['use-caps-for-id', once('resolution', yesNo)],
  ['harden-glue', once('resolution', yesNo)],
  ['harden-unverified-glue', once('resolution', yesNo)],
  ['harden-below-nxdomain', once('resolution', yesNo)],
  ['harden-referral-path', once('resolution', yesNo)],
  ['harden-unknown-additional', once('resolution', yesNo)],
  ['private-address', many('resolution', network)],
  ['private-domain', many('resolution', domain)],
  ['do-not-query-address', many('resolution', network)],
  ['prefer-ip4', once('resolution', yesNo)],
  ['prefer-ip6', once('resolution', yesNo)],
  ['tcp-upstream', once('resolution', yesNo)],
  ['tls-use-sni', once('resolution', yesNo)],
  ['pad-queries', once('resolution', yesNo)],
  ['max-query-restarts', once('resolution', integer(1, 50))],
  ['max-sent-count', once('resolution', integer(1, 256))],
  ['max-global-quota', once('resolution', integer(16, 1024))],
  ['outbound-msg-retry', once('resolution', integer(1, 32))],
  ['unknown-server-time-limit', once('resolution', integer(50, 5000))],
  ['infra-host-ttl', once('resolution', integer(0, 86400))],
  ['infra-cache-min-rtt', once('resolution', integer(10, 5000))],
  ['infra-cache-max-rtt', once('resolution', integer(1000, 120000))],
  ['infra-cache-numhosts', once('resolution', integer(1000, 1000000))],
  ['infra-keep-probing', once('resolution', yesNo)],
  ['fast-server-permil', once('resolution', integer(0, 1000))],
  ['fast-server-num', once('resolution', integer(1, 16))],

  ['prefetch', once('cache', yesNo)],
  ['cache-max-negative-ttl', once('cache', integer(0, 86400))],
  ['cache-min-negative-ttl', once('cache', integer(0, 3600))],
  ['serve-original-ttl', once('cache', yesNo)],

  ['num-queries-per-thread', once('limits', integer(64, 65536))],
  ['jostle-timeout', once('limits', integer(10, 10000))],
  ['discard-timeout', once('limits', integer(0, 60000))],
  ['serve-expired-client-timeout', once('limits', integer(0, 1000))],
  ['wait-limit', once('limits', integer(0, 1000000))],
  ['wait-limit-netblock', many('limits', pair(network, 1000000))],
  ['ratelimit', once('limits', integer(0, 1000000))],
  ['ratelimit-factor', once('limits', integer(0, 1000))],
  ['ratelimit-backoff', once('limits', yesNo)],
  ['ratelimit-for-domain', many('limits', pair(domain, 1000000))],
  ['ratelimit-below-domain', many('limits', pair(domain, 1000000))],
  ['ip-ratelimit', once('limits', integer(0, 1000000))],
  ['ip-ratelimit-factor', once('limits', integer(0, 1000))],
  ['ip-ratelimit-backoff', once('limits', yesNo)],
  ['unwanted-reply-threshold', once('limits', integer(0, 2000000000))],
  ['delay-close', once('limits', integer(0, 10000))],
  ['tcp-reuse-timeout', once('limits', integer(1000, 600000))],
  ['max-reuse-tcp-queries', once('limits', integer(1, 10000))],
  ['tcp-auth-query-timeout', once('limits', integer(100, 60000))],

  ['verbosity', once('logging', integer(0, 2))],
  ['log-queries', once('logging', yesNo)],
  ['log-replies', once('logging', yesNo)],
  ['log-servfail', once('logging', yesNo)],
  ['log-local-actions', once('logging', yesNo)],
  ['log-tag-queryreply', once('logging', yesNo)],
] as const);

const FIELD = (field: string) => `is set by dnsfleet; use \`${field}\` instead`;
const OWN = 'is set by dnsfleet and must keep its value for the server to be supervised; remove the line';
const RESTART = 'takes effect only when the engine restarts, so a running server could not apply it; remove the line';
const FILES = 'reads or writes files or runs programs in the server; remove the line';
const VALIDATION = 'belongs to DNSSEC validation, which this version does not run; remove the line';

/** Why an option is refused, for those that people are likely to try. */
const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'num-threads': FIELD('engine.threads'),
    'access-control': FIELD('access.allow'),
    'msg-cache-size': FIELD('cache.size'),
    'rrset-cache-size': FIELD('cache.size'),
    'cache-max-ttl': FIELD('cache.maxTtlSeconds'),
    'cache-min-ttl': FIELD('cache.minTtlSeconds'),
    'serve-expired': FIELD('cache.serveStale'),
    'serve-expired-ttl': FIELD('cache.serveStale.maxStaleSeconds'),
    'serve-expired-reply-ttl': FIELD('cache.serveStale.answerTtlSeconds'),
    'serve-expired-ttl-reset': FIELD('cache.serveStale'),
    'ede-serve-expired': FIELD('cache.serveStale'),
    'root-hints': FIELD('upstreams.rootHints'),
    'local-zone': FIELD('upstreams.localZones'),
    'local-data': FIELD('upstreams.localZones'),
    'local-data-ptr': FIELD('upstreams.localZones'),
    'forward-zone': FIELD('upstreams.zones'),
    'stub-zone': FIELD('upstreams.zones'),
    'auth-zone': FIELD('upstreams.localZones'),
    'forward-addr': FIELD('upstreams.servers'),
    'stub-addr': FIELD('upstreams.zones'),
    'tls-upstream': FIELD('upstreams.servers[].tlsServerName'),
    port: FIELD('listeners.dns.port'),
    interface: FIELD('listeners'),
    'do-not-query-localhost': OWN,
    identity: OWN,
    'hide-identity': OWN,
    'hide-version': OWN,
    'extended-statistics': OWN,
    'statistics-interval': OWN,
    'statistics-cumulative': OWN,
    'module-config': OWN,
    'do-daemonize': OWN,
    'use-systemd': OWN,
    username: OWN,
    server: 'opens a clause; write only options of the server clause, one `option: value` a line',
    'remote-control': 'opens the control channel, which belongs to the agent; remove the line',
    view: 'is not offered; remove the line',
    rpz: 'is not offered; remove the line',
    cachedb: 'is not offered; remove the line',
    dnstap: 'is not offered; remove the line',
    'tcp-idle-timeout': RESTART,
    'incoming-num-tcp': RESTART,
    'outgoing-num-tcp': RESTART,
    'outgoing-range': RESTART,
    'harden-large-queries': RESTART,
    'udp-connect': RESTART,
    'so-reuseport': RESTART,
    'so-rcvbuf': RESTART,
    'so-sndbuf': RESTART,
    'msg-buffer-size': RESTART,
    'edns-tcp-keepalive': RESTART,
    'edns-tcp-keepalive-timeout': RESTART,
    chroot: FILES,
    directory: FILES,
    include: FILES,
    'include-toplevel': FILES,
    logfile: FILES,
    pidfile: FILES,
    'use-syslog': FILES,
    'python-script': FILES,
    'dynlib-file': FILES,
    'tls-cert-bundle': FILES,
    'tls-service-key': FILES,
    'tls-service-pem': FILES,
  }),
);

/** Families of options with one reason; asked after the exact names. */
const REFUSED_FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(control|server-cert|server-key)-/, 'opens the control channel, which belongs to the agent; remove the line'],
  [/^(python|dynlib|ipset|ipsecmod)/, FILES],
  [
    /^(val|trust|trusted|auto-trust|harden-algo|harden-dnssec|aggressive|domain-insecure|dlv|root-key)(-|$)/,
    VALIDATION,
  ],
  [/^(do-(ip4|ip6|udp|tcp)|ip-(transparent|freebind)|interface-.*|outgoing-(interface|port-.*))$/, FIELD('listeners')],
  [/-slabs$/, RESTART],
];

/** Why `option` may not be set, as the end of a sentence that begins with its name; never empty. */
export function whyRefused(option: string): string {
  const reason = REFUSED.get(option) ?? REFUSED_FAMILIES.find(([pattern]) => pattern.test(option))?.[1];
  if (reason !== undefined) return reason;
  const near = [...EXTRA_OPTIONS.keys()].find((known) => isNear(known, option));
  return `is not on the list of allowed options; ${near === undefined ? 'remove the line' : `did you mean \`${near}\`?`}`;
}

/** Whether two words differ by one letter that was changed, added or left out. */
function isNear(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  let end = 0;
  const shorter = Math.min(left.length, right.length);
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  return Math.max(left.length, right.length) - start - end <= 1;
}
