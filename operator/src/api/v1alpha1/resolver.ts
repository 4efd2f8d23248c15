/** What a resolver server does: the part of the spec that a fleet hands down to each of its pools unchanged. */
import { z } from 'zod';
import { cidr, domainName, int32, ipAddress, listAtomic, listMap, listSet, quantity, rules } from './schema.js';

export const engineSchema = z
  .object({
    type: z.enum(['Unbound']).default('Unbound').describe('type is the DNS engine that answers queries.'),
    threads: int32(1, 64)
      .default(1)
      .describe('threads is the number of worker threads of each server; changing it replaces the servers one by one.'),
    extraConfig: z
      .string()
      .max(4096)
      .default('')
      .describe(
        'extraConfig is a list of engine options, one `option: value` a line, from the allow-list in the reference. What dnsfleet renders itself, include, scripts, modules and remote control are refused.',
      ),
  })
  .describe('engine chooses and tunes the DNS engine.');

export const listenersSchema = z
  .object({
    dns: z
      .object({
        port: int32(1, 65535).default(53).describe('port is the port of the Services, for UDP and TCP.'),
      })
      .default({ port: 53 })
      .describe('dns is plain DNS over UDP and TCP, on IPv4 and IPv6.'),
  })
  .describe('listeners says how clients may ask.');

export const accessSchema = z
  .object({
    allow: z
      .array(cidr())
      .max(256)
      .default([])
      .meta(listSet)
      .describe('allow lists the networks whose queries are answered; all others are refused.'),
  })
  .describe('access says who may ask; it is closed by default.');

export const upstreamServerSchema = z.object({
  address: ipAddress().describe('address is the IP address of the server.'),
  port: int32(1, 65535)
    .optional()
    .describe('port is the port of the server; 53 when omitted, or 853 when tlsServerName is set.'),
  tlsServerName: domainName()
    .optional()
    .describe('tlsServerName turns on DNS over TLS and is the name that the certificate of the server must bear.'),
});

const upstreamServers = (max: number) => z.array(upstreamServerSchema).max(max).meta(listAtomic);

export const upstreamZoneSchema = z.object({
  name: domainName().describe(
    'name is the apex of the zone; private reverse zones such as `10.in-addr.arpa` are allowed.',
  ),
  mode: z
    .enum(['Forward', 'Stub'])
    .default('Forward')
    .describe('mode is Forward for servers that recurse, or Stub for authoritative servers of the zone.'),
  servers: upstreamServers(16).min(1).describe('servers answer for the zone.'),
});

export const localZoneSchema = z.object({
  name: domainName().describe('name is the apex of the zone.'),
  type: z
    .enum(['Static', 'Transparent', 'Redirect', 'Refuse', 'AlwaysNxdomain'])
    .default('Static')
    .describe(
      'type says what happens to names without records: Static answers NXDOMAIN or NODATA, Transparent resolves them, Redirect answers all names below with the records of the apex, Refuse and AlwaysNxdomain answer nothing else.',
    ),
  records: z
    .array(z.string().min(1).max(512))
    .max(256)
    .default([])
    .meta(listAtomic)
    .describe('records are resource records in presentation format, such as `www.corp.example. 300 IN A 192.0.2.1`.'),
});

export const rootHintSchema = z.object({
  name: domainName().describe('name is the name of a root server.'),
  addresses: z.array(ipAddress()).min(1).max(8).meta(listAtomic).describe('addresses are its IP addresses.'),
});

