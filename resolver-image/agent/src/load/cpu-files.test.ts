import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCpu } from './cpu-files.js';

const v2 = (
  max: string,
  stat = 'usage_usec 2500000\nuser_usec 1\nnr_periods 90\nnr_throttled 8\nthrottled_usec 500000',
) => `==> /sys/fs/cgroup/cpu.max <==\n${max}\n\n==> /sys/fs/cgroup/cpu.stat <==\n${stat}\n`;
const v1 = (quota: string) =>
  [
    '==> /sys/fs/cgroup/cpuacct/cpuacct.usage <==\n2500000000',
    '\n==> /sys/fs/cgroup/cpu/cpu.stat <==\nnr_periods 90\nnr_throttled 8\nthrottled_time 500000000\nnr_bursts 0',
    `\n==> /sys/fs/cgroup/cpu/cpu.cfs_quota_us <==\n${quota}`,
    '\n==> /sys/fs/cgroup/cpu/cpu.cfs_period_us <==\n100000\n',
  ].join('\n');
const counters = { usageSeconds: 2.5, throttledSeconds: 0.5, periods: 90, throttledPeriods: 8 };

describe('parseCpu', () => {
  it.each([
    ['cgroup v2 with a limit', v2('150000 100000'), { ...counters, limitCores: 1.5 }],
    ['cgroup v2 without one', v2('max 100000'), counters],
    ['cgroup v1 with a limit', v1('50000'), { ...counters, limitCores: 0.5 }],
    ['cgroup v1 without one', v1('-1'), counters],
  ])('reads %s', (_title, text, expected) => {
    expect(parseCpu(text)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['half of a file', v2('max 100000', 'usage_usec 25')],
    ['a limit of nothing', v2('0 100000')],
    ['a limit without a period', v2('50000')],
    ['a period of nothing', v2('50000 0')],
    ['a count below zero', v2('max 100000', 'usage_usec -1\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0')],
    ['a count that is no number', v2('max 100000', 'usage_usec x\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0')],
    ['another negative quota', v1('-2')],
    ['the files of the root of all cgroups', v2('max 100000', 'usage_usec 2500000\nuser_usec 1')],
  ])('takes %s for no reading', (_title, text) => {
    expect(parseCpu(text)).toBeUndefined();
  });

  it('gives numbers that can be counted with, or nothing, whatever the file holds', () => {
    const words = fc.constantFrom('max', '-1', '0', '1e400', 'NaN', '50000', 'usage_usec', 'nr_periods', ' ', '\n');
    const some = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(some, some, (max, stat) => {
        const reading = parseCpu(v2(max, stat));
        for (const value of Object.values(reading ?? {})) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThan(Infinity);
        }
      }),
    );
  });
});
