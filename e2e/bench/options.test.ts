import { expect, test } from '@jest/globals';
import { parseBenchOptions } from './options.js';

test('without arguments it is the size of the goal', () => {
  expect(parseBenchOptions([])).toEqual({
    fleets: 200,
    pops: 5,
    serversPerPool: 5,
    restSeconds: 180,
    waitSeconds: 300,
    restarts: 2,
  });
});

test('a small run is possible', () => {
  expect(parseBenchOptions(['--fleets', '10', '--pops=2', '--rest-seconds', '30'])).toMatchObject({
    fleets: 10,
    pops: 2,
    restSeconds: 30,
  });
});

test.each([
  [['--fleets', '0'], "--fleets must be a whole number from 1 to 5000, but is '0'"],
  [['--servers-per-pool', '51'], '--servers-per-pool must be a whole number from 1 to 50'],
  [['--pops', '33'], '--pops must be a whole number from 1 to 32'],
  [['--rest-seconds', 'long'], '--rest-seconds must be a whole number'],
  [['--fleet', '1'], "Unknown option '--fleet'"],
])('%j is refused with a reason', (argv, message) => {
  expect(() => parseBenchOptions(argv)).toThrow(message);
});
