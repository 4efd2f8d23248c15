/** How the end of drains is told and counted. */
import { beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { agentReport } from '../../../test/agent-report.js';
import { testPool } from '../../../test/objects.js';
import { createDrainMetrics } from '../../observability/drain-metrics.js';
import type { Server } from '../../planning/servers.js';
import type { DrainState } from '../../../../resolver-image/agent/src/contract/load.js';
import { DrainFollower } from './drains.js';
import type { PoolOutcome } from './types.js';

const pool = testPool();
const marked: Server = {
  name: 'a',
  uid: 'a',
  isScheduled: true,
  isReady: true,
  isStopping: false,
  mark: { timeMs: 0, reason: '' },
};
const stopping = { ...marked, isStopping: true, stopRequestedMs: 0 };

let registry: Registry;
let follower: DrainFollower;
beforeEach(() => {
  registry = new Registry();
  follower = new DrainFollower(createDrainMetrics(registry));
});

function follow(servers: readonly Server[], drain?: DrainState, removals: PoolOutcome['removals'] = []) {
  const { load, ...report } = agentReport();
  const agents = new Map(load && drain ? [['a', { ...report, load: { ...load, drain } }]] : []);
  return follower.follow({ nowMs: 36_000, pool, servers, agents }, { written: [], removals });
}

/** The counts by result. */
async function counts(): Promise<Readonly<Record<string, number>>> {
  const lines = [...(await registry.metrics()).matchAll(/^dnsfleet_pool_drains_total\{(.*),result="(.*)"\} (\d+)$/gm)];
  const labels = `namespace="dns",dnsfleet="public",dnspool="${pool.metadata.name}"`;
  expect(lines.every(([, found]) => found === labels)).toBe(true);
  return Object.fromEntries(lines.map(([, , result, count]) => [result ?? '', Number(count)]));
}

/** What the last server still got; undefined without a series. */
async function left(): Promise<number | undefined> {
  const value = /^dnsfleet_pool_drain_query_rate_left\{.*\} (.*)$/m.exec(await registry.metrics())?.[1];
  return value === undefined ? undefined : Number(value);
}

test('a pool that never took a server away has no series, and one that begins to has all at 0', async () => {
  follow([]);
  expect(await counts()).toEqual({});
  follow([marked]);
  expect(await counts()).toEqual({ Quiet: 0, Unproven: 0, Unknown: 0, Undone: 0 });
});

test('a quiet server is good news', async () => {
  expect(follow([stopping], { phase: 'Quiet', sinceMs: 0 })).toEqual([
    { type: 'Normal', action: 'Drain', key: 'a', reason: 'ServerDrained', note: 'a was quiet after 36 s' },
  ]);
  expect(await counts()).toMatchObject({ Quiet: 1 });
  expect(await left()).toBe(0);
});

test('one that still got queries is a warning with their number', async () => {
  const [told] = follow([stopping], { phase: 'Unproven', sinceMs: 0, queriesPerSecondLeft: 12.34 });
  expect(told).toMatchObject({ type: 'Warning', reason: 'ServerDrainUnproven' });
  expect(told?.note).toBe('a still got 12.3 queries per second after 36 s, and stops');
  expect(await counts()).toMatchObject({ Unproven: 1 });
  expect(await left()).toBe(12.34);
});

test('one that went without a word is a warning too', async () => {
  follow([stopping]);
  expect(follow([])).toMatchObject([{ type: 'Warning', reason: 'ServerDrainUnproven' }]);
  expect(await counts()).toMatchObject({ Unknown: 1 });
});

test('a removal that was undone is counted', async () => {
  follow([marked], undefined, [{ type: 'Unmark', server: marked, why: '' }]);
  expect(await counts()).toMatchObject({ Undone: 1, Unknown: 0 });
});

test('the series of a pool that is gone go', async () => {
  follow([stopping], { phase: 'Quiet', sinceMs: 0 });
  follower.forget(`dns/${pool.metadata.name}`);
  expect(await counts()).toEqual({});
  expect(await left()).toBeUndefined();
});
