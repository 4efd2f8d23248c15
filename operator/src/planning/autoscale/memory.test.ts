import { describe, expect, test } from '@jest/globals';
import { isServing, remember, sumLoad } from './memory.js';
import { nowMs, pool, server, servers } from './testing.js';

const stale = server({ uid: 'stale', load: { freshness: 'Stale', queriesPerSecond: 50 } });

describe('the load of a pool', () => {
  test.each([
    ['is the sum of its servers', servers(4, 200), { queriesPerSecond: 200, isComplete: true, unknownServers: 0 }],
    ['is not known without servers', [], { isComplete: false, unknownServers: 0 }],
    [
      'is a part when one is stale',
      [...servers(2, 100), stale],
      { queriesPerSecond: 150, isComplete: false, unknownServers: 1 },
    ],
    [
      'is not known when the only server is marked',
      [server({ isMarked: true, load: { freshness: 'Fresh', queriesPerSecond: 7 } })],
      { queriesPerSecond: 7, isComplete: false, unknownServers: 0 },
    ],
    [
      'is a part when a marked one is stale, which clients still reach',
      [...servers(2, 100), { ...stale, isMarked: true }],
      { queriesPerSecond: 150, isComplete: false, unknownServers: 0 },
    ],
    [
      'does not wait for one that stops',
      [...servers(2, 100), { ...stale, isStopping: true }],
      { queriesPerSecond: 100, isComplete: true, unknownServers: 0 },
    ],
    [
      'is not known of a fresh server without a rate',
      [server({ load: { freshness: 'Fresh' } })],
      { isComplete: false, unknownServers: 1 },
    ],
  ])('%s', (_, of, expected) => {
    const { servingServers, servingWeight, ...load } = sumLoad(of);
    expect(load).toEqual({ ...expected, isShedding: false, isThrottled: false });
    expect(servingServers).toBe(of.filter(isServing).length);
    expect(servingWeight).toBe(servingServers);
  });
});

describe('the memory', () => {
  test('keeps since when servers are missing, until all serve', () => {
    const first = remember(undefined, pool(4, 0, { servers: servers(3, 10) }));
    const second = remember(first, pool(4, 0, { servers: servers(3, 10), nowMs: nowMs + 5000 }));
    const third = remember(second, pool(4, 10, { nowMs: nowMs + 10_000 }));
    expect([first, second, third].map(({ missingSinceMs }) => missingSinceMs)).toEqual([nowMs, nowMs, undefined]);
  });

  test('has no window while the load is not known in full', () => {
    const known = remember(undefined, pool(3, 10));
    const unknown = remember(known, pool(3, 0, { servers: [...servers(2, 10), stale], nowMs: nowMs + 5000 }));
    expect(known.window?.sinceMs).toBe(nowMs);
    expect(unknown).toEqual({});
  });

  test('notes that queries were dropped, by a server that is leaving too', () => {
    const dropping = server({
      isStopping: true,
      load: { freshness: 'Fresh', queriesPerSecond: 1, droppedPerSecond: 0.1 },
    });
    expect(remember(undefined, pool(3, 0, { servers: [...servers(3, 10), dropping] })).window?.shedMs).toBe(nowMs);
  });

  test.each([
    [0, undefined],
    [10, undefined],
    [10.1, nowMs],
  ])('takes an engine that is throttled in %d %% of its time for throttled at %s', (throttledPercent, expected) => {
    const throttled = server({ load: { freshness: 'Fresh', queriesPerSecond: 1, throttledPercent } });
    const { window } = remember(undefined, pool(3, 0, { servers: [...servers(3, 10), throttled] }));
    expect(window?.throttledMs).toBe(expected);
  });
});
