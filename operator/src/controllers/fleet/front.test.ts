import { describe, expect, test } from '@jest/globals';
import { appliedPools, observeTestFleet, poolCondition, withConditions } from '../../../test/fleet-observation.js';
import { testFleet } from '../../../test/objects.js';
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { buildFleetService, wantedFront } from '../../builders/service.js';
import type { Service } from '../../kube/resource.js';
import { planFleet } from './plan.js';

const fleetWith = (spec: Readonly<Record<string, unknown>>) =>
  testFleet({ regions: [{ name: 'eu' }, { name: 'us' }], ...spec });
const before = fleetWith({ access: { allow: ['10.0.0.0/8'] }, service: { type: 'LoadBalancer' } });
const after = fleetWith({
  access: { allow: ['172.16.0.0/12'] },
  listeners: { dns: { port: 5353 } },
  service: { type: 'LoadBalancer' },
});
const inside = fleetWith({ access: { allow: ['10.0.0.0/8'] }, listeners: { dns: { port: 5353 } } });
const fixed = (nodePort: number) =>
  fleetWith({ access: { allow: ['172.16.0.0/12'] }, service: { type: 'NodePort', nodePort } });

const liveService = (fleet: DnsFleet): Service => {
  const { spec } = buildFleetService(fleet, wantedFront(fleet));
  return { metadata: { name: 'public', namespace: 'dns', uid: 'service-uid', resourceVersion: '1' }, spec };
};
const refusing = (pool: DnsPool | undefined) =>
  pool && withConditions(pool, poolCondition({ type: 'Accepted', status: 'False', reason: 'ConfigurationRefused' }));

interface Case {
  readonly fleet: DnsFleet;
  readonly eu: DnsPool | undefined;
  readonly us: DnsPool | undefined;
  readonly service?: Service;
}

function frontOf({ fleet, eu, us, service }: Case) {
  const pools = [eu, us].flatMap((pool) => pool ?? []);
  const { spec } = planFleet(observeTestFleet(fleet, pools, service ? { service } : {})).service ?? {};
  const [port] = spec?.ports ?? [];
  const nodePort = port?.nodePort === undefined ? '' : `/${port.nodePort}`;
  return `${spec?.type} ${port?.port}${nodePort} ${(spec?.loadBalancerSourceRanges ?? []).join(' ')}`.trim();
}

describe('the Service of a fleet', () => {
  const [oldEu, oldUs] = appliedPools(before);
  const [newEu, newUs] = appliedPools(after);
  const service = liveService(before);

  test.each<[string, Case, string]>([
    [
      'is as the spec says when there is none',
      { fleet: after, eu: undefined, us: undefined },
      'LoadBalancer 5353 172.16.0.0/12',
    ],
    [
      'keeps its port and networks, and lets the new ones in, when nobody has judged an edit',
      { fleet: after, eu: oldEu, us: oldUs, service },
      'LoadBalancer 53 172.16.0.0/12 10.0.0.0/8',
    ],
    [
      'keeps its port and networks when an edit is refused',
      { fleet: after, eu: refusing(newEu), us: oldUs, service },
      'LoadBalancer 53 172.16.0.0/12 10.0.0.0/8',
    ],
    [
      'keeps its port and networks when the only PoP refuses an edit',
      { fleet: after, eu: refusing(newEu), us: refusing(newUs), service },
      'LoadBalancer 53 172.16.0.0/12 10.0.0.0/8',
    ],
    [
      'moves its port when the first PoP has accepted, and shuts nobody out yet',
      { fleet: after, eu: newEu, us: oldUs, service },
      'LoadBalancer 5353 172.16.0.0/12 10.0.0.0/8',
    ],
    [
      'is as the spec says when all have changed',
      { fleet: after, eu: newEu, us: newUs, service },
      'LoadBalancer 5353 172.16.0.0/12',
    ],
    [
      'keeps its type when an edit is refused',
      { fleet: inside, eu: refusing(appliedPools(inside)[0]), us: oldUs, service },
      'LoadBalancer 53 10.0.0.0/8',
    ],
    [
      'keeps its fixed node port until the first PoP has accepted',
      { fleet: fixed(30054), eu: oldEu, us: oldUs, service: liveService(fixed(30053)) },
      'NodePort 53/30053',
    ],
    [
      'is put right at rest when somebody edited it',
      { fleet: after, eu: newEu, us: newUs, service: liveService(before) },
      'LoadBalancer 5353 172.16.0.0/12',
    ],
  ])('%s', (_title, situation, front) => {
    expect(frontOf(situation)).toBe(front);
  });
});
