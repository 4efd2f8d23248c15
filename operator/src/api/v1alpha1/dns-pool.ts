/** DnsPool: one PoP. It holds all that its cluster needs to run the PoP without anybody else. */
import { z } from 'zod';
import { conditionsSchema } from './condition.js';
import { customResource } from './custom-resource.js';
import { poolNameIsServiceName } from './names.js';
import { placementSchema } from './placement.js';
import { resolverFields } from './resolver.js';
import { withRules } from './rules.js';
import { int32, label, time } from './schema.js';
import { minServersWithinMaxServers } from './servers.js';
import { ipFamilyFields } from './service.js';

export const dnsPoolSpecSchema = withRules(
  z.object({
    fleet: label(40).describe('fleet is the name of the DnsFleet.'),
    region: label(40).describe('region is the region of the PoP.'),
    pop: label(40).describe('pop is the name of the PoP.'),
    state: z
      .enum(['Active', 'Retiring'])
      .default('Active')
      .describe('state is Retiring when the PoP left the fleet: its servers are taken away one at a time.'),
    image: z.string().min(1).max(512).describe('image is the image of the servers.'),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .describe('imagePullPolicy is the pull policy of the image.'),
    templateVersion: int32(1, 2147483647)
      .optional()
      .describe(
        'templateVersion is the version of what the operator makes of an unchanged spec. Servers keep their pod template and configuration until their pool has the version of the operator that runs.',
      ),
    ...resolverFields,
    exposure: z
      .enum(['Cluster', 'External'])
      .default('Cluster')
      .describe(
        'exposure is External when clients come through a node port or load balancer, which learns of a stopping server later than the cluster does.',
      ),
    ...ipFamilyFields,
    minServers: int32(1, 1000).describe('minServers is the floor: the pool never runs fewer servers by its own doing.'),
    maxServers: int32(1, 1000).describe('maxServers is the most servers that the pool runs.'),
    replicas: int32(1, 2147483647)
      .optional()
      .describe(
        'replicas is how many servers are wanted; written through `/scale` only. The pool runs as many of them as `minServers` and `maxServers` allow.',
      ),
    placement: placementSchema,
  }),
  minServersWithinMaxServers,
  {
    rule: 'self.fleet == oldSelf.fleet && self.pop == oldSelf.pop',
    message: '`fleet` and `pop` must not change: make another pool instead',
  },
).describe('spec is written by the fleet controller; only `replicas` is for others, through `/scale`.');

export const dnsPoolStatusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ format: 'int64' })
      .describe('observedGeneration is the generation that status speaks of.'),
    conditions: conditionsSchema,
    replicas: int32(0, 100000).optional().describe('replicas counts all servers, also those that are stopping.'),
    selector: z.string().max(1024).optional().describe('selector selects the servers, for `/scale`.'),
    servers: z
      .object({
        desired: int32(0, 100000).describe('desired is how many servers should run.'),
        ready: int32(0, 100000).describe('ready is how many answer queries.'),
        updated: int32(0, 100000).describe('updated is how many run the present pod template and configuration.'),
        stopping: int32(0, 100000).describe('stopping is how many are draining before they end.'),
        fresh: int32(0, 100000)
          .optional()
          .describe(
            'fresh is how many of the ready servers report a load that can be trusted; where the number of servers follows the load, none that serves is taken away while one does not, unless a person asks for it.',
          ),
        stale: int32(0, 100000)
          .optional()
          .describe('stale is how many of the ready servers reported a load before that cannot be trusted now.'),
        absent: int32(0, 100000).optional().describe('absent is how many of the ready servers were never heard.'),
        summary: z.string().max(32).describe('summary is ready/desired, for the printer column.'),
      })
      .optional()
      .describe('servers counts the servers by state.'),
    configuration: z
      .object({
        hash: z.string().max(64).describe('hash identifies the configuration that was published last.'),
        serversInForce: int32(0, 100000).describe('serversInForce is how many servers run it.'),
      })
      .optional()
      .describe('configuration is what the engines were told.'),
    load: z
      .object({
        queriesPerSecond: int32(0, 2147483647).describe(
          'queriesPerSecond is the load of the whole pool, to two digits.',
        ),
        servfailPercent: int32(0, 100).describe('servfailPercent is the share of SERVFAIL among the answers.'),
        hitPercent: int32(0, 100)
          .optional()
          .describe('hitPercent is the share of queries that were answered from the cache; absent without queries.'),
        latencyP99Milliseconds: int32(0, 2147483647)
          .optional()
          .describe(
            'latencyP99Milliseconds is what 99 % of the answers took at most, to two digits; 1 stands for less, too. It stays what it was while chance explains the difference.',
          ),
      })
      .optional()
      .describe('load is what the servers reported last.'),
    scaling: z
      .object({
        servers: int32(0, 100000).describe(
          'servers is how many were wanted at the last look; another number since is a change by somebody else.',
        ),
        utilizationPercent: int32(0, 100000)
          .optional()
          .describe(
            'utilizationPercent is the load against what the servers carry without the spare ones, to 5 points; absent while it cannot be known.',
          ),
        neededServers: int32(0, 100000)
          .optional()
          .describe(
            'neededServers is how many servers the load takes, without the spare ones; absent while it cannot be known.',
          ),
        reason: z.string().max(64).describe('reason is one word for the last decision.'),
        message: z.string().max(1024).describe('message explains it, with its numbers.'),
        lastScaleTime: time().optional().describe('lastScaleTime is when the number of servers was changed last.'),
        lastScale: z.string().max(512).optional().describe('lastScale is that change and why.'),
        cooldownUntilTime: time()
          .optional()
          .describe('cooldownUntilTime is when the number of servers may change next.'),
      })
      .optional()
      .describe('scaling is what the autoscaler decided.'),
    capacity: z
      .object({
        queriesPerSecond: int32(0, 2147483647).describe(
          'queriesPerSecond is what one warm server counts for at its limit; to two digits unless it is Configured.',
        ),
        source: z
          .enum(['Configured', 'Measured', 'Minimum'])
          .describe(
            'source is Configured for the number of `server.capacityQps`, Measured for what was learnt, Minimum for `server.measuredCapacity.minQps` while not enough was learnt.',
          ),
        confidencePercent: int32(0, 100)
          .optional()
          .describe(
            'confidencePercent says how sure what was learnt is, by how long it was seen, its spread and its age, to 25 points; below 50 nothing shrinks by it.',
          ),
        hitPercent: int32(0, 100)
          .optional()
          .describe('hitPercent is the hit ratio of the cache for which it was learnt.'),
      })
      .optional()
      .describe('capacity is what one server carries.'),
    settledTime: time().optional().describe('settledTime is when the last change was in force on every server.'),
  })
  .describe('status is what was observed.');

export const dnsPoolSchema = withRules(customResource(dnsPoolSpecSchema, dnsPoolStatusSchema), poolNameIsServiceName);

export type { ObjectMeta } from './custom-resource.js';
export type DnsPoolSpec = z.infer<typeof dnsPoolSpecSchema>;
export type DnsPoolStatus = z.infer<typeof dnsPoolStatusSchema>;
export type DnsPool = z.infer<typeof dnsPoolSchema>;
