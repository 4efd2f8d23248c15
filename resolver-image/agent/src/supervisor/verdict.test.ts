import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  initialVerdict,
  judge,
  judgeCount,
  judgeStuck,
  type Moment,
  type ProbeOutcome,
  type Verdict,
} from './verdict.js';

/** The wall clock is far from the other one, and was just set. */
const at = (monotonicMs: number): Moment => ({ epochMs: 1_000_000 - monotonicMs, monotonicMs });
/** Probes that end at 200, 400, ... ms. */
const after = (outcomes: readonly ProbeOutcome[], start = initialVerdict(0)): Verdict =>
  outcomes.reduce((verdict, outcome, index) => judge(verdict, outcome, at((index + 1) * 200)), start);

describe('judge', () => {
  it('is not ready before the first right answer', () => {
    expect(initialVerdict(0).answering).toBe(false);
    expect(after(['Silent', 'Silent', 'Refused']).reason).toBe('the engine has not answered yet');
    expect(after(['Silent', 'Right'])).toMatchObject({ answering: true, sinceMs: 999_600, reason: '' });
    expect(judgeCount(after(['Silent']), 7, at(300)).answering).toBe(false);
  });

  it.each(['Silent', 'Refused'] as const)('forgives one probe that is %s and not two in a row', (failed) => {
    expect(after(['Right', failed]).answering).toBe(true);
    expect(after(['Right', failed, 'Right', failed]).answering).toBe(true);
    expect(after(['Right', failed, failed])).toMatchObject({
      answering: false,
      sinceMs: 999_400,
      noticedAfterMs: 400,
      reason: 'the engine did not answer 2 probes in a row',
    });
  });

  it('does not forgive a stranger', () => {
    expect(after(['Right', 'WrongIdentity'])).toMatchObject({
      answering: false,
      reason: expect.stringMatching(/another/),
    });
    expect(after(['WrongIdentity']).reason).toMatch(/another server/);
  });

  it('does not take an overloaded engine for a dead one: the control socket shows that it works', () => {
    let verdict = after(['Right']);
    for (let round = 1; round <= 20; round += 1) {
      verdict = judgeCount(verdict, 1000 * round, at(200 + round * 200 - 60));
      verdict = judge(verdict, 'Silent', at(200 + round * 200));
      expect(verdict.answering).toBe(true);
    }
  });

  it('takes an engine that is deaf for a dead one, although its control socket answers', () => {
    let verdict = after(['Right']);
    for (let round = 1; verdict.answering && round <= 20; round += 1) {
      verdict = judgeCount(verdict, 1000, at(200 + round * 200 - 60));
      verdict = judge(verdict, 'Silent', at(200 + round * 200));
    }
    expect(verdict).toMatchObject({ answering: false, noticedAfterMs: 460 });
  });

  it('takes no count from before the last right answer for work done since', () => {
    const counted = judgeCount(judgeCount(after(['Right']), 5, at(210)), 5, at(220));
    expect(counted.aliveMs).toBe(210);
    expect(judgeCount(judge(counted, 'Right', at(400)), 5, at(500)).aliveMs).toBe(500);
  });

  it('does not listen to the control socket of an engine that refuses queries', () => {
    const counted = judgeCount(after(['Right', 'Refused']), 1, at(410));
    expect(judge(counted, 'Refused', at(450)).answering).toBe(false);
  });

  it('is not ready while one thread is stuck, whatever the others answer', () => {
    const stuck = judgeStuck(after(['Right']), 2000, at(210));
    expect(stuck).toMatchObject({ answering: false, reason: 'a thread of the engine did not answer for 2000 ms' });
    expect(after(['Right', 'Silent', 'Right'], stuck).answering).toBe(false);
    expect(after(['Right'], judgeCount(stuck, 9, at(300))).answering).toBe(true);
    expect(after(['Refused', 'Refused', 'Right'], stuck).answering).toBe(true);
  });

  it('without a control socket answers if and only if the last probe was right, or one failure followed a right one', () => {
    const outcome = fc.constantFrom<ProbeOutcome>('Right', 'Silent', 'Refused', 'WrongIdentity');
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), (outcomes) => {
        const [last, before] = [outcomes.at(-1), outcomes.at(-2)];
        const isForgiven = (last === 'Silent' || last === 'Refused') && before === 'Right';
        expect(after(outcomes).answering).toBe(last === 'Right' || isForgiven);
      }),
    );
  });

  it('finds an engine that freezes at any moment of an overload within 0.6 s', () => {
    // Probes begin at 0, 200, ... and end 150 ms later; what the control socket says comes at any time before the freeze.
    const counts = fc.array(fc.double({ min: 0, max: 5000, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 5000, noNaN: true }), (times, frozenMs) => {
        const alive = times.filter((time) => time <= frozenMs);
        const probes = Array.from({ length: 40 }, (_, index) => index * 200 + 150);
        const events = [
          ...alive.map((timeMs) => ({ timeMs, isCount: true })),
          ...probes.map((timeMs) => ({ timeMs, isCount: false })),
        ].sort((one, other) => one.timeMs - other.timeMs);
        let verdict = judge(initialVerdict(0), 'Right', at(0));
        let noticedMs: number | undefined;
        events.forEach(({ timeMs, isCount }, index) => {
          verdict = isCount ? judgeCount(verdict, index, at(timeMs)) : judge(verdict, 'Silent', at(timeMs));
          if (!verdict.answering) noticedMs ??= timeMs;
        });
        expect((noticedMs ?? Infinity) - frozenMs).toBeLessThanOrEqual(550);
      }),
    );
  });
});
