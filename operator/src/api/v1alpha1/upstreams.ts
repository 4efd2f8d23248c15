/** Where answers come from: other resolvers, the root, zones with servers of their own, zones that we answer ourselves. */
import { z } from 'zod';
import { contains, isSameIp, parseIp } from '../ip.js';
import { domainName, hostName, int32, ipAddress, listAtomic, listMap } from './schema.js';
import { withRules } from './rules.js';

/** Networks of which no address can be a DNS server for us: own host, multicast, link-local without an interface. */
const unusable = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '::/127', 'ff00::/8', 'fe80::/10'] as const;

/** An address that can be sent a query from a pod. Link-local IPv4 is allowed: node caches and clouds use it. */
const serverAddress = () =>
  withRules(ipAddress(), {
    rule: `!isIP(self) || ![${unusable.map((network) => `'${network}'`).join(', ')}].exists(n, cidr(n).containsIP(ip(self)))`,
    message:
      'must be the address of another machine: loopback, unspecified, multicast and IPv6 link-local addresses cannot be reached from a server',
    holds: (text) => {
      const ip = parseIp(text);
      return ip === undefined || !unusable.some((network) => contains(network, ip));
    },
  });

export const upstreamServerSchema = z.object({
  address: serverAddress().describe('address is the IP address of the server.'),
  port: int32(1, 65535)
    .optional()
    .describe('port is the port of the server; 53 when omitted, or 853 when tlsServerName is set.'),
  tlsServerName: hostName()
    .optional()
    .describe('tlsServerName turns on DNS over TLS and is the name that the certificate of the server must bear.'),
});

type Server = z.output<typeof upstreamServerSchema>;

/** The port in use: RFC 1035, or RFC 7858 with TLS. */
const portOf = (server: Server) => server.port ?? (server.tlsServerName === undefined ? 53 : 853);
const celPort = (server: string) => `(has(${server}.port) ? ${server}.port : has(${server}.tlsServerName) ? 853 : 53)`;

const upstreamServers = (min: number) =>
  withRules(
    z.array(upstreamServerSchema).min(min).max(16).meta(listAtomic),
    {
      rule: `self.all(a, self.exists_one(b, a.address == b.address && ${celPort('a')} == ${celPort('b')}))`,
      message: 'must not name a server twice: remove one of the entries with the same `address` and `port`',
      holds: (servers) =>
        servers.every(
          (a) => servers.filter((b) => isSameIp(a.address, b.address) && portOf(a) === portOf(b)).length < 2,
        ),
    },
    {
      rule: 'self.all(s, has(s.tlsServerName)) || !self.exists(s, has(s.tlsServerName))',
      message: 'must have `tlsServerName` on all servers or on none: TLS is used for all servers of a list or for none',
      holds: (servers) => new Set(servers.map((server) => server.tlsServerName === undefined)).size < 2,
    },
  );

export const upstreamZoneSchema = z.object({
  name: domainName().describe(
    'name is the apex of the zone; private reverse zones such as `10.in-addr.arpa` are allowed.',
  ),
  mode: z
    .enum(['Forward', 'Stub'])
    .default('Forward')
    .describe('mode is Forward for servers that recurse, or Stub for authoritative servers of the zone.'),
  servers: upstreamServers(1).describe('servers answer for the zone.'),
});

