/** DnsFleet: what a person applies. */
import { z } from 'zod';
import { conditionsSchema } from './condition.js';
import { customResource, ipFamilyFields } from './dns-pool.js';
import { placementSchema } from './placement.js';
import { resolverFields } from './resolver.js';
import { int32, ipAddress, label, listMap, rules } from './schema.js';

export const serviceSchema = z
  .object({
    type: z
      .enum(['ClusterIP', 'NodePort', 'LoadBalancer'])
      .default('ClusterIP')
      .describe('type is the type of the Service.'),
    clusterIP: ipAddress().optional().describe('clusterIP is a fixed address of the Service inside the cluster.'),
    loadBalancerClass: z
      .string()
      .max(253)
      .optional()
      .describe('loadBalancerClass chooses the implementation of a LoadBalancer.'),
    nodePort: int32(1, 65535).optional().describe('nodePort is a fixed port on every node.'),
    annotations: z
      .record(z.string(), z.string().max(4096))
      .optional()
      .meta({ maxProperties: 32 })
      .describe('annotations are put on the Service.'),
    externalTrafficPolicy: z
      .enum(['Local', 'Cluster'])
      .optional()
      .describe(
        'externalTrafficPolicy must be Local, and is when omitted, for NodePort and LoadBalancer: with Cluster the address of the client is lost and `access.allow` proves nothing.',
      ),
    internalTrafficPolicy: z
      .enum(['Local', 'Cluster'])
      .default('Cluster')
      .describe('internalTrafficPolicy is Local to keep queries from inside the cluster on their node.'),
    ...ipFamilyFields,
  })
  .meta(
    rules(
      {
        rule: "!has(self.externalTrafficPolicy) || (self.type != 'ClusterIP' && self.externalTrafficPolicy == 'Local')",
        message: "`externalTrafficPolicy` must be 'Local', and may be set only when `type` is NodePort or LoadBalancer",
        fieldPath: '.externalTrafficPolicy',
      },
      {
        rule: "!has(self.nodePort) || self.type != 'ClusterIP'",
        message: '`nodePort` may be set only when `type` is NodePort or LoadBalancer',
        fieldPath: '.nodePort',
        reason: 'FieldValueForbidden',
      },
      {
        rule: "!has(self.loadBalancerClass) || self.type == 'LoadBalancer'",
        message: '`loadBalancerClass` may be set only when `type` is LoadBalancer',
        fieldPath: '.loadBalancerClass',
        reason: 'FieldValueForbidden',
      },
    ),
  )
  .describe('service is the Service over all servers of the fleet in this cluster.');

const serverLimits = {
  minServers: int32(1, 1000)
    .default(3)
    .describe('minServers is the floor: one server to serve and two to spare when omitted.'),
  maxServers: int32(1, 1000).default(10).describe('maxServers is the most servers that the PoP may have.'),
  placement: placementSchema,
} as const;

export const popSchema = z
  .object({ name: label(40).describe('name is the name of the PoP, unique in the fleet.'), ...serverLimits })
  .meta(
    rules({
      rule: 'self.minServers <= self.maxServers',
      message: '`minServers` must not exceed `maxServers`',
      fieldPath: '.minServers',
    }),
  );

export const regionSchema = z.object({
  name: label(40).describe('name is the name of the region.'),
  pops: z
    .array(popSchema)
    .min(1)
    .max(32)
    .optional()
    .meta(listMap('name'))
    .describe('pops are the PoPs of the region; one of the name of the region, with the defaults, when omitted.'),
});

export const dnsFleetSpecSchema = z
  .object({
    ...resolverFields,
    service: serviceSchema.default({ type: 'ClusterIP', internalTrafficPolicy: 'Cluster' }),
    rollout: z
      .object({
        pauseSeconds: int32(0, 3600)
          .default(30)
          .describe(
            'pauseSeconds is how long a changed PoP must hold, in error rate and load, before the next is changed.',
          ),
      })
      .default({ pauseSeconds: 30 })
      .describe('rollout says how a change goes from PoP to PoP.'),
    regions: z
      .array(regionSchema)
      .min(1)
      .max(16)
      .meta(listMap('name'))
      .describe('regions are groups of PoPs that share fate.'),
  })
  .meta(
    rules({
      rule: "self.service.type == 'ClusterIP' || self.access.allow.size() > 0",
      message: '`access.allow` must list the networks of the clients when `service.type` is NodePort or LoadBalancer',
      fieldPath: '.access.allow',
      reason: 'FieldValueRequired',
    }),
  )
  .describe('spec is the fleet that is wanted.');

export const dnsFleetStatusSchema = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ format: 'int64' })
      .describe('observedGeneration is the generation that status speaks of.'),
    conditions: conditionsSchema,
    pops: z
      .array(
        z.object({
          name: z.string().max(63).describe('name is the name of the PoP.'),
          region: z.string().max(63).describe('region is the region of the PoP.'),
          ready: z.enum(['True', 'False', 'Unknown']).describe('ready is the Ready condition of the pool.'),
          upToDate: z
            .enum(['True', 'False'])
            .describe('upToDate is True when the pool has the present spec of the fleet.'),
          servers: z.string().max(32).describe('servers is ready/desired.'),
        }),
      )
      .max(1024)
      .optional()
      .meta(listMap('name'))
      .describe('pops are the PoPs, also those that are leaving.'),
    summary: z
      .object({
        pops: z.string().max(32).describe('pops is ready/total.'),
        servers: z.string().max(32).describe('servers is ready/desired.'),
      })
      .optional()
      .describe('summary is what the printer columns show.'),
    addresses: z
      .array(z.string().max(253))
      .max(16)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('addresses are those of the Service of the fleet.'),
    rollout: z
      .object({
        pop: z.string().max(63).describe('pop is the PoP that was changed last.'),
        startTime: z.string().max(64).meta({ format: 'date-time' }).describe('startTime is when it was changed.'),
        queriesPerSecondBefore: int32(0, 2147483647).describe(
          'queriesPerSecondBefore is the load of the PoP before the change.',
        ),
        servfailPercentBefore: int32(0, 100).describe('servfailPercentBefore is its error rate before the change.'),
      })
      .optional()
      .describe('rollout is the step that is being watched; absent at rest.'),
  })
  .describe('status is what was observed.');

export const dnsFleetSchema = customResource(dnsFleetSpecSchema, dnsFleetStatusSchema);

export type Service = z.infer<typeof serviceSchema>;
export type Pop = z.infer<typeof popSchema>;
export type Region = z.infer<typeof regionSchema>;
export type DnsFleetSpec = z.infer<typeof dnsFleetSpecSchema>;
export type DnsFleetStatus = z.infer<typeof dnsFleetStatusSchema>;
export type DnsFleet = z.infer<typeof dnsFleetSchema>;
