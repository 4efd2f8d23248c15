import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import { type CpuFile, CpuReader } from './cpu-reader.js';

const textOf = (usageSeconds: number) =>
  `==> /c/cpu.max <==\nmax 100000\n\n==> /c/cpu.stat <==\nusage_usec ${usageSeconds * 1e6}\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n`;
const engine = { startId: 'one', uptimeSeconds: 3600 };

function start() {
  const clock = new FakeClock();
  let file: CpuFile | undefined;
  const reader = new CpuReader({ read: () => Promise.resolve(file), clock });
  return {
    clock,
    reader,
    /** The probe leaves a file. */
    write: (usageSeconds: number, ageMs = 0) => {
      file = { text: textOf(usageSeconds), writtenMs: clock.now() - ageMs };
    },
  };
}

describe('CpuReader', () => {
  it('has no reading before the first probe', async () => {
    expect(await start().reader.read(engine)).toBeUndefined();
  });

  it('gives the same reading until the next probe, with the time at which it was left', async () => {
    const { clock, reader, write } = start();
    write(7);
    const first = await reader.read(engine);
    expect(first).toMatchObject({ usageSeconds: 7, sampledAtMs: clock.now() });
    await clock.advance(4000);
    expect(await reader.read(engine)).toEqual(first);
    write(8);
    expect(await reader.read(engine)).toMatchObject({ usageSeconds: 8, sampledAtMs: clock.now() });
  });

  it('takes one for nothing that is older than 30 s, or of a clock that is ahead', async () => {
    const { reader, write } = start();
    const isRead = async (ageMs: number) => {
      write(7, ageMs);
      return (await reader.read(engine)) !== undefined;
    };
    expect([await isRead(30_000), await isRead(30_001), await isRead(-30_001)]).toEqual([true, false, false]);
  });

  it('takes one for nothing that is older than the engine', async () => {
    const { reader, write } = start();
    write(7, 3000);
    expect(await reader.read({ startId: 'two', uptimeSeconds: 2 })).toBeUndefined();
    expect(await reader.read({ startId: 'two', uptimeSeconds: 4 })).toMatchObject({ usageSeconds: 7 });
  });

  it('takes counters that fell for nothing, and begins with them', async () => {
    const { reader, write } = start();
    write(7);
    await reader.read(engine);
    write(6);
    expect(await reader.read(engine)).toBeUndefined();
    write(6.5);
    expect(await reader.read(engine)).toMatchObject({ usageSeconds: 6.5 });
    write(1);
    expect(await reader.read({ ...engine, startId: 'two' })).toMatchObject({ usageSeconds: 1 });
  });
});
