/** The steps of a removal, one look at a time. */
import { describe, expect, test } from '@jest/globals';
import { lowestDeletionCost } from '../../api/v1alpha1/labels.js';
import { lostServerMs, type Server } from '../servers.js';
import { planRemoval } from './plan.js';
import type { RemovalObservation, WorkloadObservation } from './types.js';

const server = (name: string, parts: Partial<Server> = {}): Server => ({
  name,
  uid: name,
  isScheduled: true,
  isReady: true,
  isStopping: false,
  ...parts,
});
const marked = { mark: { timeMs: 0, reason: 'because' }, deletionCost: lowestDeletionCost };
const stopping = { isStopping: true, stopDeadlineMs: 1000 };
const byHand = { isDrainRequested: true };
const workload = (replicas: number, parts: Partial<WorkloadObservation> = {}): WorkloadObservation => ({
  replicas,
  isObserved: true,
  created: 0,
  isRollingOut: false,
  resourceVersion: '7',
  ...parts,
});
const plan = (wanted: number, servers: readonly Server[], parts: Partial<RemovalObservation> = {}) => {
  const running = servers.filter(({ isStopping }) => !isStopping).length;
  return planRemoval({ nowMs: 0, wanted, servers, workload: workload(running), loads: new Map(), ...parts });
};
const steps = (...args: Parameters<typeof plan>) => {
  const { replicas, actions } = plan(...args);
  return [replicas, ...actions.map(({ type, server: of }) => (of ? `${type} ${of.name}` : type))];
};
const [a, b, c] = [server('a'), server('b'), server('c')];

describe('a pool that runs more servers than wanted', () => {
  test('marks one, and runs as many as before', () => {
    expect(steps(1, [a, b, c])).toEqual([3, 'Mark a']);
    const [mark] = plan(1, [a, b, c], { nowMs: 5000 }).actions;
    expect(mark).toMatchObject({ mark: { timeMs: 5000, reason: '3 servers run, 1 are wanted' } });
  });

  test('removes it when it is seen marked, with the version of the Deployment that was looked at', () => {
    const { actions } = plan(1, [a, server('b', marked), c]);
    expect(actions).toMatchObject([{ type: 'Remove', server: { name: 'b' }, replicas: 2, resourceVersion: '7' }]);
  });

  test('marks it again when somebody took the deletion cost away', () => {
    expect(steps(1, [a, server('b', { mark: marked.mark }), c])).toEqual([3, 'Mark b']);
  });

  test('waits while the ReplicaSet controller has not yet done what it was told', () => {
    expect(steps(1, [a, server('b', marked), c], { workload: workload(2) })).toEqual([2]);
    expect(steps(1, [a, b, c], { workload: workload(3, { isObserved: false }) })).toEqual([3]);
  });

  test('waits for one that drains, whoever stopped it, unless that is lost with its node', () => {
    const servers = [a, b, server('c', stopping)];
    expect(steps(1, servers)).toEqual([2]);
    expect(steps(1, servers, { nowMs: 1000 + lostServerMs })).toEqual([2]);
    expect(steps(1, servers, { nowMs: 1001 + lostServerMs })).toEqual([2, 'Mark a']);
  });

  test('takes nothing away in a rollout, and undoes what had begun', () => {
    const rollingOut = { workload: workload(3, { isRollingOut: true }) };
    expect(steps(1, [a, server('b', marked), c], rollingOut)).toEqual([3, 'Unmark b']);
    expect(steps(1, [a, b, c, server('d')], rollingOut)).toEqual([3]);
  });

  test('lets go of the chosen one when another would be taken before it', () => {
    const sick = server('c', { isReady: false });
    expect(steps(1, [a, server('b', marked), sick])).toEqual([3, 'Unmark b', 'Mark c']);
    expect(steps(1, [a, server('b', marked), server('c', { ...marked, isReady: false })])).toEqual([3, 'Unmark b']);
  });

  test('gives up places that could not be filled, one at a time, without taking a server', () => {
    expect(steps(1, [a, b], { workload: workload(4, { created: 2 }) })).toEqual([4, 'Remove']);
    expect(steps(1, [a, b], { workload: workload(4, { created: 3 }) })).toEqual([4]);
  });

  test('says what it does', () => {
    expect(plan(1, [a, b, c]).progress).toBe('3 servers run, 1 are wanted: a goes next');
    expect(plan(1, [a, b, server('c', stopping)]).progress).toBe('2 servers run, 1 are wanted: c drains');
  });
});