export const upstreamsSchema = z
  .object({
    mode: z
      .enum(['Forward', 'Recursive'])
      .describe('mode is Forward (ask the servers) or Recursive (ask the authoritative servers, from the root down).'),
    servers: upstreamServers(16).optional().describe('servers are recursive resolvers that are asked in mode Forward.'),
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
  })
  .meta(
    rules(
      {
        rule: "self.mode != 'Forward' || (has(self.servers) && self.servers.size() > 0)",
        message: '`servers` must name at least one resolver when `mode` is Forward',
        fieldPath: '.servers',
        reason: 'FieldValueRequired',
      },
      {
        rule: "self.mode != 'Recursive' || !has(self.servers) || self.servers.size() == 0",
        message: '`servers` must not be set when `mode` is Recursive; use `zones` for single zones',
        fieldPath: '.servers',
        reason: 'FieldValueForbidden',
      },
      {
        rule: "self.mode == 'Recursive' || !has(self.rootHints)",
        message: '`rootHints` may be set only when `mode` is Recursive',
        fieldPath: '.rootHints',
        reason: 'FieldValueForbidden',
      },
    ),
  )
  .describe('upstreams says where answers come from.');

export const serveStaleSchema = z
  .object({
    maxStaleSeconds: int32(0, 604800)
      .default(86400)
      .describe('maxStaleSeconds is how long past its TTL an answer may be served (RFC 8767); 0 turns it off.'),
    answerTtlSeconds: int32(1, 3600).default(30).describe('answerTtlSeconds is the TTL of a stale answer.'),
  })
  .default({ maxStaleSeconds: 86400, answerTtlSeconds: 30 })
  .describe('serveStale lets servers answer from expired records while upstreams fail (RFC 8767).');

export const cacheSchema = z
  .object({
    size: quantity().default('128Mi').describe('size is the memory for cached answers of each server.'),
    minTtlSeconds: int32(0, 3600).default(0).describe('minTtlSeconds is the least time for which an answer is cached.'),
    maxTtlSeconds: int32(1, 604800)
      .default(86400)
      .describe('maxTtlSeconds is the longest time for which an answer is cached.'),
    serveStale: serveStaleSchema,
  })
  .meta(
    rules({
      rule: 'self.minTtlSeconds <= self.maxTtlSeconds',
      message: '`minTtlSeconds` must not exceed `maxTtlSeconds`',
      fieldPath: '.minTtlSeconds',
    }),
  )
  .describe('cache bounds what each server remembers.');

const cpu = 'cpu is processor time, such as `500m`.';
const memory = 'memory is working memory, such as `512Mi`.';

export const resourcesSchema = z
  .object({
    requests: z
      .object({ cpu: quantity().default('100m').describe(cpu), memory: quantity().default('256Mi').describe(memory) })
      .default({ cpu: '100m', memory: '256Mi' })
      .describe('requests are what the scheduler sets aside for each server.'),
    limits: z
      .object({ cpu: quantity().optional().describe(cpu), memory: quantity().optional().describe(memory) })
      .default({})
      .describe('limits are what a server may not exceed.'),
  })
  .default({ requests: { cpu: '100m', memory: '256Mi' }, limits: {} })
  .describe('resources are the computing resources of the engine of each server.');

export const serverSchema = z.object({ resources: resourcesSchema }).describe('server sizes one server.');

/** The fields that a fleet and its pools have in common. */
export const resolverFields = {
  engine: engineSchema.default({ type: 'Unbound', threads: 1, extraConfig: '' }),
  listeners: listenersSchema.default({ dns: { port: 53 } }),
  access: accessSchema,
  upstreams: upstreamsSchema,
  cache: cacheSchema.default({
    size: '128Mi',
    minTtlSeconds: 0,
    maxTtlSeconds: 86400,
    serveStale: { maxStaleSeconds: 86400, answerTtlSeconds: 30 },
  }),
  server: serverSchema.default({ resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: {} } }),
} as const;

export type Engine = z.infer<typeof engineSchema>;
export type Access = z.infer<typeof accessSchema>;
export type Upstreams = z.infer<typeof upstreamsSchema>;
export type UpstreamServer = z.infer<typeof upstreamServerSchema>;
export type Cache = z.infer<typeof cacheSchema>;
export type Resources = z.infer<typeof resourcesSchema>;
