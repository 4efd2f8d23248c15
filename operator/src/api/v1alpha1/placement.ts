/** Where servers of a PoP run: passed on to the pods of the pool's Deployment. */
import { z } from 'zod';
import { affinitySchema } from './affinity.js';
import { withRules } from './rules.js';
import { defaulted, int32, listAtomic, matching, qualifiedName } from './schema.js';

/** Not `Off`: YAML 1.1, which kubectl reads, takes that for a boolean. */
const spreadPolicy = z.enum(['Required', 'Preferred', 'None']);

export const tolerationSchema = withRules(
  z.object({
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
  }),
  {
    rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
    message: '`operator` must be Exists when `key` is omitted, which means all keys',
    fieldPath: '.operator',
    holds: ({ key, operator }) => key !== undefined || operator === 'Exists',
  },
  {
    rule: "!has(self.value) || !has(self.operator) || self.operator != 'Exists'",
    message: '`value` must not be set when `operator` is Exists, which takes any value',
    fieldPath: '.value',
    reason: 'FieldValueForbidden',
    holds: ({ value, operator }) => value === undefined || operator !== 'Exists',
  },
  {
    rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message: '`tolerationSeconds` may be set only when `effect` is NoExecute',
    fieldPath: '.tolerationSeconds',
    reason: 'FieldValueForbidden',
    holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
  },
);

/** A value of a label (Kubernetes' own syntax): empty, or at most 63 characters. */
const labelValue = '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$';
const nodeSelectorSchema = withRules(
  z.record(z.string(), z.string().max(63)).meta({ maxProperties: 32 }),
  {
    rule: `self.all(k, k.matches('${qualifiedName}'))`,
    message: "must have label keys such as 'topology.kubernetes.io/region'",
    holds: (selector) => Object.keys(selector).every((key) => new RegExp(qualifiedName).test(key)),
  },
  {
    rule: `self.all(k, self[k].matches('${labelValue}'))`,
    message: "must have label values of letters, digits, '-', '_' and '.', such as 'eu-west-1'",
    holds: (selector) => Object.values(selector).every((value) => new RegExp(labelValue).test(value)),
  },
);

export const placementSchema = defaulted(
  z.object({
    nodeSelector: nodeSelectorSchema.optional().describe('nodeSelector are the labels that a node must have.'),
    affinity: affinitySchema.optional().describe('affinity is the affinity of the pods, as in a Pod.'),
    tolerations: z
      .array(tolerationSchema)
      .max(32)
      .optional()
      .meta(listAtomic)
      .describe('tolerations are taints that the pods bear.'),
    priorityClassName: matching(
      '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
      253,
      "must be the name of a PriorityClass, such as 'system-cluster-critical'",
    )
      .optional()
      .describe('priorityClassName is the PriorityClass of the pods.'),
    spread: defaulted(
      z.object({
        nodes: spreadPolicy
          .default('Preferred')
          .describe('nodes spreads the servers over nodes (`kubernetes.io/hostname`).'),
        zones: spreadPolicy
          .default('Preferred')
          .describe('zones spreads the servers over zones (`topology.kubernetes.io/zone`).'),
      }),
    ).describe(
      'spread keeps servers apart, so that one node or zone does not take all: Required leaves a server unscheduled rather than crowd, Preferred tries, None does not care.',
    ),
  }),
).describe('placement says where the servers run.');

export type Placement = z.infer<typeof placementSchema>;
