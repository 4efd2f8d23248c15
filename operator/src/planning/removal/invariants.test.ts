/** What holds of removals whatever happens, and in which order it is seen. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../test/random.js';
import { type Happening, happenings, RemovalSimulator } from '../../../test/removal-simulator.js';

type Step = Happening | 'look' | number;

const look = fc.constant<Step>('look');
const wish = fc.integer({ min: 0, max: 7 });
const seed = fc.integer();
const stepsOf = (...kinds: readonly Happening[]) =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: look },
      { weight: 5, arbitrary: fc.constantFrom<Step>('see-pods', 'see-deployment', 'controller', 'ready', 'gone') },
      { weight: 3, arbitrary: fc.constantFrom<Step>(...kinds) },
      { weight: 1, arbitrary: wish },
    ),
    // Left to itself, fast-check makes ten steps at most.
    { maxLength: 80, size: 'max' },
  );

/** Takes a step, and checks what no step may do. */
function take(pool: RemovalSimulator, step: Step): void {
  if (typeof step === 'number') {
    pool.wanted = step;
  } else if (step === 'look') {
    const before = pool.replicas;
    pool.look();
    expect(pool.replicas).toBeGreaterThanOrEqual(Math.min(pool.wanted, before));
    expect(pool.replicas).toBeGreaterThanOrEqual(before - 1);
    // One more than wanted is for a server that is replaced by hand.
    expect(pool.replicas).toBeLessThanOrEqual(Math.max(pool.wanted + 1, before));
  } else {
    pool.happen(step);
  }
  expect(pool.leaving.length).toBeLessThanOrEqual(1);
}

/** What is true of a pool that was left alone for long enough. */
function expectRest(pool: RemovalSimulator): void {
  pool.settle(60);
  const { running, wanted, replicas } = pool;
  expect({ replicas, running: running.length }).toEqual({ replicas: wanted, running: wanted });
  expect(running.filter(({ mark, deletionCost }) => mark !== undefined || deletionCost !== undefined)).toEqual([]);
  expect(running.filter(({ isDrainRequested }) => isDrainRequested)).toEqual([]);
  expect(pool.look()).toMatchObject({ replicas: wanted, actions: [] });
}

test('one server goes at a time, none below the wish, and the pool ends at the wish', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), seed, stepsOf(...happenings), (count, number, steps) => {
      const pool = new RemovalSimulator(count, seededRandom(number));
      for (const step of steps) take(pool, step);
      expectRest(pool);
    }),
    { numRuns: 1500 },
  );
});

test('without anything failing, no fewer answer than are wanted, and what a person asked for is replaced before it goes', () => {
  const kinds = ['ask', 'take-back', 'rollout'] as const;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), seed, stepsOf(...kinds), (count, number, steps) => {
      const pool = new RemovalSimulator(count, seededRandom(number));
      const ready = () => pool.running.filter(({ isReady }) => isReady).length;
      let least = count;
      for (const step of steps) {
        // A wish for more is served by servers that are not there yet; one for fewer may be followed at once.
        if (typeof step === 'number') least = Math.min(ready(), step);
        take(pool, step);
        // What was wanted when the Deployment was told last may go: the ReplicaSet controller works when it likes.
        least = Math.min(least, pool.replicas);
        expect(ready()).toBeGreaterThanOrEqual(least);
        least = Math.max(least, Math.min(ready(), pool.wanted, pool.replicas));
      }
      expectRest(pool);
    }),
    { numRuns: 1000 },
  );
});

test('the ReplicaSet controller takes the server that was marked, unless another fails', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 7 }), seed, stepsOf('ask', 'take-back'), (count, number, steps) => {
      const pool = new RemovalSimulator(count, seededRandom(number));
      for (const step of steps) {
        const before = new Set(pool.running.filter(({ isReady }) => isReady).map(({ uid }) => uid));
        // A wish that is taken back in the moment after the Deployment was told may still undo the mark alone: then another
        // server goes, and one is started for it.
        take(pool, typeof step === 'number' ? Math.min(step, pool.wanted) : step);
        const gone = pool.leaving.filter(({ uid }) => before.has(uid));
        expect(gone.every(({ mark }) => mark !== undefined)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
