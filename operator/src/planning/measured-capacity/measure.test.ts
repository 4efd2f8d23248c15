import { describe, expect, test } from '@jest/globals';
import type { ScaledServer } from '../autoscale/types.js';
import { recallCapacity } from './measure.js';
import { learntFrom, loadOf, Looks, usualLook, usualServer } from './testing.js';

/** Within 5 %. */
const near = (qps: number): unknown => expect.closeTo(qps, -Math.log10(qps / 10));
const { minQps, maxQps } = usualLook.bounds;

describe('what is learnt', () => {
  test('is what the queries and the processor time make at the limit, after some minutes', () => {
    const looks = new Looks();
    expect(looks.look([usualServer()], 3)).toMatchObject({ qps: minQps, shrinkQps: minQps, source: 'Minimum' });
    expect(looks.look([usualServer()], 17)).toMatchObject({ qps: near(10_000), source: 'Measured' });
    expect(looks.last?.confidencePercent).toBe(100);
  });

  test.each<[string, ScaledServer]>([
    ['whose engine is young', usualServer({ engineAgeSeconds: 100 })],
    ['that uses little of its limit', usualServer({ cpuCores: 0.28 })],
    ['without queries', usualServer({ queriesPerSecond: 0 })],
    ['that is stale', usualServer({ freshness: 'Stale' })],
    ['that stops', { ...usualServer(), isStopping: true }],
    ['that is marked', { ...usualServer(), isMarked: true }],
    ['whose rate is no number', usualServer({ queriesPerSecond: Number.NaN })],
  ])('is nothing from a server %s, and the lower bound counts', (_, server) => {
    const { qps, source, problem } = new Looks().look([server], 60);
    expect({ qps, source }).toEqual({ qps: minQps, source: 'Minimum' });
    expect(problem).toMatch(/learnt|processor time/);
  });

  test('is what the middle server does, whatever one of them says', () => {
    const wild = usualServer({ cpuCores: 0.4, queriesPerSecond: 1_000_000 });
    expect(learntFrom([usualServer(), wild, usualServer()]).last?.qps).toEqual(near(10_000));
  });

  test('counts one core for each thread, however much more the limit allows', () => {
    const looks = new Looks();
    looks.options = { ...usualLook, threads: 1 };
    expect(looks.look([usualServer()], 20).qps).toEqual(near(5000));
  });

  test('follows another CPU limit at once', () => {
    const looks = learntFrom([usualServer()]);
    expect(looks.look([usualServer({ cpuLimitCores: 1, queriesPerSecond: 2500, cpuCores: 0.5 })]).qps).toEqual(
      near(5000),
    );
  });

  test('is not raised by throttled servers, and lowered by them', () => {
    const looks = learntFrom([usualServer()]);
    expect(looks.look([usualServer({ queriesPerSecond: 9000, throttledPercent: 20 })], 30).qps).toEqual(near(10_000));
    expect(looks.look([usualServer({ queriesPerSecond: 3000, throttledPercent: 20 })], 60).qps).toEqual(near(6000));
  });

  test('follows the hit ratio: what is asked upstream costs five times as much', () => {
    const looks = learntFrom([usualServer()]);
    const misses = usualServer(loadOf({ hitsAtLimit: 10_000, queriesPerSecond: 1000, hitPercent: 0 }));
    expect(looks.look([misses], 60).qps).toEqual(near(2000));
  });
});

test('the cold cache of the beginning is forgotten when something counts', () => {
  const looks = new Looks();
  const withHits = (hitPercent: number, queriesPerSecond: number) =>
    usualServer(loadOf({ hitsAtLimit: 10_000, queriesPerSecond, hitPercent }));
  looks.look([withHits(0, 1000)]);
  const { qps, hitPercent } = looks.look([withHits(90, 4000)], 20);
  expect({ qps, hitPercent }).toEqual({ qps: near(10_000 / 1.4), hitPercent: expect.closeTo(90, -1) });
});

test('a few queries say nothing of the hit ratio', () => {
  const looks = learntFrom([usualServer()]);
  expect(looks.look([usualServer({ queriesPerSecond: 3, hitPercent: 0, cpuCores: 0.01 })], 60).hitPercent).toBe(100);
});

