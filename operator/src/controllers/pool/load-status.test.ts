/** What a pool reports of its load while a part of it is not known. */
import { describe, expect, test } from '@jest/globals';
import { testPool } from '../../../test/objects.js';
import type { DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import type { ServerLoad } from '../../planning/server-load.js';
import type { Server } from '../../planning/servers.js';
import { freshnessOf, loadOf } from './load-status.js';

const written = { queriesPerSecond: 500, servfailPercent: 1 };
const counted = { desired: 2, ready: 2, updated: 2, stopping: 0, summary: '2/2' };
const status: DnsPoolStatus = { load: written, servers: { ...counted, fresh: 2, stale: 0, absent: 0 } };
const fresh: ServerLoad = {
  ...{ freshness: 'Fresh', staleForMs: 0, queriesPerSecond: 100, servfailsPerSecond: 0 },
  hitPercent: 50,
};
const staleFor = (staleForMs: number): ServerLoad => ({ freshness: 'Stale', staleForMs, queriesPerSecond: 100 });
const newFor = (staleForMs: number): ServerLoad => ({ freshness: 'Absent', staleForMs });

const observe = (...loads: readonly ServerLoad[]) => ({
  pool: { ...testPool(), status },
  servers: loads.map((_, index): Server => {
    const name = `${index}`;
    return { name, uid: name, isScheduled: true, isReady: true, isStopping: false };
  }),
  loads: new Map(loads.map((load, index) => [`${index}`, load])),
  agents: new Map(),
});

describe('the load of a pool', () => {
  test.each<readonly [string, readonly ServerLoad[], DnsPoolStatus['load']]>([
    ['is what was measured', [fresh, fresh], { queriesPerSecond: 200, servfailPercent: 0, hitPercent: 50 }],
    ['is what it was while one server is stale', [fresh, staleFor(30_000)], written],
    ['is what it was while nobody was heard yet', [newFor(0), newFor(0)], written],
    ['is unknown when one is stale for too long', [fresh, staleFor(120_001)], undefined],
    ['is unknown when one is never heard', [fresh, newFor(120_001)], undefined],
    ['is unknown when nobody answers clients', [], undefined],
  ])('%s', (_title, loads, expected) => {
    expect(loadOf(observe(...loads))).toEqual(expected);
  });
});

describe('the servers by what is known of their load', () => {
  test.each<readonly [string, readonly ServerLoad[], ReturnType<typeof freshnessOf>]>([
    ['are counted', [fresh, staleFor(1), newFor(60_000)], { fresh: 1, stale: 1, absent: 1 }],
    ['are what they were while one cannot be judged yet', [fresh, newFor(9_000)], { fresh: 2, stale: 0, absent: 0 }],
    ['are none without servers', [], { fresh: 0, stale: 0, absent: 0 }],
  ])('%s', (_title, loads, expected) => {
    expect(freshnessOf(observe(...loads))).toEqual(expected);
  });
});
