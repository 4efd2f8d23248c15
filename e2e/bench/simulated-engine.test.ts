import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadOfServer, newTrack, takeLoad } from '../../operator/src/planning/load-track.js';
import { FakeClock } from '../../operator/test/fake-clock.js';
import { seededRandom } from '../../operator/test/random.js';
import { LoadReporter } from '../../resolver-image/agent/src/load/reporter.js';
import { SimulatedEngine } from './simulated-engine.js';

const startMs = Date.parse('2026-11-24T12:00:00Z');

test('counters never fall, and the queries are those of the rate', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 10_000 }), (seed, rate) => {
      const engine = new SimulatedEngine({ startMs, queriesPerSecond: () => rate, random: seededRandom(seed) });
      const samples = Array.from({ length: 60 }, (_, second) => engine.sample(startMs + second * 1000));
      const steps = samples.slice(1).map(({ counters: now }, index) => {
        const before = samples[index]?.counters ?? now;
        return [
          now.queries >= before.queries,
          now.cacheHits >= before.cacheHits,
          (now.probes ?? 0) - (before.probes ?? 0),
        ];
      });
      expect(steps).toEqual(steps.map(() => [true, true, 5]));
      const queries = samples.at(-1)?.counters.queries ?? Number.NaN;
      // Six standard deviations of the sum.
      expect(Math.abs(queries - 59 * rate)).toBeLessThanOrEqual(6 * Math.sqrt(59 * rate) + 60);
    }),
  );
});

test('the operator believes it, and finds its rate', async () => {
  const clock = new FakeClock(startMs);
  const reporter = new LoadReporter({ clock, maxWaiting: 1 });
  const engine = new SimulatedEngine({ startMs, queriesPerSecond: () => 1000, random: seededRandom(7) });
  let track = newTrack(clock.monotonic());
  for (let second = 0; second < 30; second++) {
    reporter.onSample(engine.sample(clock.now()));
    if (second % 10 === 9) track = takeLoad(track, reporter.current(), clock.monotonic());
    await clock.advance(1000);
  }
  const { freshness, queriesPerSecond = 0 } = loadOfServer(track, clock.monotonic());
  expect(freshness).toBe('Fresh');
  expect(Math.abs(queriesPerSecond - 1000)).toBeLessThan(60);
});
