import { describe, expect, test } from '@jest/globals';
import { poolCondition } from '../../../test/fleet-observation.js';
import { testFleet } from '../../../test/objects.js';
import type { Condition } from '../../api/v1alpha1/condition.js';
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import { byNamespace, IndexedStore } from '../../kube/store.js';
import { inNamespace } from './gather.js';
import { lookAgain, refusedNeighbours } from './look-again.js';
import type { FleetOutcome, FleetPlan } from './types.js';

const planOf = (seconds?: number): FleetPlan => ({
  rollout: {
    actions: [],
    progress: { state: 'Complete', message: '' },
    ...(seconds !== undefined && { requeueAfterSeconds: seconds }),
  },
  writes: [],
  unscaled: [],
});
const refusedPlan: FleetPlan = {
  refusal: { reason: 'NameConflict', message: "DnsPool 'public-eu' exists" },
  writes: [],
  unscaled: [],
};
const done: FleetOutcome = { done: [] };

describe('a fleet is looked at again', () => {
  const refused: FleetOutcome = { done: [], refused: { kind: 'Service', message: 'no' } };
  const conflict: FleetOutcome = { done: [], conflict: 'Service dns/public' };
  test.each<[string, { plan: FleetPlan; outcome: FleetOutcome; seconds: number | undefined }]>([
    ['never by itself at rest', { plan: planOf(), outcome: done, seconds: undefined }],
    ['when its rollout asks for it', { plan: planOf(5), outcome: done, seconds: 5 }],
    ['within a minute when its spec is refused', { plan: refusedPlan, outcome: done, seconds: 60 }],
    ['within a minute when an object is in the way', { plan: planOf(), outcome: conflict, seconds: 60 }],
    ['within a minute when the API server refused an object', { plan: planOf(), outcome: refused, seconds: 60 }],
    ['at the first of two reasons', { plan: planOf(5), outcome: conflict, seconds: 5 }],
    ['within a minute when its rollout has more time', { plan: planOf(600), outcome: conflict, seconds: 60 }],
  ])('%s', (_title, { plan, outcome, seconds }) => {
    expect(lookAgain(plan, outcome)?.requeueAfterSeconds).toBe(seconds);
  });
});

describe('a fleet or pool that comes or goes', () => {
  const fleets = new IndexedStore<DnsFleet>({ indexes: { [inNamespace]: byNamespace } });
  const put = (name: string, namespace: string, accepted: Pick<Condition, 'status' | 'reason'>) => {
    const fleet = testFleet();
    const conditions = [poolCondition({ type: 'Accepted', ...accepted })];
    fleets.put({ ...fleet, metadata: { ...fleet.metadata, name, namespace }, status: { conditions } });
  };
  put('accepted', 'dns', { status: 'True', reason: 'Accepted' });
  put('bad-options', 'dns', { status: 'False', reason: 'ConfigurationRefused' });
  put('blocked', 'dns', { status: 'False', reason: 'NameConflict' });
  put('clashing', 'dns', { status: 'False', reason: 'InvalidSpec' });
  put('elsewhere', 'other', { status: 'False', reason: 'NameConflict' });

  test.each(['added', 'deleted'] as const)('(%s) wakes those that are refused for their neighbours', (type) => {
    expect(refusedNeighbours({ type, key: 'dns/gone-eu' }, fleets)).toEqual(['dns/blocked', 'dns/clashing']);
  });

  test('wakes nobody when it only changes', () => {
    expect(refusedNeighbours({ type: 'updated', key: 'dns/public' }, fleets)).toEqual([]);
  });
});
