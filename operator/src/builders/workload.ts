/**
 * The part of a pool's spec from which its children are made, without the configuration of the servers. It is kept with
 * the published configuration, so that a pool whose edit is refused can be held to what it was before the edit.
 */
import type { z } from 'zod';
import { type DnsPoolSpec, dnsPoolSpecSchema } from '../api/v1alpha1/dns-pool.js';
import { serverSchema } from '../api/v1alpha1/resolver.js';
import { stableText } from '../planning/same.js';

const workloadSchema = dnsPoolSpecSchema
  .pick({
    region: true,
    image: true,
    imagePullPolicy: true,
    engine: true,
    listeners: true,
    ipFamilyPolicy: true,
    ipFamilies: true,
    placement: true,
  })
  // What a server can carry is for the planner; nothing is made of it.
  .extend({ server: serverSchema.pick({ resources: true }) });

export type PoolWorkload = z.infer<typeof workloadSchema>;

/** What of `spec` makes the Deployment, the Service and the other children. */
export const workloadOf = (spec: DnsPoolSpec): PoolWorkload => workloadSchema.parse(spec);

/** As text for an annotation: the same workload always gives the same text. */
export const renderWorkload = (workload: PoolWorkload): string => stableText(workload);

/** Reads it back; undefined if it is none, for example of another version of the API. */
export function readWorkload(text: string): PoolWorkload | undefined {
  try {
    return workloadSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
