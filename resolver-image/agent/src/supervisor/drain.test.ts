import { describe, expect, it } from '@jest/globals';
import { restartDelayMs } from './agent-process.js';
import { mayBeReady, nextDrain, parseDrainOrder } from './drain.js';
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
    for (const body of ['', '[]', 'null', '{"phase":"Gone"}', '{"phase":1}'])
      expect(parseDrainOrder(body)).toBeUndefined();
  });
});

describe('readiness', () => {
  const answering = judge(initialVerdict(0), 'Right', 1);
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
