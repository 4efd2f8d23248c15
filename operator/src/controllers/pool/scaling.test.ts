/** How a decision of the autoscaler becomes a number, and what it says of it; the decisions have tests of their own. */
import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../../test/fake-clock.js';
import { memoryLogger } from '../../../test/memory-logger.js';
import { testPool } from '../../../test/objects.js';
import { type DnsPool, dnsPoolSchema } from '../../api/v1alpha1/dns-pool.js';
import { annotations } from '../../api/v1alpha1/labels.js';
import { buildDeployment } from '../../builders/deployment.js';
import { KubeError } from '../../kube/errors.js';
import { deployments } from '../../kube/resource.js';
import { noScaleMetrics } from '../../runtime/metrics.js';
import { PoolScaler } from './scaling.js';
import { keepUnjudged, renderScaling } from './scaling-status.js';
import type { PoolObservation } from './types.js';

const nowMs = Date.parse('2026-11-24T12:00:00.250Z');
const signal = new AbortController().signal;
const logger = memoryLogger();

/** A pool of 3 servers of 100 queries/s, of which two are to spare, that has written its status with `scaling`. */
function poolWith(parts: Partial<DnsPool['spec']> = {}, status?: DnsPool['status']): DnsPool {
  const spec = { server: { capacityQps: 100 }, regions: [{ name: 'eu', pops: [{ name: 'eu', maxServers: 20 }] }] };
  return { ...testPool(spec, { replicas: 3, ...parts }), ...(status && { status }) };
}

function look(pool: DnsPool, queriesPerSecond: number | undefined, atMs = nowMs): PoolObservation {
  const built = buildDeployment(pool, 3);
  const servers = ['a', 'b', 'c'].map((uid) => ({
    name: uid,
    uid,
    isScheduled: true,
    isReady: true,
    isStopping: false,
  }));
  return {
    nowMs: atMs,
    pool,
    deployment: deployments.parse({
      ...built,
      metadata: { ...built.metadata, uid: 'd', resourceVersion: '1', generation: 1 },
      status: { observedGeneration: 1, replicas: 3, updatedReplicas: 3 },
    }),
    children: new Set(),
    servers,
    agents: new Map(),
    loads: new Map(
      servers.map(({ uid }) => [
        uid,
        queriesPerSecond === undefined
          ? { freshness: 'Stale', staleForMs: 1000 }
          : { freshness: 'Fresh', queriesPerSecond: queriesPerSecond / 3 },
      ]),
    ),
    hasOtherScaler: false,
    judgement: { type: 'Accepted' },
  };
}

/** The API server with `pool`, of which `meanwhile` became; writes of `/scale` fail as `failures` say, one after the other. */
function scaleServer(
  pool: DnsPool,
  { failures = [], meanwhile = pool }: { failures?: readonly (KubeError | undefined)[]; meanwhile?: DnsPool } = {},
) {
  const writes: { replicas: number; resourceVersion: string | undefined }[] = [];
  const left = [...failures];
  const clock = new FakeClock();
  let stored = meanwhile;
  const scaler = new PoolScaler({
    metrics: noScaleMetrics,
    clock,
    client: {
      get: (resource) => Promise.resolve(resource.parse(stored)),
      applyStatus: (resource, intent) => {
        const { status } = dnsPoolSchema.parse({ ...stored, status: 'status' in intent ? intent.status : undefined });
        const resourceVersion = String(Number(stored.metadata.resourceVersion) + 8);
        stored = { ...stored, metadata: { ...stored.metadata, resourceVersion }, ...(status && { status }) };
        return Promise.resolve(resource.parse(stored));
      },
      setScale: (_, { replicas }, { resourceVersion }) => {
        writes.push({ replicas, resourceVersion });
        const failure = left.shift();
        if (failure) return Promise.reject(failure);
        return Promise.resolve({ replicas, statusReplicas: 3, selector: '', resourceVersion: '12' });
      },
    },
  });
  return { scaler, writes, clock, stored: () => stored };
}

