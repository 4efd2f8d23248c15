import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import { sampleOf } from '../../test/samples.js';
import { loadSchema } from '../contract/load.js';
import { LoadReporter } from './reporter.js';

function steady(queriesPerSecond: number) {
  const clock = new FakeClock();
  const reporter = new LoadReporter({ clock, maxWaiting: 2 });
  let queries = 0;
  const second = async (rate = queriesPerSecond) => {
    await clock.advance(1000);
    queries += rate;
    reporter.onSample(sampleOf({ queries }));
  };
  return { clock, reporter, second };
}

const open = () => new AbortController().signal;

describe('LoadReporter', () => {
  it('gives a Load that the contract takes, before and after the first sample', async () => {
    const { reporter, second } = steady(100);
    expect(loadSchema.parse(reporter.current())).not.toHaveProperty('counters');
    await second();
    expect(reporter.current()).not.toHaveProperty('cpu');
    const cpu = { usageSeconds: 3, throttledSeconds: 0, periods: 0, throttledPeriods: 0, sampledAtMs: 7 };
    reporter.onSample(sampleOf({ queries: 100 }), cpu);
    reporter.onConfig({ hash: 'h', revision: 3, since: '2026-01-01T00:00:00.000Z' }, 1000);
    reporter.onState({ answering: true, drain: { phase: 'Serving', sinceMs: 0 } });
    expect(loadSchema.parse(reporter.current())).toMatchObject({
      engine: { answering: true, startId: 'start-1', uptimeSeconds: 60 },
      counters: { queries: 100, probes: 5 },
      gauges: { cacheLimitBytes: 1000 },
      latency: { boundsSeconds: [0.001024], recursions: [0] },
      cpu,
      config: { revision: 3 },
    });
  });

  it('begins with another sequence after each start of the agent, so that no long poll takes it for the old one', async () => {
    const clock = new FakeClock();
    const before = new LoadReporter({ clock, maxWaiting: 2 }).current().sequence;
    await clock.advance(300);
    const after = new LoadReporter({ clock, maxWaiting: 2 });
    await expect(after.wait(before, 20_000, open())).resolves.toMatchObject({ sequence: after.current().sequence });
    expect(clock.pending).toBe(0);
  });

  it('answers at once to whoever has not seen the present, or asks not to wait', async () => {
    const { reporter } = steady(100);
    const { sequence } = reporter.current();
    await expect(reporter.wait(sequence - 1, 20_000, open())).resolves.toMatchObject({ sequence });
    await expect(reporter.wait(sequence + 50, 20_000, open())).resolves.toMatchObject({ sequence });
    await expect(reporter.wait(sequence, 0, open())).resolves.toMatchObject({ sequence });
  });

  it('holds the answer back while the rate is steady, and gives it within three samples of a step', async () => {
    const { clock, reporter, second } = steady(1000);
    for (let index = 0; index < 5; index += 1) await second();
    const calm = reporter.wait(reporter.current().sequence, 20_000, open());
    let answered = false;
    void calm.then(() => (answered = true));
    for (let index = 0; index < 10; index += 1) await second(index % 2 === 0 ? 1020 : 980);
    expect(answered).toBe(false);
    for (let index = 0; index < 3; index += 1) await second(1500);
    expect(answered).toBe(true);
    const timedOut = reporter.wait(reporter.current().sequence, 20_000, open());
    await clock.advance(20_000);
    await expect(timedOut).resolves.toMatchObject({ queriesPerSecond: 1500 });
  });

  it.each([
    [
      'drain',
      (reporter: LoadReporter) => reporter.onState({ answering: false, drain: { phase: 'NotReady', sinceMs: 1 } }),
    ],
    ['config', (reporter: LoadReporter) => reporter.onConfig(undefined, 0)],
    ['engine start', (reporter: LoadReporter) => reporter.onSample(sampleOf({ startId: 'start-2' }))],
    ['end of the agent', (reporter: LoadReporter) => reporter.release()],
  ])('answers at once when this changes: %s', async (_what, change) => {
    const { reporter, second } = steady(10);
    await second();
    const waiting = reporter.wait(reporter.current().sequence, 20_000, open());
    change(reporter);
    await expect(waiting).resolves.toBeDefined();
  });

  it('does not hold more callers than it may, and lets go of those who went away', async () => {
    const { clock, reporter } = steady(10);
    const { sequence } = reporter.current();
    const away = new AbortController();
    const first = reporter.wait(sequence, 20_000, away.signal);
    const second = reporter.wait(sequence, 20_000, open());
    await expect(reporter.wait(sequence, 20_000, open())).resolves.toMatchObject({ sequence });
    away.abort();
    await first;
    expect(clock.pending).toBe(1);
    await clock.advance(20_000);
    await second;
    expect(clock.pending).toBe(0);
  });
});