describe('a pool that follows its load', () => {
  const takes = (servers: number) => ({ need: { servers, isKnown: true } });
  const unknown = { need: { servers: 0, isKnown: false } };

  test('keeps the servers that the load takes, and undoes what had begun', () => {
    expect(steps(1, [a, server('b', marked), c], takes(3))).toEqual([3, 'Unmark b']);
    expect(plan(1, [a, b, c], takes(4)).progress).toBe(
      '3 servers run, 1 are wanted: the load and the redundancy take 4',
    );
    expect(steps(1, [a, b, c], takes(2))).toEqual([3, 'Mark a']);
  });

  test('starts none for the load alone: that is for the autoscaler', () => {
    expect(steps(3, [a, b, c], takes(5))).toEqual([3]);
    expect(steps(1, [a, b, c], takes(5))).toEqual([3]);
  });

  test('keeps those that serve while the load of one is not known, also when another one drains', () => {
    expect(steps(1, [a, b, c], unknown)).toEqual([3]);
    expect(steps(1, [a, server('b', marked), c], unknown)).toEqual([3, 'Unmark b']);
    expect(steps(1, [a, server('b', marked), server('c', stopping)], unknown)).toEqual([2, 'Unmark b']);
    expect(plan(1, [a, b, c], unknown).progress).toBe(
      '3 servers run, 1 are wanted: the load of a serving server is not known',
    );
  });

  test.each([
    ['is not ready', server('c', { isReady: false })],
    ['is pending', server('c', { isReady: false, isPending: true })],
    ['has no node', server('c', { isReady: false, isScheduled: false })],
    ['a person wants replaced', server('c', byHand)],
  ])('gives up a server that %s though the load is not known', (_, victim) => {
    expect(steps(1, [a, b, victim], unknown)).toEqual([3, 'Mark c']);
  });

  test('gives up places that could not be filled though the load is not known', () => {
    expect(steps(1, [a, b], { ...unknown, workload: workload(4, { created: 2 }) })).toEqual([4, 'Remove']);
  });

  test('replaces a server for a person whatever the load is, and starts one for it, not more', () => {
    const asked = server('b', byHand);
    for (const parts of [unknown, takes(8)]) {
      expect(steps(3, [a, asked, c], parts)).toEqual([4]);
      expect(steps(3, [a, asked, c, server('d')], parts)).toEqual([4, 'Mark b']);
    }
  });
});

describe('a removal is undone', () => {
  test.each([3, 5])('when %i servers are wanted again, and growth waits for nothing', (wanted) => {
    expect(steps(wanted, [a, server('b', marked), c])).toEqual([wanted, 'Unmark b']);
  });

  test('and growth waits neither for a rollout nor for one that drains', () => {
    const parts = { workload: workload(3, { isRollingOut: true, isObserved: false }) };
    expect(steps(5, [a, server('b', marked), c, server('d', stopping)], parts)).toEqual([5, 'Unmark b']);
  });

  test('when another server went in its place', () => {
    const { replicas, actions } = plan(2, [a, server('b', marked), server('c', stopping)]);
    expect(replicas).toBe(2);
    expect(actions).toMatchObject([{ type: 'Unmark', server: { name: 'b' }, why: 'c went in its place' }]);
  });

  test('but not while it is the one that the ReplicaSet controller was told to take', () => {
    expect(steps(2, [a, server('b', marked), c], { workload: workload(2) })).toEqual([2]);
  });

  test('when a rollout begins before the ReplicaSet controller took it', () => {
    const parts = { workload: workload(2, { isRollingOut: true }) };
    expect(steps(2, [a, server('b', marked), c], parts)).toEqual([2, 'Unmark b']);
  });
});

