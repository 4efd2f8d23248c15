/** How a pool that retires comes to an end, also in the middle of a rollout. */
import { describe, expect, test } from '@jest/globals';
import { testPool } from '../../../test/objects.js';
import { buildDeployment } from '../../builders/deployment.js';
import { deployments } from '../../kube/resource.js';
import type { Server } from '../../planning/servers.js';
import { planPoolRemoval } from './removal.js';
import type { PoolObservation } from './types.js';

const server = (name: string, isReady: boolean): Server => ({
  name,
  uid: name,
  isScheduled: true,
  isReady,
  isStopping: false,
});
const overdue = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };

/** The plan of a pool of two former servers and a new one that its rollout has started. */
function planOf(
  state: 'Active' | 'Retiring',
  parts: { readonly conditions?: readonly object[]; readonly isReady?: boolean } = {},
) {
  const { conditions = [], isReady = true } = parts;
  const pool = testPool({}, { state });
  const built = buildDeployment(pool, 2);
  const deployment = deployments.parse({
    ...built,
    metadata: { ...built.metadata, uid: 'd', resourceVersion: '7', generation: 3 },
    status: { observedGeneration: 3, replicas: 3, updatedReplicas: 1, conditions },
  });
  const servers = [server('a', isReady), server('b', isReady), server('new', false)];
  const observation: PoolObservation = {
    nowMs: 0,
    pool,
    deployment,
    children: new Set(),
    servers,
    agents: new Map(),
    loads: new Map(),
    hasOtherScaler: false,
    judgement: { type: 'Accepted' },
  };
  const { replicas, actions } = planPoolRemoval(observation, state === 'Retiring' ? 0 : 1);
  return [replicas, ...actions.map(({ type, server: of }) => (of ? `${type} ${of.name}` : type))];
}

describe('a pool in a rollout', () => {
  test('takes nothing away, also when it retires', () => {
    expect(planOf('Active')).toEqual([2]);
    expect(planOf('Retiring')).toEqual([2]);
  });

  test('that its Deployment has given up retires all the same, and shrinks for nothing else', () => {
    expect(planOf('Retiring', { conditions: [overdue] })).toEqual([2, 'Mark a']);
    expect(planOf('Active', { conditions: [overdue] })).toEqual([2]);
  });

  test('of which no server answers retires at once', () => {
    expect(planOf('Retiring', { isReady: false })).toEqual([2, 'Remove']);
  });
});
