/** How many servers a pool runs, whoever asks for how many. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clampReplicas, planReplicas } from './replicas.js';

const limits = { state: 'Active', minServers: 2, maxServers: 5 } as const;

describe('an active pool', () => {
  test.each([
    { wish: undefined, result: 2, reason: 'WithinLimits' },
    { wish: 1, result: 2, reason: 'TooFewReplicas' },
    { wish: 2, result: 2, reason: 'WithinLimits' },
    { wish: 5, result: 5, reason: 'WithinLimits' },
    { wish: 6, result: 5, reason: 'TooManyReplicas' },
  ])('asked for $wish servers runs $result: $reason', ({ wish, result, reason }) => {
    const spec = { ...limits, ...(wish !== undefined && { replicas: wish }) };
    expect(planReplicas({ spec })).toMatchObject({ wanted: result, limit: { reason } });
  });

  test.each([1, 6])('that still has its own first wish for %i servers is limited by nobody', (replicas) => {
    const plan = planReplicas({ spec: { ...limits, replicas }, isOwnWish: true });
    expect(plan.limit).toMatchObject({ isLimited: false, reason: 'WithinLimits' });
    expect(plan.limit.message).toContain(`${plan.wanted} servers`);
  });

  test('whose load decides is not limited by a floor above the last number, and is by its maximum', () => {
    const limitOf = (replicas: number) => planReplicas({ spec: { ...limits, replicas }, isByLoad: true }).limit;
    expect(limitOf(1)).toMatchObject({ isLimited: false, reason: 'WithinLimits' });
    expect(limitOf(6)).toMatchObject({ isLimited: true, reason: 'TooManyReplicas' });
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

test('a retiring pool ends with none, whatever was asked for', () => {
  expect(planReplicas({ spec: { ...limits, state: 'Retiring', replicas: 4 } }).wanted).toBe(0);
});
