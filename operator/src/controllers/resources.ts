/** Our own kinds as the kube layer serves them: objects are checked against their schema as they come in. */
import { z } from 'zod';
import { type DnsFleet, dnsFleetSchema } from '../api/v1alpha1/dns-fleet.js';
import { type DnsPool, dnsPoolSchema } from '../api/v1alpha1/dns-pool.js';
import { group, version } from '../api/v1alpha1/labels.js';
import type { KubeObject } from '../kube/object.js';
import type { Resource } from '../kube/resource.js';

export const dnsFleets: Resource<DnsFleet> = customKind('dnsfleets', 'DnsFleet', dnsFleetSchema);
export const dnsPools: Resource<DnsPool> = customKind('dnspools', 'DnsPool', dnsPoolSchema);

function customKind<T extends KubeObject>(plural: string, kind: string, schema: z.ZodType<T>): Resource<T> {
  return {
    group,
    version,
    plural,
    kind,
    namespaced: true,
    parse: (raw) => {
      const result = schema.safeParse(raw);
      if (!result.success) throw new TypeError(`reading ${kind}: ${z.prettifyError(result.error)}`);
      return result.data;
    },
  };
}
