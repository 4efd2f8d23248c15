/**
 * Writes Unbound's configuration file: a pure function of the configuration and the facts of the pod. Nothing in it
 * may depend on the time or on what was there before, so that "is this text in force" is a comparison of texts.
 * Every value passed a form of contract/text.ts or is a number, so none can end a line.
 */
import { createHash } from 'node:crypto';
import { parseExtraConfig } from '../../contract/extra-config.js';
import type { LocalZone, ResolverConfig, UpstreamServer, UpstreamZone } from '../../contract/resolver-config.js';
import { canonicalName } from '../../contract/text.js';
import type { HostFacts, Rendered } from '../engine.js';
import { builtInZonesBelow } from './built-in-zones.js';
import { cacheSplit } from './cache-split.js';
import { tunableDefaults } from './defaults.js';

/** The root servers of the Internet, from Debian's dns-root-data. */
const INTERNET_ROOT_HINTS = '/usr/share/dns/root.hints';

/**
 * Bytes for queries that wait to be read, at each socket of each thread. Up to the node's net.core.rmem_max it takes no
 * privilege, and what is above is cut; the kernel grants twice the figure, and a query takes 832 of that (measured). So
 * 2,048 queries may arrive at once where the node allows it, and 512 at Linux' usual 212,992; the default kept 256. It
 * is four times that usual limit because from there on the engine warns that it got less than half. And not more: at
 * 20,000 answers/s a full queue makes a query wait for 0.1 s, and a longer one would keep queries that nobody waits for.
 */
const RECEIVE_BUFFER = 4 * 212_992;

type Line = readonly [option: string, value: string | number];

const quoted = (text: string): string => `"${text}"`;
const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** Renders the files for `config`. Throws if `facts` hold a value that has no place in a configuration file. */
export function render(config: ResolverConfig, facts: HostFacts): Rendered {
  if (!/^[A-Za-z0-9.-]{1,253}$/.test(facts.identity)) throw new Error(`identity ${JSON.stringify(facts.identity)}`);
  for (const path of [facts.runDirectory, facts.certificateBundle]) {
    if (!/^\/[\w./+-]*$/.test(path)) throw new Error(`path ${JSON.stringify(path)}`);
  }
  const hints = rootHints(config);
  const clauses = [
    clause('server', [
      ...listening(facts),
      ...daemon(facts),
      ...access(config),
      ...cache(config, facts),
      ...localZones(config),
      ...resolution(config, facts),
      ...rootHintLines(config, facts, hints),
      ...tuning(config),
    ]),
    ...forwardZones(config).map(upstreamClause),
    clause('remote-control', [
      ['control-enable', 'yes'],
      ['control-interface', quoted(`${facts.runDirectory}/control.sock`)],
      ['control-use-cert', 'no'],
    ]),
  ];
  return { text: `# Written by the dnsfleet agent; changes are overwritten.\n${clauses.join('')}`, files: hints };
}

const clause = (name: string, lines: readonly Line[]): string =>
  `${name}:\n${lines.map(([option, value]) => `  ${option}: ${value}\n`).join('')}`;

function listening(facts: HostFacts): Line[] {
  return [
    ...facts.listen.map((address): Line => ['interface', `${address}@${facts.port}`]),
    ['port', facts.port],
    ['do-ip4', 'yes'],
    ['do-ip6', yesNo(facts.ipv6)],
    ['so-reuseport', 'yes'],
    ['so-rcvbuf', RECEIVE_BUFFER],
    // The kernel's own: an answer that finds no room is tried again, and the engine's 4 MiB would warn on most nodes.
    ['so-sndbuf', 0],
    ['incoming-num-tcp', 256],
    ['outgoing-num-tcp', 64],
    ['outgoing-range', 8192],
    // The engine's own, and nothing that a running engine could change.
    ['udp-connect', 'yes'],
    ['harden-large-queries', 'no'],
  ];
}

function daemon(facts: HostFacts): Line[] {
  return [
    ['num-threads', facts.threads],
    ['do-daemonize', 'no'],
    ['use-syslog', 'no'],
    ['logfile', quoted('')],
    ['pidfile', quoted('')],
    ['username', quoted('')],
    ['chroot', quoted('')],
    ['directory', quoted(facts.runDirectory)],
    ['module-config', quoted('iterator')],
    ['identity', quoted(facts.identity)],
    ['hide-identity', 'no'],
    ['hide-version', 'yes'],
    ['extended-statistics', 'yes'],
    // Someone who runs `unbound-control stats` by hand must not set the counters back.
    ['statistics-cumulative', 'yes'],
    ['statistics-interval', 0],
  ];
}

/** The first of two equal networks counts, so what the user allows comes before what is closed. */
function access(config: ResolverConfig): Line[] {
  const allowed = ['127.0.0.0/8', '::1/128', ...config.access.allow];
  return [
    ...allowed.map((network): Line => ['access-control', `${network} allow`]),
    ['access-control', '0.0.0.0/0 refuse'],
    ['access-control', '::0/0 refuse'],
  ];
}

function cache({ cache: { sizeBytes, ...rest } }: ResolverConfig, facts: HostFacts): Line[] {
  const { answers, records } = cacheSplit(sizeBytes);
  const slabs = powerOfTwo(facts.threads);
  const stale = rest.serveStale;
  return [
    ['msg-cache-size', answers],
    ['rrset-cache-size', records],
    ...['msg', 'rrset', 'infra', 'key', 'ratelimit', 'ip-ratelimit'].map((table): Line => [slabOption(table), slabs]),
    ['cache-min-ttl', rest.minTtlSeconds],
    ['cache-max-ttl', rest.maxTtlSeconds],
    ['serve-expired', yesNo(stale !== undefined)],
    ['serve-expired-ttl', stale?.maxStaleSeconds ?? 0],
    ['serve-expired-ttl-reset', 'no'],
    ['serve-expired-reply-ttl', stale?.answerTtlSeconds ?? 30],
    ['ede-serve-expired', yesNo(stale !== undefined)],
  ];
}

