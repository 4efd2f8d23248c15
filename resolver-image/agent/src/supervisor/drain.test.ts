import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import type { DrainPhase } from '../contract/load.js';
import { restartDelayMs } from './agent-process.js';
import { Drain, type DrainOrder, LEASE_MS, mayBeReady, nextDrain, parseDrainOrder } from './drain.js';
import { reasonsNotReady } from './server.js';
import { initialVerdict, judge } from './verdict.js';

const serving = { phase: 'Serving', sinceMs: 1 } as const;

describe('the drain state', () => {
  it('goes forward only, and keeps the time at which a phase began', () => {
    const notReady = nextDrain(serving, { phase: 'NotReady' }, 5);
    expect(notReady).toEqual({ phase: 'NotReady', sinceMs: 5 });
    expect(nextDrain(notReady, { phase: 'LameDuck' }, 6)).toBe(notReady);
    expect(nextDrain(notReady, { phase: 'NotReady' }, 6)).toBe(notReady);
    expect(nextDrain(notReady, { phase: 'Unproven', queriesPerSecondLeft: 3.5 }, 7)).toEqual({
      phase: 'Unproven',
      sinceMs: 7,
      queriesPerSecondLeft: 3.5,
    });
  });

  it('takes orders with a known phase only', () => {
    expect(parseDrainOrder('{"phase":"Quiet"}')).toEqual({ phase: 'Quiet' });
    for (const body of ['', '[]', 'null', '{"phase":"Gone"}', '{"phase":1}', '{"phase":"Serving"}'])
      expect(parseDrainOrder(body)).toBeUndefined();
  });
});

describe('the lease of an order', () => {
  function drain() {
    const clock = new FakeClock();
    const phases: DrainPhase[] = [];
    return { clock, phases, drain: new Drain(clock, (state) => phases.push(state.phase)) };
  }

  it('ends a drain that nobody renews, and the server serves again', async () => {
    const { clock, phases, drain: ours } = drain();
    ours.order({ phase: 'NotReady' });
    await clock.advance(LEASE_MS - 1);
    expect(ours.state.phase).toBe('NotReady');
    await clock.advance(1);
    expect(ours.state).toEqual({ phase: 'Serving', sinceMs: clock.now() });
    expect(phases).toEqual(['NotReady', 'Serving']);
  });

  it('lasts for as long as the order is repeated, whatever becomes of the wall clock', async () => {
    const { clock, phases, drain: ours } = drain();
    for (const jumpMs of [0, 3_600_000, -7_200_000, 0, 0, 0, 0]) {
      ours.order({ phase: 'NotReady' });
      clock.set(jumpMs);
      await clock.advance(LEASE_MS - 1);
    }
    expect(phases).toEqual(['NotReady']);
    expect(clock.pending).toBe(1);
  });

  it('lets the next drain begin at the beginning', async () => {
    const { clock, phases, drain: ours } = drain();
    ours.order({ phase: 'Quiet' });
    await clock.advance(LEASE_MS);
    ours.order({ phase: 'LameDuck' });
    expect(phases).toEqual(['Quiet', 'Serving', 'LameDuck']);
  });

  it('drains if and only if an order came within the lease, and goes forward alone meanwhile', async () => {
    const phase = fc.constantFrom<DrainOrder['phase']>('LameDuck', 'NotReady', 'Quiet');
    const steps = fc.array(fc.record({ phase, pauseMs: fc.nat(2 * LEASE_MS) }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(steps, async (orders) => {
        const { clock, drain: ours } = drain();
        for (const { phase: ordered, pauseMs } of orders) {
          const before = ours.state;
          ours.order({ phase: ordered });
          expect(ours.state).toEqual(nextDrain(before, { phase: ordered }, clock.now()));
          await clock.advance(pauseMs);
          expect(ours.state.phase === 'Serving').toBe(pauseMs >= LEASE_MS);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('readiness', () => {
  const answering = judge(initialVerdict(0), 'Right', { epochMs: 1, monotonicMs: 1 });
  it('needs an answering engine and a phase that invites queries', () => {
    expect(reasonsNotReady(answering, serving)).toEqual([]);
    expect(reasonsNotReady(answering, { ...serving, phase: 'LameDuck' })).toEqual([]);
    expect(reasonsNotReady(answering, { ...serving, phase: 'NotReady' })).toEqual([expect.stringContaining('drained')]);
    expect(reasonsNotReady(initialVerdict(0), { ...serving, phase: 'Quiet' })).toHaveLength(2);
    expect(mayBeReady('Unproven')).toBe(false);
  });
});

describe('restarts of the agent', () => {
  it('come within a second at first and never more often than each 10 s in a crash loop', () => {
    expect([1, 2, 3, 4, 5, 50].map(restartDelayMs)).toEqual([200, 800, 3200, 10_000, 10_000, 10_000]);
  });
});
