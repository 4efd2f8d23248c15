import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseScaleOptions, planSteps } from './options.js';

test('without arguments it is the size of the goal', () => {
  expect(parseScaleOptions([])).toEqual({ steps: 20, repeats: 5, metric: 'queries' });
});

test('a small run on a cluster that is there is possible', () => {
  expect(parseScaleOptions(['--steps', '2', '--repeats=0', '--metric', 'both', '--cluster', 'mine'])).toEqual({
    steps: 2,
    repeats: 0,
    metric: 'both',
    cluster: 'mine',
  });
});

test.each([
  [['--steps', '0'], "--steps must be a whole number from 1 to 100, but is '0'"],
  [['--repeats', 'five'], '--repeats must be a whole number from 0 to 20'],
  [['--metric', 'memory'], "--metric must be one of cpu, queries, both, but is 'memory'"],
  [['--step', '1'], "Unknown option '--step'"],
])('%j is refused with a reason', (argv, message) => {
  expect(() => parseScaleOptions(argv)).toThrow(message);
});

const brief = (of: Parameters<typeof planSteps>[0]) =>
  planSteps(of)
    .map(({ scaler, isCounted }) => (scaler === 'Hpa' ? 'H' : isCounted ? 'O' : 'o'))
    .join('');

test.each([
  [{ steps: 20, repeats: 5 }, 'HOoooHOoooHOoooHOoooHOooo'],
  [{ steps: 5, repeats: 2 }, 'HOoHOoo'],
  [{ steps: 2, repeats: 0 }, 'Oo'],
  [{ steps: 1, repeats: 3 }, 'HHHO'],
])('the steps of %j are taken in turns', (of, expected) => {
  expect(brief(of)).toBe(expected);
});

test('all steps are planned, and as many of ours are counted as of the HPA', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 20 }), (steps, repeats) => {
      const plan = planSteps({ steps, repeats });
      const ours = plan.filter(({ scaler }) => scaler === 'Builtin');
      expect(ours).toHaveLength(steps);
      expect(plan).toHaveLength(steps + repeats);
      expect(ours.filter(({ isCounted }) => isCounted)).toHaveLength(Math.min(steps, Math.max(1, repeats)));
    }),
  );
});