describe('what counts', () => {
  test('falls within a minute or two, at most a quarter in 30 s', () => {
    const looks = learntFrom([usualServer()]);
    const slower = usualServer(loadOf({ hitsAtLimit: 6000, queriesPerSecond: 3000, hitPercent: 100 }));
    const steps = [1, 2, 3, 4, 5, 6, 7, 8].map(() => looks.look([slower], 1, 30).qps);
    expect(steps[0]).toBeGreaterThanOrEqual(7500);
    expect(steps[7]).toBeLessThan(6600);
  });

  test('rises slowly, and for a shrink only when it has lasted for the whole cool-down', () => {
    const looks = learntFrom([usualServer()]);
    looks.look([usualServer()], 20);
    const faster = usualServer(loadOf({ hitsAtLimit: 15_000, queriesPerSecond: 7500, hitPercent: 100 }));
    const before = looks.last?.qps ?? 0;
    const history = [before];
    for (let look = 0; look < 90; look += 1) {
      const { qps, shrinkQps } = looks.look([faster]);
      expect(qps).toBeLessThanOrEqual((history.at(-1) ?? 0) * 1.05);
      history.push(qps);
      // Fifteen looks are a cool-down.
      expect(shrinkQps).toBeLessThanOrEqual(Math.min(...history.slice(-16)));
    }
    expect(looks.last?.qps).toBeGreaterThan(14_000);
    expect(looks.last?.shrinkQps).toBeGreaterThan(13_000);
  });

  test('is moved by a single wild reading by no more than a step', () => {
    for (const wild of [{ queriesPerSecond: 500_000 }, { cpuCores: 2, queriesPerSecond: 10 }, { hitPercent: 0 }]) {
      const looks = learntFrom([usualServer()]);
      looks.look([usualServer(wild)]);
      for (let look = 0; look < 30; look += 1) {
        const { qps } = looks.look([usualServer()]);
        expect(qps).toBeGreaterThan(7500 * 0.99);
        expect(qps).toBeLessThan(10_500 * 1.01);
      }
    }
  });

  test('stays within the bounds, and follows them at once', () => {
    const looks = learntFrom([usualServer()]);
    looks.options = { ...usualLook, bounds: { minQps: 20_000, maxQps } };
    expect(looks.look([usualServer()]).qps).toBe(20_000);
    looks.options = { ...usualLook, bounds: { minQps, maxQps: 4000 } };
    expect(looks.look([usualServer()])).toMatchObject({ qps: 4000, source: 'Measured' });
  });

  test('stays when nothing is heard any more; a shrink goes by the lower bound when it is old', () => {
    const looks = learntFrom([usualServer()]);
    const silent = [usualServer({ freshness: 'Stale' })];
    expect(looks.look(silent, 30)).toMatchObject({ qps: near(10_000), shrinkQps: near(10_000) });
    looks.nowMs += 5 * 3_600_000;
    const { qps, shrinkQps, confidencePercent } = looks.look(silent);
    expect({ qps, shrinkQps }).toEqual({ qps: near(10_000), shrinkQps: near(10_000) });
    looks.nowMs += 20 * 3_600_000;
    expect(looks.look(silent)).toMatchObject({ qps: near(10_000), shrinkQps: minQps });
    expect(looks.last?.confidencePercent).toBeLessThan(confidencePercent);
  });

  test('is the lower bound again without a CPU limit, and the reason is told', () => {
    const looks = learntFrom([usualServer()]);
    expect(looks.look([usualServer({}, 'cpuLimitCores')])).toMatchObject({
      qps: minQps,
      source: 'Minimum',
      problem: expect.stringContaining('server.resources.limits.cpu'),
    });
  });

  test('needs agents that say their processor time', () => {
    const { qps, problem } = new Looks().look([usualServer({}, 'cpuCores')], 40);
    expect({ qps, problem }).toEqual({ qps: minQps, problem: 'no server says how much processor time it takes' });
  });

  test('is after a restart what was written down', () => {
    const looks = new Looks();
    looks.memory = recallCapacity({ qps: 9000, confidencePercent: 75, hitPercent: 80 }, 0);
    expect(looks.look([])).toMatchObject({ qps: near(9000), shrinkQps: near(9000), source: 'Measured' });
    const server = usualServer(loadOf({ hitsAtLimit: 18_000, queriesPerSecond: 4000, hitPercent: 80 }));
    expect(looks.look([server], 60).qps).toEqual(near(10_000));
  });
});
