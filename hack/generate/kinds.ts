/** What a CRD says about a kind besides its schema: names, printer columns, sub-resources. */
import type { z } from 'zod';
import { dnsFleetSchema } from '../../operator/src/api/v1alpha1/dns-fleet.js';
import { dnsPoolSchema } from '../../operator/src/api/v1alpha1/dns-pool.js';

/** A column of `kubectl get`; those of priority 1 are shown with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: 1;
}

/** A kind of our API. */
export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  /** The whole object, as `customResource` builds it. */
  readonly schema: z.ZodObject<{ readonly spec: z.ZodType; readonly status: z.ZodType }>;
  readonly columns: readonly Column[];
  readonly selectableFields?: readonly string[];
  /** Paths of the `/scale` sub-resource, where one number makes sense. */
  readonly scale?: { readonly spec: string; readonly status: string; readonly selector: string };
}

const readyField = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;
const ready: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: readyField('status'),
  description: 'Whether everything works and nothing is under way.',
};
const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'How long ago it was created.',
};
const why: readonly Column[] = [
  { name: 'Reason', type: 'string', jsonPath: readyField('reason'), description: 'Why, in one word.', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: readyField('message'), description: 'Why, for a person.', priority: 1 },
];

export const kinds: readonly Kind[] = [
  {
    kind: 'DnsFleet',
    plural: 'dnsfleets',
    shortName: 'dnsf',
    description:
      'DnsFleet is a fleet of DNS resolvers: what they answer, to whom, and in which PoPs of which regions they run. Each PoP becomes a DnsPool.',
    schema: dnsFleetSchema,
    columns: [
      ready,
      { name: 'PoPs', type: 'string', jsonPath: '.status.summary.pops', description: 'PoPs that are ready, of all.' },
      {
        name: 'Servers',
        type: 'string',
        jsonPath: '.status.summary.servers',
        description: 'Servers that answer queries, of those wanted.',
      },
      age,
      ...why,
    ],
  },
  {
    kind: 'DnsPool',
    plural: 'dnspools',
    shortName: 'dnsp',
    description:
      'DnsPool is one PoP of a DnsFleet: the servers that run in one place. The operator writes it; only `spec.replicas` is for others, through `/scale`.',
    schema: dnsPoolSchema,
    columns: [
      { name: 'Region', type: 'string', jsonPath: '.spec.region', description: 'The region of the PoP.' },
      ready,
      {
        name: 'Servers',
        type: 'string',
        jsonPath: '.status.servers.summary',
        description: 'Servers that answer queries, of those wanted.',
      },
      {
        name: 'Draining',
        type: 'integer',
        jsonPath: '.status.servers.stopping',
        description: 'Servers that are on their way out, and answer until nobody asks them.',
      },
      {
        name: 'QPS',
        type: 'integer',
        jsonPath: '.status.load.queriesPerSecond',
        description: 'Queries per second, to two digits.',
      },
      {
        name: 'Load%',
        type: 'integer',
        jsonPath: '.status.scaling.utilizationPercent',
        description: 'Load against what the servers carry without the spare ones, to 5 points of percent.',
      },
      age,
      ...why,
      {
        name: 'Scaled',
        type: 'date',
        jsonPath: '.status.scaling.lastScaleTime',
        description: 'How long ago the number of servers was changed.',
        priority: 1,
      },
      {
        name: 'Last scale',
        type: 'string',
        jsonPath: '.status.scaling.lastScale',
        description: 'That change, and why.',
        priority: 1,
      },
    ],
    selectableFields: ['.spec.fleet', '.spec.region'],
    scale: { spec: '.spec.replicas', status: '.status.replicas', selector: '.status.selector' },
  },
];