describe('a server that a person wants replaced', () => {
  const asked = server('b', byHand);

  test('has another one started first, whatever the maximum', () => {
    expect(steps(3, [a, asked, c])).toEqual([4]);
  });

  test.each([
    ['that is not ready', server('d', { isReady: false })],
    ['that has no node', server('d', { isScheduled: false, isReady: false })],
  ])('stays, and its replacement too, while there is one %s', (_, fresh) => {
    expect(steps(3, [a, asked, c, fresh])).toEqual([4]);
    expect(plan(3, [a, asked, c, fresh]).progress).toContain('the server that replaces b is not ready');
  });

  test('goes once as many as wanted are ready beside it', () => {
    expect(steps(3, [a, asked, c, server('d')])).toEqual([4, 'Mark b']);
    expect(plan(3, [a, asked, c, server('d')]).actions).toMatchObject([{ mark: { reason: 'drained by hand' } }]);
    expect(steps(3, [a, server('b', { ...byHand, ...marked }), c, server('d')])).toEqual([4, 'Remove b']);
  });

  test('goes though it is not ready itself', () => {
    expect(steps(3, [a, server('b', { ...byHand, isReady: false }), c, server('d')])).toEqual([4, 'Mark b']);
    const two = [a, server('b', { ...byHand, isReady: false }), c, server('d', { isReady: false })];
    expect(steps(3, two)).toEqual([4]);
  });

  test('stays, unmarked, when another server fails before its removal', () => {
    const servers = [server('a', { isReady: false }), server('b', { ...byHand, ...marked }), c, server('d')];
    expect(steps(3, servers)).toEqual([4, 'Unmark b']);
  });

  test('is not replaced a second time while it is on its way', () => {
    expect(steps(3, [a, server('b', { ...byHand, ...marked }), c, server('d')], { workload: workload(3) })).toEqual([
      3,
    ]);
    expect(steps(3, [a, server('b', { ...byHand, ...stopping }), c, server('d')])).toEqual([3]);
  });

  test('goes first of a pool that shrinks, which starts none for it', () => {
    expect(steps(1, [a, asked, c])).toEqual([3, 'Mark b']);
  });

  test('waits for a rollout, which replaces it anyway', () => {
    expect(steps(3, [a, asked, c], { workload: workload(3, { isRollingOut: true }) })).toEqual([3]);
  });

  test('stays when nobody asks for it any more, and the youngest goes', () => {
    const chosen = { ...marked, mark: { timeMs: 0, reason: 'drained by hand' }, createdMs: 9 };
    const servers = [server('a', { createdMs: 1 }), server('b', chosen), server('d', { createdMs: 3 })];
    expect(steps(2, servers)).toEqual([3, 'Unmark b', 'Mark d']);
  });

  test('is taken one at a time with others', () => {
    const two = [a, asked, server('c', byHand), server('d')];
    expect(steps(3, two)).toEqual([4, 'Mark b']);
    const chosen = { mark: { timeMs: 0, reason: 'drained by hand' }, deletionCost: lowestDeletionCost };
    expect(steps(3, [a, asked, server('c', { ...byHand, ...chosen }), server('d')])).toEqual([4, 'Remove c']);
    expect(steps(3, [a, server('c', byHand), server('d'), server('b', stopping)])).toEqual([4]);
    const next = [a, server('c', byHand), server('d'), server('e'), server('b', stopping)];
    expect(steps(3, next)).toEqual([4]);
  });
});

describe('a pool that retires', () => {
  test('gives up its last server too', () => {
    expect(steps(0, [a])).toEqual([1, 'Mark a']);
    expect(steps(0, [server('a', marked)])).toEqual([1, 'Remove a']);
    expect(steps(0, [server('a', { ...marked, ...stopping })])).toEqual([0]);
  });

  test('starts none for a person', () => {
    expect(steps(0, [a, server('b', byHand)])).toEqual([2, 'Mark b']);
  });

  test('without a Deployment runs none', () => {
    expect(planRemoval({ nowMs: 0, wanted: 0, servers: [], loads: new Map() })).toEqual({ replicas: 0, actions: [] });
  });
});
