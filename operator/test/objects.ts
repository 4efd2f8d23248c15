/** Builders of API objects for tests: a complete object with the defaults that the API server would fill in. */
import { type DnsFleet, dnsFleetSchema } from '../src/api/v1alpha1/dns-fleet.js';
import { type DnsPool, dnsPoolSchema } from '../src/api/v1alpha1/dns-pool.js';
import { apiVersion } from '../src/api/v1alpha1/labels.js';
import { listPops, buildPool } from '../src/builders/pool.js';

/** The image that servers of `fleetPools` run. */
export const testImage = { image: 'localhost/dnsfleet-resolver:dev', imagePullPolicy: 'Never' } as const;

/** A fleet called `public` in namespace `dns`, with `spec` over a minimal spec. */
export function testFleet(spec: Readonly<Record<string, unknown>> = {}): DnsFleet {
  return dnsFleetSchema.parse({
    apiVersion,
    kind: 'DnsFleet',
    metadata: testMetadata('public', 'fleet-uid'),
    spec: {
      upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }] },
      access: { allow: ['10.0.0.0/8'] },
      regions: [{ name: 'eu' }],
      ...spec,
    },
  });
}

/** The pools of `fleet` as they would be after the API server created them. */
export function fleetPools(fleet: DnsFleet): DnsPool[] {
  return listPops(fleet.spec.regions).map((placed) => {
    const intent = buildPool(fleet, placed, testImage);
    const name = intent.metadata.name ?? '';
    return dnsPoolSchema.parse({ ...intent, metadata: { ...intent.metadata, ...testMetadata(name, `${name}-uid`) } });
  });
}

/** The only pool of a fleet with one PoP. */
export function testPool(
  spec: Readonly<Record<string, unknown>> = {},
  poolSpec: Partial<DnsPool['spec']> = {},
): DnsPool {
  const [pool] = fleetPools(testFleet(spec));
  if (!pool) throw new Error('the fleet has no pool');
  return { ...pool, spec: { ...pool.spec, ...poolSpec } };
}

const testMetadata = (name: string, uid: string) => ({
  name,
  namespace: 'dns',
  uid,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-11-24T00:00:00Z',
});
