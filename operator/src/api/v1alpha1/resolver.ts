/** What a resolver server does: the part of the spec that a fleet hands down to each of its pools unchanged. */
import { z } from 'zod';
import { compareQuantities, parseQuantity, type Quantity } from '../quantity.js';
import { withRules } from './rules.js';
import { boundsGoWithMeasured, capacityQpsSchema, measuredCapacitySchema } from './server-capacity.js';
import { cidr, defaulted, int32, listSet, quantity } from './schema.js';
import { autoscalingSchema, capacitySchema } from './scaling.js';
import { upstreamsSchema } from './upstreams.js';

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
    dns: defaulted(
      z.object({
        port: int32(1, 65535).default(53).describe('port is the port of the Services, for UDP and TCP.'),
      }),
    ).describe('dns is plain DNS over UDP and TCP, on IPv4 and IPv6.'),
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

export const serveStaleSchema = defaulted(
  z.object({
    maxStaleSeconds: int32(0, 604800)
      .default(86400)
      .describe('maxStaleSeconds is how long past its TTL an answer may be served (RFC 8767); 0 turns it off.'),
    answerTtlSeconds: int32(1, 3600).default(30).describe('answerTtlSeconds is the TTL of a stale answer.'),
  }),
).describe('serveStale lets servers answer from expired records while upstreams fail (RFC 8767).');

export const cacheSchema = withRules(
  z.object({
    size: quantity({ min: '1Mi', max: '1Ti', example: '128Mi' })
      .default('128Mi')
      .describe(
        'size is the memory for cached answers of each server; the memory request must be at least 1.3 times that, 64Mi, and 8Mi for each thread.',
      ),
    minTtlSeconds: int32(0, 3600).default(0).describe('minTtlSeconds is the least time for which an answer is cached.'),
    maxTtlSeconds: int32(1, 604800)
      .default(86400)
      .describe('maxTtlSeconds is the longest time for which an answer is cached.'),
    serveStale: serveStaleSchema,
  }),
  {
    rule: 'self.minTtlSeconds <= self.maxTtlSeconds',
    message: '`minTtlSeconds` must not exceed `maxTtlSeconds` (86400 when omitted)',
    fieldPath: '.minTtlSeconds',
    holds: (cache) => cache.minTtlSeconds <= cache.maxTtlSeconds,
  },
).describe('cache bounds what each server remembers, and for how long.');

const cpu = () =>
  quantity({ min: '1m', max: '1k', example: '500m' }).describe('cpu is processor time, such as `500m`.');
const memory = () =>
  quantity({ min: '32Mi', max: '16Ti', example: '512Mi' }).describe('memory is working memory, such as `512Mi`.');

/** A request must not exceed its limit; the Deployment would be refused otherwise. */
const withinLimit = (resource: 'cpu' | 'memory') => {
  const [request, limit] = [`self.requests.${resource}`, `self.limits.${resource}`];
  return {
    rule: `!has(${limit}) || !isQuantity(string(${request})) || !isQuantity(string(${limit})) || quantity(string(${request})).compareTo(quantity(string(${limit}))) <= 0`,
    message: `\`requests.${resource}\` must not exceed \`limits.${resource}\`: lower the request or raise the limit`,
    fieldPath: `.requests.${resource}`,
    holds: ({ requests, limits }: ResourceValues) => isAtMost(requests[resource], limits[resource]),
  } as const;
};

interface ResourceValues {
  readonly requests: Readonly<Record<'cpu' | 'memory', Quantity>>;
  readonly limits: { readonly cpu?: Quantity | undefined; readonly memory?: Quantity | undefined };
}

function isAtMost(request: Quantity, limit: Quantity | undefined): boolean {
  if (limit === undefined || parseQuantity(request) === undefined || parseQuantity(limit) === undefined) return true;
  return compareQuantities(request, limit) <= 0;
}

export const resourcesSchema = defaulted(
  withRules(
    z.object({
      requests: defaulted(z.object({ cpu: cpu().default('100m'), memory: memory().default('256Mi') })).describe(
        'requests are what the scheduler sets aside for each server.',
      ),
      limits: defaulted(z.object({ cpu: cpu().optional(), memory: memory().optional() })).describe(
        'limits are what a server may not exceed.',
      ),
    }),
    withinLimit('cpu'),
    withinLimit('memory'),
  ),
).describe('resources are the computing resources of the engine of each server.');

export const serverSchema = withRules(
  z.object({
    resources: resourcesSchema,
    capacityQps: capacityQpsSchema
      .optional()
      .describe(
        'capacityQps is how many queries per second one server answers at its limit: a number, or Measured to learn it from queries and processor time at the present hit ratio, which takes `resources.limits.cpu`. Without it nothing is scaled by load.',
      ),
    measuredCapacity: measuredCapacitySchema
      .optional()
      .describe('measuredCapacity bounds what is measured, when `capacityQps` is Measured.'),
  }),
  ...boundsGoWithMeasured,
).describe('server sizes one server, which is one pod.');

/** The fields that a fleet and its pools have in common. */
export const resolverFields = {
  engine: defaulted(engineSchema),
  listeners: defaulted(listenersSchema),
  access: accessSchema,
  upstreams: upstreamsSchema.describe(
    'upstreams says where answers come from: other resolvers or the root, servers of single zones, zones answered here.',
  ),
  cache: defaulted(cacheSchema),
  server: defaulted(serverSchema),
  autoscaling: defaulted(autoscalingSchema),
  capacity: defaulted(capacitySchema),
} as const;

export type Engine = z.infer<typeof engineSchema>;
export type Access = z.infer<typeof accessSchema>;
export type Cache = z.infer<typeof cacheSchema>;
export type Resources = z.infer<typeof resourcesSchema>;
