/** Where servers of a PoP run: passed on to the pods of the pool's Deployment. */
import { z } from 'zod';
import { affinitySchema } from './affinity.js';
import { int32, listAtomic } from './schema.js';

const spreadPolicy = z.enum(['Required', 'Preferred', 'Off']);

export const tolerationSchema = z.object({
  key: z.string().max(316).optional().describe('key is the key of the taint; all keys when omitted.'),
  operator: z.enum(['Equal', 'Exists']).optional().describe('operator is Equal when omitted.'),
  value: z.string().max(63).optional().describe('value is the value of the taint.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .describe('effect is the effect of the taint; all when omitted.'),
  tolerationSeconds: int32(0, 2147483647)
    .optional()
    .describe('tolerationSeconds bounds the time for which NoExecute is tolerated.'),
});

export const placementSchema = z
  .object({
    nodeSelector: z
      .record(z.string(), z.string().max(63))
      .optional()
      .meta({ maxProperties: 32 })
      .describe('nodeSelector are the labels that a node must have.'),
    affinity: affinitySchema.optional().describe('affinity is the affinity of the pods, as in a Pod.'),
    tolerations: z
      .array(tolerationSchema)
      .max(32)
      .optional()
      .meta(listAtomic)
      .describe('tolerations are taints that the pods bear.'),
    priorityClassName: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
      .optional()
      .describe('priorityClassName is the PriorityClass of the pods.'),
    spread: z
      .object({
        nodes: spreadPolicy
          .default('Preferred')
          .describe('nodes spreads the servers over nodes (`kubernetes.io/hostname`).'),
        zones: spreadPolicy
          .default('Preferred')
          .describe('zones spreads the servers over zones (`topology.kubernetes.io/zone`).'),
      })
      .default({ nodes: 'Preferred', zones: 'Preferred' })
      .describe('spread keeps servers apart, so that one node or zone does not take all.'),
  })
  .default({ spread: { nodes: 'Preferred', zones: 'Preferred' } })
  .describe('placement says where the servers run.');

export type Placement = z.infer<typeof placementSchema>;