describe('a growth', () => {
  test('is written after its record, on condition that nothing else has changed', async () => {
    const pool = poolWith();
    const { scaler, writes, stored } = scaleServer(pool);
    const scaling = scaler.decide(look(pool, 240));
    await scaler.carryOut({ pool, scaling, logger }, signal);
    // 240 queries/s at 70 % of 100 take four servers, and two to spare.
    expect(writes).toEqual([{ replicas: 6, resourceVersion: '9' }]);
    expect(stored().status?.scaling).toMatchObject({
      servers: 6,
      lastScale: expect.stringMatching(/^Emergency: From 3 to 6 servers/),
      // Never earlier than it was, so that a restart does not make the cool-down shorter.
      lastScaleTime: '2026-11-24T12:00:01Z',
      cooldownUntilTime: '2026-11-24T12:05:01Z',
    });
    expect(logger.lines.at(-1)).toMatchObject({ message: 'Scaled by load', fields: { from: 3, to: 6 } });
  });

  test('is not decided again from a cache that does not show it, for as long as a cache may be late', async () => {
    const pool = poolWith();
    const { scaler, clock } = scaleServer(pool);
    const scaling = scaler.decide(look(pool, 240));
    await scaler.carryOut({ pool, scaling, logger }, signal);
    const at = (resourceVersion: string) => ({ ...pool, metadata: { ...pool.metadata, resourceVersion } });
    expect(['9', '11', '12', '13'].map((version) => scaler.isBehind(at(version)))).toEqual([true, true, false, false]);
    await clock.advance(60_000);
    expect(scaler.isBehind(at('9'))).toBe(false);
  });

  test('is written when something else of the pool has changed since', async () => {
    const pool = poolWith();
    const { scaler, writes } = scaleServer(pool, { failures: [new KubeError('Conflict', 'a label')] });
    const scaling = scaler.decide(look(pool, 240));
    await scaler.carryOut({ pool, scaling, logger }, signal);
    expect(writes.map(({ replicas }) => replicas)).toEqual([6, 6]);
  });

  test.each<[string, Partial<DnsPool['metadata']>]>([
    ['the spec', { generation: 2 }],
    ['a pause', { annotations: { [annotations.pauseScaling]: '2030-01-31T18:00:00Z' } }],
    ['a pause without an end', { annotations: { [annotations.pauseShrinking]: 'yes' } }],
    ['that it exists', { deletionTimestamp: '2026-11-24T12:00:00Z' }],
  ])('is not written when %s has changed since it was looked at', async (_, metadata) => {
    const pool = poolWith();
    const { scaler, writes } = scaleServer(pool, {
      meanwhile: { ...pool, metadata: { ...pool.metadata, ...metadata } },
    });
    const scaling = scaler.decide(look(pool, 240));
    await expect(scaler.carryOut({ pool, scaling, logger }, signal)).rejects.toMatchObject({ code: 'Conflict' });
    expect(writes).toEqual([]);
  });

  test('that could not be written does not wait for a cool-down', async () => {
    const pool = poolWith();
    const { scaler, writes, stored } = scaleServer(pool, { failures: [new KubeError('Unavailable', 'away')] });
    // 75 queries/s are 75 %: no emergency, so that a cool-down would count.
    const scaling = scaler.decide(look(pool, 75));
    await expect(scaler.carryOut({ pool, scaling, logger }, signal)).rejects.toThrow('away');
    const again = scaler.decide(look(stored(), 75, nowMs + 2000));
    expect(again.decision).toMatchObject({ type: 'Grow', to: 4, isScaledByOthers: false });
    await scaler.carryOut({ pool: stored(), scaling: again, logger }, signal);
    expect(writes.at(-1)?.replicas).toBe(4);
  });

  test('whose answer was lost is not taken for one by others, and has its cool-down', async () => {
    const pool = poolWith();
    const { scaler, stored } = scaleServer(pool, { failures: [new KubeError('Timeout', 'no answer')] });
    const scaling = scaler.decide(look(pool, 75));
    await expect(scaler.carryOut({ pool, scaling, logger }, signal)).rejects.toThrow('no answer');
    const written = { ...stored(), spec: { ...pool.spec, replicas: 4 } };
    const after = scaler.decide(look(written, 75, nowMs + 2000));
    expect(after.decision).toMatchObject({ type: 'Hold', isScaledByOthers: false });
    expect(renderScaling(written, after)).toMatchObject({
      lastScaleTime: '2026-11-24T12:00:01Z',
      lastScale: expect.stringMatching(/^HighUtilization/),
    });
  });
});

describe('the status', () => {
  const scaler = () => scaleServer(poolWith()).scaler;
  const written = (queriesPerSecond: number): DnsPool => {
    const pool = poolWith();
    return { ...pool, status: { scaling: renderScaling(pool, scaler().decide(look(pool, queriesPerSecond))) } };
  };

  test('names a change by others as one', () => {
    const pool = { ...written(40), spec: poolWith({ replicas: 5 }).spec };
    const scaling = renderScaling(pool, scaler().decide(look(pool, 40)));
    expect(scaling).toMatchObject({ servers: 5, lastScale: 'From 3 to 5 servers by others' });
  });

  test('keeps to the numbers that the schema allows', () => {
    const pool = poolWith({ server: { ...poolWith().spec.server, capacityQps: 1 }, maxServers: 3 });
    const scaling = renderScaling(pool, scaler().decide(look(pool, 1e9)));
    expect(dnsPoolSchema.safeParse({ ...pool, status: { scaling } }).error).toBeUndefined();
    expect(scaling).toMatchObject({ neededServers: 100_000, utilizationPercent: 100_000 });
  });

  test('is what it was while the load cannot be told', () => {
    const before = written(40);
    const unjudged = scaler().decide(look(before, undefined));
    expect(unjudged.isJudged).toBe(false);
    expect(renderScaling(before, unjudged)).toEqual(before.status?.scaling);
    const condition = (reason: string) => ({
      type: 'ScalingActive',
      status: 'True' as const,
      lastTransitionTime: '',
      reason,
      message: '',
    });
    expect(keepUnjudged([condition('Before')], [condition('Now')], unjudged)).toEqual([condition('Before')]);
    expect(keepUnjudged([], [condition('Now')], unjudged)).toEqual([condition('Now')]);
  });
});
