/** The truth is known to these tests: engines of a true capacity, noise in what they say, and a load that moves. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../test/random.js';
import { server } from '../autoscale/testing.js';
import type { ScaledServer } from '../autoscale/types.js';
import { costOfQuery } from '../query-cost.js';
import { mostStep } from './measure.js';
import { loadOf, Looks } from './testing.js';

const cooldownMs = 300_000;
const rounding = 1e-9;
const truthOf = fc.record({
  hitsAtLimit: fc.integer({ min: 5000, max: 200_000 }),
  hitPercent: fc.integer({ min: 0, max: 100 }),
  servers: fc.integer({ min: 1, max: 6 }),
  noisePercent: fc.constantFrom(0, 5, 15),
  idleCores: fc.constantFrom(0, 0.01, 0.03),
  /** The share of the limit that the load swings around, and how far. */
  level: fc.double({ min: 0.3, max: 0.8, noNaN: true }),
  swing: fc.double({ min: 0, max: 0.4, noNaN: true }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});
type Truth = typeof truthOf extends fc.Arbitrary<infer T> ? T : never;

/** What the servers of a pool say, look after look: the load is a sinus of half an hour, the noise is everywhere. */
function simulate({ servers, noisePercent, level, swing, seed, ...truth }: Truth) {
  const random = seededRandom(seed);
  const noisy = (value: number) => value * (1 + ((2 * random() - 1) * noisePercent) / 100);
  return (nowMs: number): ScaledServer[] => {
    const share = level * (1 + swing * Math.sin((2 * Math.PI * nowMs) / 1_800_000));
    const queriesPerSecond = (share * truth.hitsAtLimit) / costOfQuery(truth.hitPercent);
    return Array.from({ length: servers }, () => {
      const load = loadOf({ ...truth, queriesPerSecond: noisy(queriesPerSecond) });
      return server({ load: { ...load, cpuCores: noisy(load.cpuCores ?? 0) } });
    });
  };
}

test('what is learnt comes to the truth, and stays there', () => {
  fc.assert(
    fc.property(truthOf, (truth) => {
      const capacity = truth.hitsAtLimit / costOfQuery(truth.hitPercent);
      const looks = new Looks();
      looks.options = { ...looks.options, bounds: { minQps: capacity / 10, maxQps: capacity * 10 } };
      const pool = simulate(truth);
      for (let look = 0; look < 300; look += 1) {
        const { qps, source } = looks.look(pool(looks.nowMs));
        // From the first moment in which it counts it is near, and never far above.
        const isNear = source === 'Measured' ? qps < 1.15 * capacity : look <= 60;
        if (!isNear || (look > 60 && qps < 0.8 * capacity)) {
          throw new Error(`${source} ${qps} at look ${look}, the truth is ${capacity}`);
        }
      }
    }),
    { numRuns: 200 },
  );
});

const numberOf = fc.oneof(
  fc.double({ min: 0, max: 200_000, noNaN: true }),
  fc.constantFrom(-1, 0, Number.NaN, Infinity, 1e-9, 1e12),
);
const anyServer = fc
  .record({
    isReady: fc.boolean(),
    freshness: fc.constantFrom('Fresh', 'Fresh', 'Fresh', 'Stale', 'Absent'),
    queriesPerSecond: numberOf,
    hitPercent: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(-5, 200)),
    cpuCores: fc.oneof(fc.double({ min: 0, max: 3, noNaN: true }), numberOf),
    cpuLimitCores: fc.oneof(fc.constant(2), fc.constant(2), fc.double({ min: 0.01, max: 8, noNaN: true })),
    engineAgeSeconds: fc.integer({ min: 0, max: 4000 }),
    throttledPercent: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ isReady, freshness, ...load }) => server({ isReady, load: { freshness, ...load } }));

test('whatever servers say: the bounds hold, steps are small, and nothing that rose within the cool-down counts in a shrink', () => {
  let counted = 0;
  fc.assert(
    fc.property(
      fc.record({
        good: truthOf,
        bad: fc.array(
          fc.record({ at: fc.integer({ min: 0, max: 120 }), servers: fc.array(anyServer, { maxLength: 3 }) }),
          { maxLength: 60 },
        ),
        seconds: fc.constantFrom(1, 5, 20, 30),
      }),
      ({ good, bad, seconds }) => {
        const capacity = good.hitsAtLimit / costOfQuery(good.hitPercent);
        const bounds = { minQps: capacity / 20, maxQps: capacity * 20 };
        const looks = new Looks();
        // The cores stay: another limit counts at once, and has a test of its own.
        looks.options = { ...looks.options, bounds, cooldownMs };
        const pool = simulate(good);
        const counts: { readonly atMs: number; readonly qps: number }[] = [];
        for (let look = 0; look < 120; look += 1) {
          const { memory: before } = looks;
          const wild = bad.find(({ at }) => at === look)?.servers;
          const { qps, shrinkQps, memory } = looks.look(wild ?? pool(looks.nowMs), 1, seconds);
          const { nowMs } = looks;
          const must = (holds: boolean, what: string) => {
            if (!holds) throw new Error(`at ${nowMs / 1000} s: ${what}; ${qps} after ${before?.qps ?? 0}`);
          };
          must(qps >= bounds.minQps && qps <= bounds.maxQps, 'the bounds');
          counts.push({ atMs: nowMs, qps });
          const lowest = Math.min(...counts.flatMap((count) => (count.atMs >= nowMs - cooldownMs ? count.qps : [])));
          must(shrinkQps <= lowest, `${shrinkQps} count in a shrink, ${lowest} were the lowest`);
          const isSameCores = before?.learnt?.cores === memory.learnt?.cores;
          if (!before?.isProven || !memory.isProven || !isSameCores) continue;
          counted += 1;
          const steps = seconds / 30;
          must(qps <= before.qps * mostStep.up ** steps * (1 + rounding), 'the step up');
          must(qps >= before.qps * mostStep.down ** steps * (1 - rounding), 'the step down');
        }
      },
    ),
    { numRuns: 300 },
  );
  // A property about steps says nothing where nothing was learnt.
  expect(counted).toBeGreaterThan(1000);
});
