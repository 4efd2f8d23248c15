/** What one server carries: a number that a person says, or what dnsfleet measures within the bounds that a person allows. */
import { z } from 'zod';
import { type Rule, withRules } from './rules.js';
import { int32 } from './schema.js';

/** The value of `capacityQps` with which the capacity is learnt from what the servers do. */
export const measured = 'Measured';

const mostQps = 10_000_000;

export const capacityQpsSchema = withRules(
  z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true, maxLength: 32 }),
  {
    rule: `type(self) == int ? (self >= 1 && self <= ${mostQps}) : self == '${measured}'`,
    message: `must be a number of queries per second from 1 to ${mostQps}, without quotes, or the word '${measured}'`,
    holds: (value) => (typeof value === 'number' ? value >= 1 && value <= mostQps : value === measured),
  },
);

export const measuredCapacitySchema = withRules(
  z.object({
    minQps: int32(1, mostQps).describe(
      'minQps is the least that a server carries, in queries per second: it counts until enough was learnt, and nothing below it is believed.',
    ),
    maxQps: int32(1, mostQps).describe(
      'maxQps is the most that a server carries, in queries per second: nothing above it is believed.',
    ),
  }),
  {
    rule: 'self.minQps <= self.maxQps',
    message: '`minQps` must not exceed `maxQps`',
    fieldPath: '.minQps',
    holds: ({ minQps, maxQps }) => minQps <= maxQps,
  },
);

interface CapacityFields {
  readonly capacityQps?: number | string | undefined;
  readonly measuredCapacity?: z.infer<typeof measuredCapacitySchema> | undefined;
}

const isMeasured = `has(self.capacityQps) && self.capacityQps == '${measured}'`;

/** The bounds go with the word, and with nothing else. */
export const boundsGoWithMeasured: readonly Rule<CapacityFields>[] = [
  {
    rule: `!(${isMeasured}) || has(self.measuredCapacity)`,
    message: `\`measuredCapacity\` must say \`minQps\` and \`maxQps\` when \`capacityQps\` is '${measured}'`,
    fieldPath: '.measuredCapacity',
    reason: 'FieldValueRequired',
    holds: ({ capacityQps, measuredCapacity }) => capacityQps !== measured || measuredCapacity !== undefined,
  },
  {
    rule: `!has(self.measuredCapacity) || (${isMeasured})`,
    message: `\`measuredCapacity\` must be left out unless \`capacityQps\` is '${measured}': it bounds what is measured`,
    fieldPath: '.measuredCapacity',
    reason: 'FieldValueForbidden',
    holds: ({ capacityQps, measuredCapacity }) => capacityQps === measured || measuredCapacity === undefined,
  },
];

/** Bounds of a measured capacity, in queries per second of one server. */
export interface CapacityBounds {
  readonly minQps: number;
  readonly maxQps: number;
}

/** The bounds of a capacity that is to be measured; undefined if it is not. */
export function capacityBounds({ capacityQps, measuredCapacity }: CapacityFields): CapacityBounds | undefined {
  return capacityQps === measured ? measuredCapacity : undefined;
}

/** The number that a person said; undefined if nobody did. */
export function configuredCapacity({ capacityQps }: CapacityFields): number | undefined {
  return typeof capacityQps === 'number' ? capacityQps : undefined;
}

/** The most that one server can be said to carry; undefined if nobody said anything. */
export function highestCapacity(fields: CapacityFields): number | undefined {
  return configuredCapacity(fields) ?? capacityBounds(fields)?.maxQps;
}
