import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../operator/test/random.js';
import { courseAt, dayRates, noiseShare, playSeconds, timeAt } from './curve.js';

test.each([
  ['the night before', 0, 90],
  ['the rise has not begun', 9, 110],
  ['the office is at work', 13, 760],
  ['the peak', 27.5, 840],
  ['the office goes home', 50, 140],
  ['the night', 120, 90],
  ['whatever comes after', 500, 90],
])('%s: at %d s about %d queries/s', (_, second, queriesPerSecond) => {
  expect(courseAt(second)).toBeCloseTo(queriesPerSecond, 6);
});

test('the load is low for a whole cool-down of 60 s before the play ends', () => {
  const [peak, night] = [courseAt(27.5), courseAt(playSeconds)];
  for (let second = playSeconds - 66; second <= playSeconds; second += 1) {
    expect(courseAt(second)).toBeLessThan(night + (peak - night) * 0.05);
  }
});

test('the noise stays within its share, whatever the seed, and the same seed plays the same day', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const rates = dayRates(seededRandom(seed));
      expect(rates).toHaveLength(playSeconds);
      rates.forEach((rate, second) => {
        const course = courseAt(second + 0.5);
        expect(Math.abs(rate - course)).toBeLessThanOrEqual(course * noiseShare + 0.5);
      });
      expect(dayRates(seededRandom(seed))).toEqual(rates);
    }),
  );
});

test.each([
  [0, '05:00'],
  [12.5, '07:30'],
  [94.9, '23:58'],
  [95, '00:00'],
  [120, '05:00'],
  [131, '07:12'],
])('second %d is %s o’clock', (second, time) => {
  expect(timeAt(second)).toBe(time);
});
