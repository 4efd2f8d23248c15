/** What is believed of the readings of CPU time. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LoadCpu } from '../../../resolver-image/agent/src/contract/load.js';
import { type CpuTrack, takeCpu } from './cpu-track.js';

/** A reading at a second: half a core, a limit of two, and one of ten periods throttled. */
const at = (second: number, changes: Partial<LoadCpu> = {}): LoadCpu => ({
  usageSeconds: second / 2,
  throttledSeconds: 0,
  periods: 10 * second,
  throttledPeriods: second,
  limitCores: 2,
  sampledAtMs: 1000 * second,
  ...changes,
});
const take = (...readings: readonly (LoadCpu | undefined)[]) =>
  readings.reduce<CpuTrack | undefined>(takeCpu, undefined)?.rates;
const usual = { cpuCores: 0.5, cpuLimitCores: 2, throttledPercent: 10 };
const withoutLimit = ({
  usageSeconds,
  throttledSeconds,
  periods,
  throttledPeriods,
  sampledAtMs,
}: LoadCpu): LoadCpu => ({
  ...{ usageSeconds, throttledSeconds, periods, throttledPeriods, sampledAtMs },
});

test.each<readonly [string, readonly (LoadCpu | undefined)[], unknown]>([
  ['nothing after one reading', [at(5)], undefined],
  ['the rate after two', [at(5), at(10)], usual],
  ['the same while the same comes again', [at(5), at(10), at(10), at(10)], usual],
  ['that of the last two', [at(5), at(10), at(15, { usageSeconds: 10 })], { ...usual, cpuCores: 1 }],
  ['nothing after an agent that says nothing', [at(5), at(10), undefined], undefined],
  ['nothing after the first reading that follows', [at(5), undefined, at(10)], undefined],
  ['nothing when the time fell', [at(5), at(10), at(15, { usageSeconds: 1 })], undefined],
  ['a rate again after the next', [at(5), at(10), at(15, { usageSeconds: 1 }), at(20, { usageSeconds: 3.5 })], usual],
  ['nothing when periods fell', [at(5), at(10, { periods: 1 })], undefined],
  ['nothing when throttled periods fell', [at(5), at(10, { throttledPeriods: 1 })], undefined],
  ['nothing when the clock was set back', [at(10), at(5)], undefined],
  ['nothing of more cores than there are', [at(5), at(10, { usageSeconds: 1e6 })], undefined],
  ['nothing of what is no number', [at(5), at(10, { usageSeconds: Number.NaN })], undefined],
  ['nothing of no limit', [at(5), at(10, { limitCores: 0 })], undefined],
  ['no throttling without a limit', [withoutLimit(at(5)), withoutLimit(at(10))], { cpuCores: 0.5 }],
  [
    'little throttling of a container that sleeps',
    [at(5, { periods: 4, throttledPeriods: 2 }), at(25, { periods: 6, throttledPeriods: 4 })],
    { ...usual, throttledPercent: 1 },
  ],
  [
    'all throttling of one that is busy in many short periods',
    [at(5, { periods: 0, throttledPeriods: 0 }), at(10, { periods: 500, throttledPeriods: 500 })],
    { ...usual, throttledPercent: 100 },
  ],
])('it tells %s', (_title, readings, expected) => {
  expect(take(...readings)).toEqual(expected);
});

test('whatever is read, no rate is negative or without bounds', () => {
  const number = fc.oneof(fc.double(), fc.integer({ min: 0, max: 100_000 }));
  const reading = fc.record(
    {
      usageSeconds: number,
      throttledSeconds: number,
      periods: number,
      throttledPeriods: number,
      limitCores: number,
      sampledAtMs: number,
    },
    { requiredKeys: ['usageSeconds', 'throttledSeconds', 'periods', 'throttledPeriods', 'sampledAtMs'] },
  );
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 10 }), (readings) => {
      const { cpuCores = 0, throttledPercent = 0, cpuLimitCores = 1 } = take(...readings) ?? {};
      expect(cpuCores >= 0 && cpuCores <= 4096).toBe(true);
      expect(throttledPercent >= 0 && throttledPercent <= 100).toBe(true);
      expect(cpuLimitCores > 0 && cpuLimitCores < Infinity).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
