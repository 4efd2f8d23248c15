/** The load of a pool out of counters, and when a change of it is worth a write. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { agentReport, type AgentReportParts } from '../../test/agent-report.js';
import { isOtherLoad, measureLoad, roundToTwoDigits } from './load.js';
import type { Server } from './servers.js';

const measure = (
  ...parts: readonly (AgentReportParts & { readonly isReady?: boolean; readonly isUnknown?: boolean })[]
) => {
  const servers = parts.map(({ isReady = true }, index): Server => ({
    name: `${index}`,
    uid: `${index}`,
    isScheduled: true,
    isReady,
    isStopping: false,
  }));
  const known = parts.flatMap((part, index) => (part.isUnknown ? [] : [[`${index}`, agentReport(part)] as const]));
  return measureLoad(servers, new Map(known));
};

describe('the load of a pool', () => {
  test('is the sum over its servers', () => {
    expect(measure({ queries: [100, 1100], servfails: [0, 20] }, { queries: [0, 3000], servfails: [5, 25] })).toEqual({
      queriesPerSecond: 400,
      servfailPercent: 1,
    });
  });

  test('is nothing without queries', () => {
    expect(measure({})).toEqual({ queriesPerSecond: 0, servfailPercent: 0 });
  });

  test.each([
    ['one server that answers was not measured', { isUnknown: true }],
    ['one engine was started anew between the samples', { isRestarted: true }],
  ])('is unknown while %s', (_title, part) => {
    expect(measure({ queries: [0, 1000] }, part)).toBeUndefined();
  });

  test('does not wait for a server that does not answer', () => {
    expect(measure({ queries: [0, 1000] }, { isUnknown: true, isReady: false })?.queriesPerSecond).toBe(100);
  });

  test('is unknown when nobody answers', () => {
    expect(measure({ isReady: false, queries: [0, 10] })).toBeUndefined();
  });
});

test.each([
  [0, 0],
  [0.4, 0],
  [0.6, 1],
  [7.4, 7],
  [99, 99],
  [104, 100],
  [1234, 1200],
  [98_765, 99_000],
])('%d is rounded to %d', (value, rounded) => {
  expect(roundToTwoDigits(value)).toBe(rounded);
});

describe('a load is worth a write', () => {
  const load = (queriesPerSecond: number, servfailPercent = 0) => ({ queriesPerSecond, servfailPercent });

  test.each([
    { before: undefined, now: load(1), isOther: true },
    { before: undefined, now: undefined, isOther: false },
    { before: load(100), now: undefined, isOther: true },
    { before: load(100), now: load(120), isOther: false },
    { before: load(100), now: load(130), isOther: true },
    { before: load(100), now: load(79), isOther: true },
    { before: load(0), now: load(1), isOther: true },
    { before: load(100, 1), now: load(100, 2), isOther: false },
    { before: load(100, 1), now: load(100, 3), isOther: true },
  ])('$before -> $now: $isOther', ({ before, now, isOther }) => {
    expect(isOtherLoad(before, now)).toBe(isOther);
  });

  test('never at rest: constant, give or take 7 %', () => {
    // Rounding moves each of the two by up to 5 % more; all of it has to stay within the 20 % that are rest.
    const around = fc.double({ min: 0.93, max: 1.07, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 1_000_000 }), around, around, (...numbers) => {
        const [rate, first, second] = numbers;
        expect(isOtherLoad(load(roundToTwoDigits(rate * first)), load(roundToTwoDigits(rate * second)))).toBe(false);
      }),
    );
  });
});
