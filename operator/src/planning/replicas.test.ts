/** How many servers a pool runs, whoever asks for how many. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clampReplicas, lostServerMs, planReplicas, type ReplicasObservation } from './replicas.js';
import type { Server } from './servers.js';

const limits = { state: 'Active', minServers: 2, maxServers: 5 } as const;
const server = (parts: Partial<Server> = {}): Server => ({
  name: 'a',
  uid: 'a',
  isScheduled: true,
  isReady: true,
  isStopping: false,
  ...parts,
});

describe('an active pool', () => {
  test.each([
    { wish: undefined, result: 2, reason: 'WithinLimits' },
    { wish: 1, result: 2, reason: 'TooFewReplicas' },
    { wish: 2, result: 2, reason: 'WithinLimits' },
    { wish: 5, result: 5, reason: 'WithinLimits' },
    { wish: 6, result: 5, reason: 'TooManyReplicas' },
  ])('asked for $wish servers runs $result: $reason', ({ wish, result, reason }) => {
    const spec = { ...limits, ...(wish !== undefined && { replicas: wish }) };
    expect(planReplicas({ nowMs: 0, spec, servers: [] })).toMatchObject({ replicas: result, limit: { reason } });
  });

  test.each([1, 6])('that still has its own first wish for %i servers is limited by nobody', (replicas) => {
    const plan = planReplicas({ nowMs: 0, spec: { ...limits, replicas }, servers: [], isOwnWish: true });
    expect(plan.limit).toMatchObject({ isLimited: false, reason: 'WithinLimits' });
    expect(plan.limit.message).toContain(`${plan.replicas} servers`);
  });

  test('never leaves its limits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        (...numbers) => {
          const [a, b, replicas] = numbers;
          const [minServers, maxServers] = [Math.min(a, b), Math.max(a, b)];
          const count = clampReplicas({ state: 'Active', minServers, maxServers, replicas });
          expect(count).toBeGreaterThanOrEqual(minServers);
          expect(count).toBeLessThanOrEqual(maxServers);
        },
      ),
    );
  });
});

describe('a retiring pool', () => {
  const retire = (servers: readonly Server[], workload: ReplicasObservation['workload'], nowMs = 0) =>
    planReplicas({ nowMs, spec: { ...limits, state: 'Retiring' }, servers, ...(workload && { workload }) }).replicas;
  const seen = (replicas: number) => ({ replicas, isObserved: true });

  test.each([
    { title: 'gives one up', servers: [server(), server()], workload: seen(2), result: 1 },
    { title: 'gives the last up', servers: [server()], workload: seen(1), result: 0 },
    { title: 'stays at none', servers: [], workload: seen(0), result: 0 },
    {
      title: 'waits for one that drains',
      servers: [server(), server({ isStopping: true })],
      workload: seen(1),
      result: 1,
    },
    {
      title: 'waits until its Deployment was looked at',
      servers: [server()],
      workload: { replicas: 1, isObserved: false },
      result: 1,
    },
    {
      title: 'waits while the pods are not yet what the Deployment says',
      servers: [server(), server(), server()],
      workload: seen(1),
      result: 1,
    },
    { title: 'without a Deployment runs none', servers: [], workload: undefined, result: 0 },
  ])('$title', ({ servers, workload, result }) => {
    expect(retire(servers, workload)).toBe(result);
  });

  test('does not wait for ever for a server that is lost with its node', () => {
    const lost = server({ isStopping: true, stopDeadlineMs: 1000 });
    expect(retire([server(), lost], seen(1), 1000 + lostServerMs)).toBe(1);
    expect(retire([server(), lost], seen(1), 1001 + lostServerMs)).toBe(0);
  });

  test('never has more than one server on its way out, however late things are seen', () => {
    // Deployment and pods are seen at times of their own; between two looks either may have moved on, or not.
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.constantFrom('look', 'kill', 'gone', 'see-pods', 'see-deployment'), { maxLength: 60 }),
        (count, steps) => {
          let replicas = count;
          let pods: Server[] = Array.from({ length: count }, (_, index) => server({ name: `${index}` }));
          let podsSeen = pods;
          let replicasSeen = replicas;
          for (const step of steps) {
            const stopping = pods.filter(({ isStopping }) => isStopping).length;
            if (step === 'look') {
              replicas = Math.min(replicas, retire(podsSeen, seen(replicasSeen)));
            }
            if (step === 'kill' && pods.length - stopping > replicas) {
              const at = pods.findIndex(({ isStopping }) => !isStopping);
              pods = pods.map((pod, index) => (index === at ? { ...pod, isStopping: true } : pod));
            }
            if (step === 'gone') pods = pods.filter(({ isStopping }) => !isStopping);
            if (step === 'see-pods') podsSeen = pods;
            if (step === 'see-deployment') replicasSeen = replicas;
            expect(pods.filter(({ isStopping }) => isStopping).length).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
