/** The parts of Kubernetes objects that the suites look at, parsed where kubectl's JSON comes in. */
import { z } from 'zod';

const metadata = z.looseObject({
  name: z.string(),
  uid: z.string(),
  generation: z.number().default(0),
  labels: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
  creationTimestamp: z.string(),
  resourceVersion: z.string(),
});

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  observedGeneration: z.number().optional(),
});

export const containerStatus = z.looseObject({ name: z.string(), restartCount: z.number(), ready: z.boolean() });

export const podSchema = z.looseObject({
  metadata,
  spec: z.looseObject({ nodeName: z.string().optional() }),
  status: z.looseObject({
    phase: z.string().default('Pending'),
    podIP: z.string().optional(),
    podIPs: z.array(z.object({ ip: z.string() })).default([]),
    conditions: z.array(condition).default([]),
    containerStatuses: z.array(containerStatus).default([]),
    initContainerStatuses: z.array(containerStatus).default([]),
  }),
});

/** DnsFleet and DnsPool alike. */
export const resourceSchema = z.looseObject({
  metadata,
  status: z
    .looseObject({
      observedGeneration: z.number().default(0),
      conditions: z.array(condition).default([]),
      addresses: z.array(z.string()).default([]),
      replicas: z.number().default(0),
    })
    .default({ observedGeneration: 0, conditions: [], addresses: [], replicas: 0 }),
});

export const serviceSchema = z.looseObject({
  metadata,
  spec: z.looseObject({
    clusterIP: z.string(),
    clusterIPs: z.array(z.string()).default([]),
    healthCheckNodePort: z.number().optional(),
    ports: z.array(z.looseObject({ name: z.string().default(''), port: z.number(), nodePort: z.number().optional() })),
  }),
});

export const nodeSchema = z.looseObject({
  metadata,
  status: z.looseObject({ addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })) }),
});

export const metadataOnlySchema = z.looseObject({ kind: z.string(), metadata });

export type Pod = z.infer<typeof podSchema>;
export type Resource = z.infer<typeof resourceSchema>;
export type Service = z.infer<typeof serviceSchema>;

/** Whether a condition is True. */
export function isTrue(object: Resource | Pod, type: string): boolean {
  return object.status.conditions.some((each) => each.type === type && each.status === 'True');
}

/** Conditions as one line, for the message of a failed wait. */
export function describeConditions(object: Resource | Pod): string {
  const { name } = object.metadata;
  const all = object.status.conditions.map((each) =>
    `${each.type}=${each.status} ${each.reason} ${each.message}`.trim(),
  );
  return `${name}: ${all.join('; ') || 'no conditions'}`;
}
