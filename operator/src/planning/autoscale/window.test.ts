import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LoadWindow } from './types.js';
import { highestLoad, observeWindow } from './window.js';

interface Look {
  readonly atMs: number;
  readonly queriesPerSecond?: number;
  readonly isShedding?: boolean;
  readonly isThrottled?: boolean;
}

const cooldownMs = 300_000;

function observe(looks: readonly Look[], ofMs = cooldownMs): LoadWindow | undefined {
  let window: LoadWindow | undefined;
  for (const { atMs, isShedding = false, isThrottled = false, ...load } of looks) {
    window = observeWindow(window, { nowMs: atMs, isShedding, isThrottled, cooldownMs: ofMs, ...load });
  }
  return window;
}

test('the highest load of the last cool-down counts, and an older one does not', () => {
  const looks = Array.from({ length: 40 }, (_, index) => ({
    atMs: index * 20_000,
    queriesPerSecond: index === 3 ? 900 : 100,
  }));
  const highestAt = (seconds: number) =>
    highestLoad(observe(looks.filter(({ atMs }) => atMs <= seconds * 1000)) ?? none);
  expect([60, 200, 380, 400].map(highestAt)).toEqual([900, 900, 900, 100]);
});

const none: LoadWindow = { sinceMs: 0, untilMs: 0, peaks: [] };

test('a load lasts until the next look, which is when it was seen to be another', () => {
  const window = observe([
    { atMs: 0, queriesPerSecond: 500 },
    { atMs: 20_000, queriesPerSecond: 100 },
  ]);
  expect(window?.peaks).toEqual([
    { queriesPerSecond: 500, fromMs: 0, untilMs: 20_000 },
    { queriesPerSecond: 100, fromMs: 20_000, untilMs: 20_000 },
  ]);
});

test.each([
  ['begins anew when the load was not known', [{ atMs: 10_000 }, { atMs: 20_000, queriesPerSecond: 1 }], 20_000],
  ['begins anew after a gap', [{ atMs: 31_000, queriesPerSecond: 1 }], 31_000],
  ['begins anew when the clock was set back', [{ atMs: -40_000, queriesPerSecond: 1 }], -40_000],
  ['goes on over 30 s without a look', [{ atMs: 30_000, queriesPerSecond: 1 }], 0],
])('the window %s', (_, looks, sinceMs) => {
  expect(observe([{ atMs: 0, queriesPerSecond: 1 }, ...looks])?.sinceMs).toBe(sinceMs);
});

test.each([
  ['queries that were dropped are', 'isShedding', 'shedMs'],
  ['that an engine was throttled is', 'isThrottled', 'throttledMs'],
] as const)('%s remembered for one cool-down', (_title, flag, time) => {
  const looks = Array.from({ length: 20 }, (_, index) => ({
    atMs: index * 20_000,
    queriesPerSecond: 1,
    [flag]: index === 1,
  }));
  const seenAt = (seconds: number) => observe(looks.filter(({ atMs }) => atMs <= seconds * 1000))?.[time];
  expect([0, 20, 320, 340].map(seenAt)).toEqual([undefined, 20_000, 20_000, undefined]);
});

test('the window is bounded, never says less than the highest load, and forgets a peak within one more bucket', () => {
  const look = fc.record({
    gapMs: fc.integer({ min: 1, max: 30_000 }),
    queriesPerSecond: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 100_000 })),
  });
  fc.assert(
    fc.property(
      fc.array(look, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(60_000, 300_000, 3_600_000),
      fc.boolean(),
      (steps, ofMs, isFalling) => {
        let atMs = 0;
        const looks = steps.map(({ gapMs, queriesPerSecond }, index) => ({
          atMs: (atMs += gapMs),
          // A load that only falls is the one that keeps most peaks.
          queriesPerSecond: isFalling ? 1_000_000 - index : queriesPerSecond,
        }));
        const window = observe(looks, ofMs) ?? none;
        const bucketMs = Math.max(5000, ofMs / 60);
        // Until the next look each load lasted; the last one is of now.
        const highestSince = (sinceMs: number) =>
          Math.max(
            ...looks
              .filter((_, index) => (looks[index + 1]?.atMs ?? atMs) >= sinceMs)
              .map((each) => each.queriesPerSecond),
          );
        expect(highestLoad(window)).toBeGreaterThanOrEqual(highestSince(atMs - ofMs));
        expect(highestLoad(window)).toBeLessThanOrEqual(highestSince(atMs - ofMs - bucketMs - 30_000));
        expect(window.peaks.length).toBeLessThanOrEqual(62);
      },
    ),
    { numRuns: 500 },
  );
});
