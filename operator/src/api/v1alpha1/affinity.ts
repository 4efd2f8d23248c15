/**
 * Affinity of pods, with the fields and meanings of `pod.spec.affinity` (core/v1). Written out rather than passed on
 * unseen, so that `kubectl explain` shows it and the API server refuses a misspelt field when the fleet is applied.
 */
import { z } from 'zod';
import { type Rule, withRules } from './rules.js';
import { int32, listAtomic } from './schema.js';

const terms = <T extends z.ZodType>(term: T) => z.array(term).min(1).max(8).meta(listAtomic);
const labelValues = z
  .array(z.string().max(63))
  .max(64)
  .optional()
  .meta(listAtomic)
  .describe('values are what the value is compared with; empty for Exists and DoesNotExist.');
const key = z.string().min(1).max(317).describe('key is the key of the label.');
const weight = int32(1, 100).describe('weight is how much the term counts against the others.');

interface Requirement {
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** How many values each operator compares with. */
const valuesFitOperator: Rule<Requirement> = {
  rule: "(self.operator in ['In', 'NotIn'] && has(self.values) && self.values.size() > 0) || (self.operator in ['Exists', 'DoesNotExist'] && (!has(self.values) || self.values.size() == 0)) || (self.operator in ['Gt', 'Lt'] && has(self.values) && self.values.size() == 1)",
  message:
    '`values` must have at least one value when `operator` is In or NotIn, one when it is Gt or Lt, and none otherwise',
  fieldPath: '.values',
  holds: ({ operator, values = [] }) => {
    if (operator === 'In' || operator === 'NotIn') return values.length > 0;
    return values.length === (operator === 'Gt' || operator === 'Lt' ? 1 : 0);
  },
};

const nodeRequirementSchema = withRules(
  z.object({
    key,
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
      .describe('operator says how the value of the node is compared.'),
    values: labelValues,
  }),
  valuesFitOperator,
);

const nodeTermSchema = z.object({
  matchExpressions: terms(nodeRequirementSchema)
    .optional()
    .describe('matchExpressions are requirements on the labels of the node; all must hold.'),
  matchFields: terms(nodeRequirementSchema)
    .optional()
    .describe('matchFields are requirements on the fields of the node (`metadata.name`); all must hold.'),
});

const nodeAffinitySchema = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .object({ nodeSelectorTerms: terms(nodeTermSchema).describe('nodeSelectorTerms are alternatives; one must hold.') })
    .optional()
    .describe('requiredDuringSchedulingIgnoredDuringExecution is what a node must fulfil.'),
  preferredDuringSchedulingIgnoredDuringExecution: terms(
    z.object({ weight, preference: nodeTermSchema.describe('preference is the term that is preferred.') }),
  )
    .optional()
    .describe('preferredDuringSchedulingIgnoredDuringExecution are preferences among nodes.'),
});

const labelSelectorSchema = z.object({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .optional()
    .meta({ maxProperties: 32 })
    .describe('matchLabels are labels that must be equal.'),
  matchExpressions: terms(
    z.object({
      key,
      operator: z
        .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
        .describe('operator says how the value of the label is compared.'),
      values: labelValues,
    }),
  )
    .optional()
    .describe('matchExpressions are requirements on labels; all must hold.'),
});

const labelKeys = (text: string) => z.array(z.string().max(317)).max(16).optional().meta(listAtomic).describe(text);

const podTermSchema = z.object({
  topologyKey: z
    .string()
    .min(1)
    .max(317)
    .describe('topologyKey is the label of nodes that says what counts as one place.'),
  labelSelector: labelSelectorSchema.optional().describe('labelSelector selects the other pods.'),
  namespaceSelector: labelSelectorSchema
    .optional()
    .describe('namespaceSelector selects the namespaces of the other pods; an empty one means all.'),
  namespaces: z
    .array(z.string().max(63))
    .max(32)
    .optional()
    .meta(listAtomic)
    .describe('namespaces names the namespaces of the other pods; that of the fleet when omitted.'),
  matchLabelKeys: labelKeys('matchLabelKeys are labels that the other pods must share with the pod.'),
  mismatchLabelKeys: labelKeys('mismatchLabelKeys are labels that the other pods must not share with the pod.'),
});

const podAffinitySchema = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: terms(podTermSchema)
    .optional()
    .describe('requiredDuringSchedulingIgnoredDuringExecution is what must hold of the place.'),
  preferredDuringSchedulingIgnoredDuringExecution: terms(
    z.object({ weight, podAffinityTerm: podTermSchema.describe('podAffinityTerm is the term that is preferred.') }),
  )
    .optional()
    .describe('preferredDuringSchedulingIgnoredDuringExecution are preferences among places.'),
});

export const affinitySchema = z.object({
  nodeAffinity: nodeAffinitySchema.optional().describe('nodeAffinity chooses nodes by their labels.'),
  podAffinity: podAffinitySchema.optional().describe('podAffinity puts servers where certain other pods run.'),
  podAntiAffinity: podAffinitySchema
    .optional()
    .describe('podAntiAffinity keeps servers away from where certain other pods run.'),
});

export type Affinity = z.infer<typeof affinitySchema>;
