import { expect, test } from '@jest/globals';
import { SlowNames } from './slow-names.js';

test('a name asked again is due when the first question was, and slow again once it is forgotten', () => {
  const names = new SlowNames(3000);
  expect(names.delayMs('a', 0)).toBe(3000);
  expect(names.delayMs('a', 1000)).toBe(2000);
  expect(names.delayMs('b', 1000)).toBe(3000);
  expect(names.delayMs('a', 5000)).toBe(0);
  expect(names.delayMs('a', 9000)).toBe(3000);
  expect(names.delayMs('b', 9999)).toBe(0);
});