const slabOption = (table: string): string => (table.endsWith('ratelimit') ? `${table}-slabs` : `${table}-cache-slabs`);

/** The number of slabs: the power of two that is not below the threads, so that they seldom wait for one lock. */
function powerOfTwo(threads: number): number {
  let slabs = 1;
  while (slabs < threads) slabs *= 2;
  return slabs;
}

const LOCAL_ZONE_TYPES: Record<LocalZone['type'], string> = {
  Static: 'static',
  Transparent: 'transparent',
  Redirect: 'redirect',
  Refuse: 'refuse',
  AlwaysNxdomain: 'always_nxdomain',
};

/**
 * Zones that the server answers, and those that it must not answer because they have upstream servers. Unbound answers
 * private reverse zones and `test.` by itself, and an upstream for one of them, for a part of one, or for a zone around
 * one would never be asked. `transparent` opens a zone also inside a built-in one; `nodefault` takes a built-in one away,
 * so that a local zone around it holds.
 */
function localZones({ upstreams }: ResolverConfig): Line[] {
  const own = upstreams.localZones.map((zone) => canonicalName(zone.name));
  const asked = upstreams.zones.map((zone) => canonicalName(zone.name));
  const opened = without(asked, own);
  const removed = without(asked.flatMap(builtInZonesBelow), [...own, ...asked]);
  return [
    ...upstreams.localZones.flatMap((zone): Line[] => [
      ['local-zone', `${quoted(canonicalName(zone.name))} ${LOCAL_ZONE_TYPES[zone.type]}`],
      ...zone.records.map((text): Line => ['local-data', `'${text.replaceAll("'", '\\039')}'`]),
    ]),
    ...opened.map((name): Line => ['local-zone', `${quoted(name)} transparent`]),
    ...removed.map((name): Line => ['local-zone', `${quoted(name)} nodefault`]),
  ];
}

/** `names` once each, but for those in `others`. */
function without(names: readonly string[], others: readonly string[]): string[] {
  const excluded = new Set(others);
  return [...new Set(names)].filter((name) => !excluded.has(name));
}

function resolution(config: ResolverConfig, facts: HostFacts): Line[] {
  const loopback = allAddresses(config).some((address) => address.startsWith('127.') || address === '::1');
  return [
    ['do-not-query-localhost', yesNo(!loopback)],
    ['tls-cert-bundle', quoted(facts.certificateBundle)],
  ];
}

/** All addresses that the configuration has the engine ask. */
const allAddresses = ({ upstreams }: ResolverConfig): string[] => [
  ...upstreams.servers.map((server) => server.address),
  ...upstreams.zones.flatMap((zone) => zone.servers.map((server) => server.address)),
  ...(upstreams.rootHints ?? []).flatMap((hint) => hint.addresses),
];

/** The file of the root servers that the user gave, in master file format. */
function rootHints({ upstreams }: ResolverConfig): Rendered['files'] {
  if (upstreams.rootHints === undefined) return [];
  const text = upstreams.rootHints
    .flatMap(({ name, addresses }) => [
      `. 3600000 NS ${canonicalName(name)}`,
      ...addresses.map((ip) => `${canonicalName(name)} 3600000 ${ip.includes(':') ? 'AAAA' : 'A'} ${ip}`),
    ])
    .join('\n');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return [{ name: `root-${hash}.hints`, text: `${text}\n` }];
}

function rootHintLines(config: ResolverConfig, facts: HostFacts, files: Rendered['files']): Line[] {
  if (config.upstreams.mode === 'Forward') return [];
  const own = files[0];
  return [['root-hints', quoted(own === undefined ? INTERNET_ROOT_HINTS : `${facts.runDirectory}/${own.name}`)]];
}

/** What `extraConfig` may change, each from there or else with our default. */
function tuning(config: ResolverConfig): Line[] {
  const { settings } = parseExtraConfig(config.extraConfig);
  const given = new Set(settings.map(({ option }) => option));
  return [
    ...tunableDefaults(config).filter(([option]) => !given.has(option)),
    ...settings.map(({ option, value }): Line => [option, value]),
  ];
}

/** Each zone with servers of its own; in mode Forward the root is one of them. */
const forwardZones = ({ upstreams }: ResolverConfig): UpstreamZone[] => [
  ...(upstreams.mode === 'Forward' ? [{ name: '.', mode: 'Forward' as const, servers: upstreams.servers }] : []),
  ...upstreams.zones,
];

function upstreamClause(zone: UpstreamZone): string {
  const kind = zone.mode === 'Forward' ? 'forward' : 'stub';
  const tls = zone.servers.some((server) => server.tlsServerName !== undefined);
  return clause(`${kind}-zone`, [
    ['name', quoted(canonicalName(zone.name))],
    ...zone.servers.map((server): Line => [`${kind}-addr`, quoted(serverAddress(server))]),
    // Without this the engine would ask the root servers when its upstreams fail.
    [`${kind}-first`, 'no'],
    [`${kind}-tls-upstream`, yesNo(tls)],
    ...(kind === 'stub' ? [['stub-prime', 'no'] as const] : []),
  ]);
}

function serverAddress({ address, port, tlsServerName }: UpstreamServer): string {
  const at = `${address}@${port ?? (tlsServerName === undefined ? 53 : 853)}`;
  return tlsServerName === undefined ? at : `${at}#${tlsServerName.replace(/\.$/, '')}`;
}
