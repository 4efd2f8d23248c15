import { describe, expect, test } from '@jest/globals';
import {
  appliedPool,
  appliedPools,
  observeTestFleet,
  poolCondition,
  withConditions,
} from '../../../test/fleet-observation.js';
import { testFleet, testImage } from '../../../test/objects.js';
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { buildPool, listPops } from '../../builders/pool.js';
import type { PoolDifference } from '../../planning/rollout-types.js';
import { comparePool } from './difference.js';
import { planFleet } from './plan.js';

const fleetWith = (limits: { readonly minServers: number; readonly maxServers: number }, spec = {}) =>
  testFleet({ regions: ['eu', 'us'].map((name) => ({ name, pops: [{ name, ...limits }] })), ...spec });
const fleet = fleetWith({ minServers: 2, maxServers: 4 });
const wantedOf = (of: typeof fleet) => {
  const [placed] = listPops(of.spec.regions);
  if (!placed) throw new Error('the fleet has no PoP');
  return buildPool(of, placed, testImage);
};
const live = appliedPool(wantedOf(fleet));
const editedByHand = (spec: Partial<DnsPool['spec']>): DnsPool => ({ ...live, spec: { ...live.spec, ...spec } });

describe('a pool', () => {
  const edited = fleetWith({ minServers: 2, maxServers: 4 }, { access: { allow: [] } });
  const unmarked = { ...live, metadata: { ...live.metadata, annotations: {} } };
  test.each<[string, PoolDifference, { pool: DnsPool | undefined; of: DnsFleet }]>([
    ['that is as wanted does not differ', 'None', { pool: live, of: fleet }],
    ['that does not exist is missing', 'Missing', { pool: undefined, of: fleet }],
    ['needs no step for limits that grow', 'Harmless', { pool: live, of: fleetWith({ minServers: 3, maxServers: 4 }) }],
    ['needs a step for limits that shrink', 'Change', { pool: live, of: fleetWith({ minServers: 2, maxServers: 3 }) }],
    ['needs a step for an edit of its fleet', 'Change', { pool: live, of: edited }],
    ['needs no step for what somebody changed', 'Harmless', { pool: editedByHand({ image: 'other' }), of: fleet }],
    [
      'needs no step for what somebody took out',
      'Harmless',
      { pool: editedByHand({ access: { allow: [] } }), of: fleet },
    ],
    [
      'that both its fleet and somebody changed needs a step',
      'Change',
      { pool: editedByHand({ image: 'other' }), of: edited },
    ],
    ['that an older operator made needs no step to be marked', 'Harmless', { pool: unmarked, of: fleet }],
  ])('%s', (_title, difference, { pool, of }) => {
    expect(comparePool(pool, wantedOf(of))).toBe(difference);
  });
});

describe('more servers while an edit is blocked', () => {
  const refused = { status: 'False', reason: 'ConfigurationRefused' } as const;
  const edit = { access: { allow: ['172.16.0.0/12'] } };
  const grown = fleetWith({ minServers: 3, maxServers: 9 }, edit);
  const [first] = appliedPools(fleetWith({ minServers: 3, maxServers: 9 }, edit));
  const [, second] = appliedPools(fleet);
  if (!first || !second) throw new Error('the fleet has two PoPs');
  const blocked = withConditions(
    first,
    poolCondition({ type: 'Ready', ...refused }),
    poolCondition({ type: 'Accepted', ...refused }),
  );

  test('are given to the other PoPs, in the version that they have', () => {
    const { writes } = planFleet(observeTestFleet(grown, [blocked, second]));
    expect(writes).toHaveLength(1);
    const [write] = writes;
    expect(write?.decision).toMatchObject({ type: 'Adjust', pop: 'us' });
    expect(write?.intent?.spec).toMatchObject({ minServers: 3, maxServers: 9, access: { allow: ['10.0.0.0/8'] } });
    expect(write?.intent?.metadata.annotations).toEqual(second.metadata.annotations);
  });

  test('are given once', () => {
    const given: DnsPool = { ...second, spec: { ...second.spec, minServers: 3, maxServers: 9 } };
    expect(planFleet(observeTestFleet(grown, [blocked, given])).writes).toEqual([]);
  });
});
