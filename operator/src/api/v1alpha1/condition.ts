/** Conditions as the Kubernetes API conventions define them. */
import { z } from 'zod';
import { listMap, time } from './schema.js';

export const conditionSchema = z.object({
  type: z.string().min(1).max(316).describe('type is the name of the condition.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('status is True, False or Unknown.'),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ format: 'int64' })
    .describe('observedGeneration is the generation that the condition speaks of.'),
  lastTransitionTime: time().describe('lastTransitionTime is when status last changed.'),
  reason: z.string().min(1).max(1024).describe('reason is one word for why.'),
  message: z.string().max(32768).describe('message says it for a person.'),
});

export const conditionsSchema = z
  .array(conditionSchema)
  .max(16)
  .optional()
  .meta(listMap('type'))
  .describe('conditions are observations of the state.');

export type Condition = z.infer<typeof conditionSchema>;
