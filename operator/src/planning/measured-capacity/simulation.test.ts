/** The autoscaler on a capacity that it has to learn, in time: engines of a known capacity, which fill their caches first. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../test/random.js';
import { SimulatedServers } from '../../../test/simulated-servers.js';
import { remember } from '../autoscale/memory.js';
import { planScale } from '../autoscale/plan.js';
import type { PoolFacts, ScaledServer, ScaleMemory, ScaleRecord } from '../autoscale/types.js';
import { weighServers } from '../cold-servers.js';
import { costOfQuery } from '../query-cost.js';
import { neededServers } from '../utilization.js';
import { measureCapacity } from './measure.js';
import { loadOf } from './testing.js';
import type { CapacityMemory } from './types.js';

const stepMs = 10_000;
const cooldownSeconds = 300;
const redundancy = 2;
const warmHitPercent = 90;
/** A cache is warm after five minutes. */
const warmMs = 300_000;
const scaleUpThresholdPercent = 70;

interface Truth {
  /** Queries per second that a warm server answers at its limit. */
  readonly capacity: number;
  readonly minQps: number;
  readonly load: (nowMs: number) => number;
  readonly noisePercent: number;
  readonly seed: number;
}

class World {
  readonly servers: SimulatedServers;
  readonly changes: { readonly atMs: number; readonly from: number; readonly to: number; readonly highest: number }[] =
    [];
  qps = 0;
  #memory: ScaleMemory | undefined;
  #capacity: CapacityMemory | undefined;
  #record: ScaleRecord = {};
  #warmHitPercent: number | undefined;
  #loads: { readonly atMs: number; readonly load: number }[] = [];
  readonly #since = new Map<string, number>();
  readonly #truth: Truth;
  readonly #random: () => number;

  constructor(truth: Truth) {
    this.#truth = truth;
    this.#random = seededRandom(truth.seed);
    this.servers = new SimulatedServers({ wanted: 3, load: truth.load, startMs: 12_000, drainMs: 8000 });
  }

  step(): void {
    const { minQps, load } = this.#truth;
    this.servers.advance(this.servers.nowMs + stepMs);
    const { nowMs, wanted } = this.servers;
    this.#loads.push({ atMs: nowMs, load: load(nowMs) });
    const { servers, ...known } = weighServers(this.#observe(), this.#warmHitPercent);
    this.#warmHitPercent = known.warmHitPercent;
    const bounds = { minQps, maxQps: 100 * minQps };
    const look = { nowMs, servers, bounds, threads: 2, cooldownMs: cooldownSeconds * 1000 };
    const measured = measureCapacity(this.#capacity, look);
    this.#capacity = measured.memory;
    this.qps = measured.qps;
    const facts: PoolFacts = {
      nowMs,
      autoscaling: { mode: 'Builtin', scaleUpThresholdPercent, scaleDownThresholdPercent: 30, cooldownSeconds },
      minServers: 3,
      maxServers: 1000,
      redundancy,
      capacityQps: measured.qps,
      shrinkCapacityQps: measured.shrinkQps,
      wanted,
      servers,
      record: this.#record,
      isRollingOut: false,
      isRetiring: false,
      pauses: {},
      hasOtherScaler: false,
    };
    this.#memory = remember(this.#memory, facts);
    const decision = planScale({ ...facts, memory: this.#memory });
    this.#record = decision.record;
    if (decision.to === wanted) return;
    const window = this.#loads.filter(({ atMs }) => atMs >= nowMs - cooldownSeconds * 1000);
    const highest = Math.max(...window.map((seen) => seen.load));
    this.changes.push({ atMs: nowMs, from: wanted, to: decision.to, highest });
    this.servers.wanted = decision.to;
  }

  /** What the agents say: processor time by what each server is asked, and by how much of it is in its cache. */
  #observe(): ScaledServer[] {
    const { nowMs } = this.servers;
    const { capacity, noisePercent } = this.#truth;
    const noisy = (value: number) => value * (1 + ((2 * this.#random() - 1) * noisePercent) / 100);
    return this.servers.observe().map((one) => {
      const { queriesPerSecond, freshness } = one.load;
      if (queriesPerSecond === undefined || freshness !== 'Fresh') return one;
      const sinceMs = this.#since.get(one.uid) ?? nowMs;
      this.#since.set(one.uid, sinceMs);
      const hitPercent = warmHitPercent * Math.min(1, (nowMs - sinceMs) / warmMs);
      const hitsAtLimit = capacity * costOfQuery(warmHitPercent);
      const load = loadOf({ hitsAtLimit, queriesPerSecond, hitPercent, idleCores: 0.01 });
      const engineAgeSeconds = (nowMs - sinceMs) / 1000;
      return { ...one, load: { ...load, cpuCores: noisy(load.cpuCores ?? 0), engineAgeSeconds } };
    });
  }
}

const truthOf = fc.record({
  capacity: fc.integer({ min: 500, max: 50_000 }),
  /** The user's lower bound is that much too low. */
  caution: fc.double({ min: 1, max: 6, noNaN: true }),
  noisePercent: fc.constantFrom(0, 5, 15),
  /** The load, in servers. */
  level: fc.double({ min: 1, max: 8, noNaN: true }),
  swing: fc.double({ min: 0, max: 0.6, noNaN: true }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

test('a pool that learns its capacity gives up what the lower bound made it grow, and never what the truth needs', () => {
  const total = { grow: 0, shrink: 0, learnt: 0 };
  fc.assert(
    fc.property(truthOf, ({ capacity, caution, noisePercent, level, swing, seed }) => {
      const load = (nowMs: number) => level * capacity * (1 + swing * Math.sin((2 * Math.PI * nowMs) / 7_200_000));
      const world = new World({ capacity, minQps: capacity / caution, load, noisePercent, seed });
      for (let step = 0; step < 1440; step += 1) world.step();
      if (world.qps > 1.2 * (capacity / caution)) total.learnt += 1;
      for (const { from, to, highest, atMs } of world.changes) {
        total[to > from ? 'grow' : 'shrink'] += 1;
        const needed = neededServers({
          queriesPerSecond: highest,
          capacityQps: 1.15 * capacity,
          scaleUpThresholdPercent,
        });
        if (to < from && to < needed + redundancy) {
          throw new Error(`at ${atMs / 1000} s from ${from} to ${to}, where ${needed} are needed`);
        }
      }
    }),
    { numRuns: 30 },
  );
  // A property about shrinks says nothing where there are none.
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(10);
});

test('on a constant load it comes to rest, and what a server counts for stays', () => {
  fc.assert(
    fc.property(truthOf, ({ capacity, caution, level, noisePercent, seed }) => {
      const truth = { capacity, minQps: capacity / caution, load: () => level * capacity, noisePercent, seed };
      const world = new World(truth);
      for (let step = 0; step < 1440; step += 1) world.step();
      const changes = world.changes.length;
      const { qps } = world;
      for (let step = 0; step < 360; step += 1) world.step();
      expect(world.changes).toHaveLength(changes);
      expect(world.qps / qps).toBeGreaterThan(0.9);
      expect(world.qps / qps).toBeLessThan(1.2);
    }),
    { numRuns: 15 },
  );
});
