/** What a pool says of a capacity that is measured, when that is written, and what a restart makes of it. */
import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../../test/fake-clock.js';
import { testPool } from '../../../test/objects.js';
import { seededRandom } from '../../../test/random.js';
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { usualServer } from '../../planning/measured-capacity/testing.js';
import type { ServerLoad } from '../../planning/server-load.js';
import { noScaleMetrics } from '../../runtime/metrics.js';
import { withCapacity } from './capacity-status.js';
import { PoolScaler, type Scaling } from './scaling.js';
import { findScalingActive } from './scaling-status.js';
import type { PoolSight } from './types.js';

const bounds = { minQps: 1050, maxQps: 50_000 };
const regions = [{ name: 'eu', pops: [{ name: 'eu', maxServers: 20 }] }];
const measuredPool = testPool(
  { engine: { threads: 2 }, server: { capacityQps: 'Measured', measuredCapacity: bounds }, regions },
  { replicas: 3 },
);
const failing = (): Promise<never> => Promise.reject(new Error('nothing is to be written'));

/** A pool of three servers of a known load, its scaler, and what the status says. */
class Watched {
  nowMs = Date.parse('2026-11-24T12:00:00Z');
  status: DnsPoolStatus = {};
  /** What was written, each time that it was something else. */
  readonly written: unknown[] = [];
  #scaler = Watched.#start();

  look(loadOfServer: () => ServerLoad, pool: DnsPool = measuredPool): Scaling {
    this.nowMs += 20_000;
    const server = { isScheduled: true, isReady: true, isStopping: false };
    const servers = ['a', 'b', 'c'].map((uid) => ({ ...server, uid, name: uid }));
    const loads = new Map(servers.map(({ uid }) => [uid, loadOfServer()]));
    const live = { ...pool, status: this.status };
    const sight: PoolSight = {
      nowMs: this.nowMs,
      pool: live,
      children: new Set(),
      servers,
      agents: new Map(),
      loads,
      hasOtherScaler: false,
    };
    const scaling = this.#scaler.decide(sight);
    const { capacity } = withCapacity(live, scaling);
    if (JSON.stringify(capacity) !== JSON.stringify(this.status.capacity)) this.written.push(capacity);
    this.status = capacity ? { ...this.status, capacity } : {};
    return scaling;
  }

  restart(): void {
    this.#scaler = Watched.#start();
  }

  static #start(): PoolScaler {
    const client = { applyStatus: failing, get: failing, setScale: failing };
    return new PoolScaler({ client, clock: new FakeClock(), metrics: noScaleMetrics });
  }
}

/** 10,000 queries/s at the limit, give or take 15 % in each reading. */
function noisy(seed: number) {
  const random = seededRandom(seed);
  return () => usualServer({ cpuCores: 1 + 0.3 * (random() - 0.5) }).load;
}

describe('the capacity in the status', () => {
  test('is the lower bound at first, with the reason in ScalingActive, and then what was learnt', () => {
    const watched = new Watched();
    const first = watched.look(noisy(1));
    expect(watched.status.capacity).toMatchObject({ queriesPerSecond: 1050, source: 'Minimum', confidencePercent: 0 });
    expect(findScalingActive(first)).toMatchObject({ status: 'True', reason: 'CapacityNotMeasured' });
    for (let look = 0; look < 30; look += 1) watched.look(noisy(look));
    const { capacity } = watched.status;
    expect(capacity).toMatchObject({ source: 'Measured', hitPercent: 100 });
    expect(capacity?.queriesPerSecond).toBeGreaterThan(9000);
    expect(capacity?.queriesPerSecond).toBeLessThanOrEqual(10_500);
    expect(findScalingActive(watched.look(noisy(1))).reason).toBe('ScalesOnLoad');
  });

  test('is written a few times while it is learnt, and never again at rest', () => {
    const watched = new Watched();
    const load = noisy(7);
    for (let look = 0; look < 60; look += 1) watched.look(load);
    expect(watched.written.length).toBeLessThan(8);
    const before = watched.written.length;
    for (let look = 0; look < 1000; look += 1) watched.look(load);
    expect(watched.written).toHaveLength(before);
  });

  test('outlives a restart, also while nothing is heard yet', () => {
    const watched = new Watched();
    for (let look = 0; look < 60; look += 1) watched.look(noisy(look));
    const before = watched.written.length;
    const { capacity } = watched.status;
    watched.restart();
    const { facts } = watched.look(() => ({ freshness: 'Absent' }));
    expect(facts.capacityQps).toBeCloseTo(capacity?.queriesPerSecond ?? 0);
    for (let look = 0; look < 30; look += 1) watched.look(noisy(look));
    expect(watched.written).toHaveLength(before);
  });

  test('is forgotten when somebody says a number, which is told as it is', () => {
    const watched = new Watched();
    for (let look = 0; look < 60; look += 1) watched.look(noisy(look));
    const numbered = testPool({ server: { capacityQps: 12_345 }, regions }, { replicas: 3 });
    expect(watched.look(noisy(1), numbered).facts.capacityQps).toBe(12_345);
    expect(watched.status.capacity).toEqual({ queriesPerSecond: 12_345, source: 'Configured' });
    expect(watched.look(noisy(1)).facts.capacityQps).toBe(1050);
  });

  test('is absent where nobody said anything', () => {
    const watched = new Watched();
    watched.look(noisy(1), testPool({ regions }, { replicas: 3 }));
    expect(watched.status.capacity).toBeUndefined();
  });
});

test('what a decision is made from has the capacity that counts, and the lower one for a shrink', () => {
  const watched = new Watched();
  for (let look = 0; look < 17; look += 1) watched.look(noisy(look));
  const { facts } = watched.look(noisy(1));
  expect(facts.capacityQps).toBeGreaterThan(9000);
  // It was the lower bound a moment ago.
  expect(facts.shrinkCapacityQps).toBe(1050);
});