export const localZoneSchema = withRules(
  z.object({
    name: domainName().describe('name is the apex of the zone.'),
    type: z
      .enum(['Static', 'Transparent', 'Redirect', 'Refuse', 'AlwaysNxdomain'])
      .default('Static')
      .describe(
        'type says what happens to names without records: Static answers NXDOMAIN or NODATA, Transparent resolves them, Redirect answers all names below with the records of the apex, Refuse refuses them, AlwaysNxdomain denies every name.',
      ),
    records: z
      .array(z.string().min(1).max(512))
      .max(256)
      .default([])
      .meta(listAtomic)
      .describe('records are resource records in presentation format, such as `www.corp.example. 300 IN A 192.0.2.1`.'),
  }),
  {
    rule: "self.type != 'AlwaysNxdomain' || self.records.size() == 0",
    message: '`records` must be empty when `type` is AlwaysNxdomain, which denies every name; use Static for records',
    fieldPath: '.records',
    reason: 'FieldValueForbidden',
    holds: (zone) => zone.type !== 'AlwaysNxdomain' || zone.records.length === 0,
  },
  {
    rule: "self.type != 'Redirect' || self.records.size() > 0",
    message: '`records` must have a record of the apex when `type` is Redirect, which answers every name with it',
    fieldPath: '.records',
    reason: 'FieldValueRequired',
    holds: (zone) => zone.type !== 'Redirect' || zone.records.length > 0,
  },
);

export const rootHintSchema = z.object({
  name: domainName().describe('name is the name of a root server.'),
  addresses: z.array(serverAddress()).min(1).max(8).meta(listAtomic).describe('addresses are its IP addresses.'),
});

/** One spelling of a domain name: lower case, without the final dot. */
export const canonicalName = (name: string): string => name.toLowerCase().replace(/[.]$/, '');

export const upstreamsSchema = withRules(
  z.object({
    mode: z
      .enum(['Forward', 'Recursive'])
      .describe('mode is Forward (ask the servers) or Recursive (ask the authoritative servers, from the root down).'),
    servers: upstreamServers(0).optional().describe('servers are recursive resolvers that are asked in mode Forward.'),
    rootHints: z
      .array(rootHintSchema)
      .min(1)
      .max(32)
      .optional()
      .meta(listMap('name'))
      .describe('rootHints are the root servers in mode Recursive; those of the Internet when omitted.'),
    zones: z
      .array(upstreamZoneSchema)
      .max(256)
      .default([])
      .meta(listMap('name'))
      .describe('zones are resolved by servers of their own.'),
    localZones: z
      .array(localZoneSchema)
      .max(256)
      .default([])
      .meta(listMap('name'))
      .describe('localZones are answered by the server itself.'),
  }),
  {
    rule: "self.mode != 'Forward' || (has(self.servers) && self.servers.size() > 0)",
    message: '`servers` must name at least one resolver when `mode` is Forward',
    fieldPath: '.servers',
    reason: 'FieldValueRequired',
    holds: ({ mode, servers = [] }) => mode !== 'Forward' || servers.length > 0,
  },
  {
    rule: "self.mode != 'Recursive' || !has(self.servers) || self.servers.size() == 0",
    message: '`servers` must not be set when `mode` is Recursive; use `zones` for single zones',
    fieldPath: '.servers',
    reason: 'FieldValueForbidden',
    holds: ({ mode, servers = [] }) => mode !== 'Recursive' || servers.length === 0,
  },
  {
    rule: "self.mode == 'Recursive' || !has(self.rootHints)",
    message: '`rootHints` may be set only when `mode` is Recursive',
    fieldPath: '.rootHints',
    reason: 'FieldValueForbidden',
    holds: ({ mode, rootHints }) => mode === 'Recursive' || rootHints === undefined,
  },
  {
    rule: "!sets.intersects(self.zones.map(z, z.name.lowerAscii()), self.localZones.map(l, l.type == 'Transparent' ? '' : l.name.lowerAscii()))",
    message:
      '`localZones` must not answer all of a zone that `zones` forwards: give it `type` Transparent to answer only its records, or remove it from one of the two lists',
    fieldPath: '.localZones',
    holds: ({ zones, localZones }) => {
      const forwarded = new Set(zones.map((zone) => canonicalName(zone.name)));
      return !localZones.some((zone) => zone.type !== 'Transparent' && forwarded.has(canonicalName(zone.name)));
    },
  },
);

export type Upstreams = z.infer<typeof upstreamsSchema>;
export type UpstreamServer = z.infer<typeof upstreamServerSchema>;
export type LocalZone = z.infer<typeof localZoneSchema>;
