/** How a PoP is scaled: by whom, at which utilization, how often, and with how many servers to spare. */
import { z } from 'zod';
import { withRules } from './rules.js';
import { int32 } from './schema.js';

export const autoscalingSchema = withRules(
  z.object({
    mode: z
      .enum(['Builtin', 'External', 'Disabled'])
      .default('Builtin')
      .describe(
        'mode says who chooses the number of servers: Builtin scales on query load; External leaves `DnsPool/scale` to a HorizontalPodAutoscaler, KEDA or a person; Disabled holds the number that was asked for last.',
      ),
    scaleUpThresholdPercent: int32(1, 100)
      .default(70)
      .describe('scaleUpThresholdPercent is the utilization above which servers are added.'),
    scaleDownThresholdPercent: int32(0, 99)
      .default(30)
      .describe('scaleDownThresholdPercent is the utilization below which servers are taken away.'),
    cooldownSeconds: int32(60, 86400)
      .default(300)
      .describe(
        'cooldownSeconds is the least time between two changes of the number of servers, in either direction; growth above a utilization of 90 % does not wait.',
      ),
  }),
  {
    rule: 'self.scaleDownThresholdPercent < self.scaleUpThresholdPercent',
    message: '`scaleDownThresholdPercent` must be below `scaleUpThresholdPercent` (30 and 70 when omitted)',
    fieldPath: '.scaleDownThresholdPercent',
    holds: ({ scaleDownThresholdPercent, scaleUpThresholdPercent }) =>
      scaleDownThresholdPercent < scaleUpThresholdPercent,
  },
).describe('autoscaling says how the number of servers of each PoP follows the load.');

export const capacitySchema = z
  .object({
    redundancy: int32(0, 100)
      .default(2)
      .describe('redundancy is how many servers of each PoP may be lost while the rest still carry the load (N+2).'),
  })
  .describe('capacity is what each PoP keeps in reserve.');

export type Autoscaling = z.infer<typeof autoscalingSchema>;
