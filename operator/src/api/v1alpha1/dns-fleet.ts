/** DnsFleet: what a person applies. */
import { z } from 'zod';
import { conditionsSchema } from './condition.js';
import { customResource } from './custom-resource.js';
import { cacheFitsMemory } from './memory.js';
import { fleetNameIsServiceName, poolNamesFit, popNamesAreUnique } from './names.js';
import { placementSchema } from './placement.js';
import { resolverFields } from './resolver.js';
import { withRules } from './rules.js';
import { defaulted, int32, label, listAtomic, listMap, time } from './schema.js';
import { minServersWithinMaxServers } from './servers.js';
import { serviceSchema } from './service.js';

export const popSchema = withRules(
  z.object({
    name: label(40).describe('name is the name of the PoP, unique in the fleet.'),
    minServers: int32(1, 1000)
      .default(3)
      .describe('minServers is the floor: one server to serve and two to spare when omitted.'),
    maxServers: int32(1, 1000).default(10).describe('maxServers is the most servers that the PoP may have.'),
    placement: placementSchema,
  }),
  minServersWithinMaxServers,
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

export const dnsFleetSpecSchema = withRules(
  z.object({
    ...resolverFields,
    service: defaulted(serviceSchema).describe(
      'service is the Service over all servers of the fleet in this cluster, which clients ask.',
    ),
    rollout: defaulted(
      z.object({
        pauseSeconds: int32(0, 3600)
          .default(30)
          .describe(
            'pauseSeconds is how long a changed PoP must hold, in error rate and load, before the next is changed.',
          ),
      }),
    ).describe(
      'rollout says how a change goes from PoP to PoP: one first, then the rest of its region, then the other regions.',
    ),
    regions: withRules(z.array(regionSchema).min(1).max(16).meta(listMap('name')), popNamesAreUnique).describe(
      'regions are groups of PoPs that share fate, in the order in which changes go through them.',
    ),
  }),
  {
    rule: "self.service.type == 'ClusterIP' || self.access.allow.size() > 0",
    message: '`access.allow` must list the networks of the clients when `service.type` is NodePort or LoadBalancer',
    fieldPath: '.access.allow',
    reason: 'FieldValueRequired',
    holds: ({ service, access }) => service.type === 'ClusterIP' || access.allow.length > 0,
  },
  cacheFitsMemory,
).describe(
  'spec is the fleet that is wanted. The smallest has `upstreams`, `access` and one of `regions`; all else has defaults.',
);

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
          ready: z
            .enum(['True', 'False', 'Unknown'])
            .describe(
              'ready is the Ready condition of the pool; False while the pool has not looked at its latest change.',
            ),
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
      .meta(listAtomic)
      .describe('addresses are those of the Service of the fleet.'),
    rollout: z
      .object({
        pop: z.string().max(63).describe('pop is the PoP that was changed last.'),
        startTime: time().describe('startTime is when it was changed.'),
        beginTime: time().describe('beginTime is when the first PoP of this rollout was changed.'),
        queriesPerSecondBefore: int32(0, 2147483647).describe(
          'queriesPerSecondBefore is the load of the PoP before the change.',
        ),
        servfailPercentBefore: int32(0, 100).describe('servfailPercentBefore is its error rate before the change.'),
      })
      .optional()
      .describe('rollout is the step that is being watched; absent at rest.'),
  })
  .describe('status is what was observed.');

export const dnsFleetSchema = withRules(
  customResource(dnsFleetSpecSchema, dnsFleetStatusSchema),
  fleetNameIsServiceName,
  poolNamesFit,
);

export type Service = z.infer<typeof serviceSchema>;
export type Pop = z.infer<typeof popSchema>;
export type Region = z.infer<typeof regionSchema>;
export type DnsFleetSpec = z.infer<typeof dnsFleetSpecSchema>;
export type DnsFleetStatus = z.infer<typeof dnsFleetStatusSchema>;
export type DnsFleet = z.infer<typeof dnsFleetSchema>;
