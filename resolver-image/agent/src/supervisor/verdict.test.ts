import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { initialVerdict, judge, type ProbeOutcome, type Verdict } from './verdict.js';

const after = (outcomes: readonly ProbeOutcome[], start = initialVerdict(0)): Verdict =>
  outcomes.reduce((verdict, outcome, index) => judge(verdict, outcome, (index + 1) * 200), start);

describe('judge', () => {
  it('is not ready before the first right answer', () => {
    expect(initialVerdict(0).answering).toBe(false);
    expect(after(['Silent', 'Silent', 'Silent']).reason).toBe('the engine has not answered yet');
    expect(after(['Silent', 'Right'])).toMatchObject({ answering: true, sinceMs: 400, reason: '' });
  });

  it('forgives one silence and not two in a row', () => {
    expect(after(['Right', 'Silent']).answering).toBe(true);
    expect(after(['Right', 'Silent', 'Right', 'Silent']).answering).toBe(true);
    expect(after(['Right', 'Silent', 'Silent'])).toMatchObject({ answering: false, sinceMs: 600, lastRightMs: 200 });
  });

  it('does not forgive a stranger', () => {
    expect(after(['Right', 'WrongIdentity'])).toMatchObject({
      answering: false,
      reason: expect.stringMatching(/another/),
    });
    expect(after(['WrongIdentity']).reason).toMatch(/another server/);
  });

  it('answers if and only if the last probe was right, or one silence followed a right one', () => {
    const outcome = fc.constantFrom<ProbeOutcome>('Right', 'Silent', 'WrongIdentity');
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), (outcomes) => {
        const [last, before] = [outcomes.at(-1), outcomes.at(-2)];
        expect(after(outcomes).answering).toBe(last === 'Right' || (last === 'Silent' && before === 'Right'));
      }),
    );
  });
});
