/** Which server goes first. */
import { describe, expect, test } from '@jest/globals';
import type { Server } from '../servers.js';
import type { ServerLoads } from '../server-load.js';
import { chooseVictim } from './choose.js';

const server = (name: string, parts: Partial<Server> = {}): Server => ({
  name,
  uid: name,
  isScheduled: true,
  isReady: true,
  isStopping: false,
  ...parts,
});
const loadsOf = (rates: Readonly<Record<string, number>>): ServerLoads =>
  new Map(
    Object.entries(rates).map(([uid, queriesPerSecond]) => [uid, { freshness: 'Fresh', queriesPerSecond } as const]),
  );
const choose = (servers: readonly Server[], rates: Readonly<Record<string, number>> = {}) =>
  chooseVictim(servers, loadsOf(rates))?.name;

describe('the next to go is', () => {
  test.each<[string, readonly Server[]]>([
    ['nobody where nobody runs', []],
    [
      'one without a node before one that starts, and before one that a person asked for',
      [
        server('starting', { isPending: true, isReady: false }),
        server('victim', { isScheduled: false, isReady: false }),
        server('asked', { isDrainRequested: true }),
      ],
    ],
    [
      'one that starts before one that is not ready',
      [server('sick', { isReady: false }), server('victim', { isPending: true, isReady: false })],
    ],
    ['one that is not ready', [server('a'), server('victim', { isReady: false }), server('b')]],
    [
      'what a person asked for, before what was chosen',
      [server('marked', { mark: { reason: '' } }), server('victim', { isDrainRequested: true }), server('b')],
    ],
    [
      'what was chosen before, though another is on a more crowded node',
      [
        server('a', { node: 'one' }),
        server('b', { node: 'one' }),
        server('victim', { node: 'two', mark: { reason: '' } }),
      ],
    ],
    [
      'one on the most crowded node',
      [server('a', { node: 'one' }), server('victim', { node: 'two' }), server('w', { node: 'two' })],
    ],
    [
      'one in the most crowded zone, though another node is as crowded',
      [
        server('a', { node: 'one', zone: 'x' }),
        server('victim', { node: 'two', zone: 'y' }),
        server('w', { node: 'three', zone: 'y' }),
      ],
    ],
    [
      'the youngest of equals',
      [server('a', { createdMs: 1 }), server('victim', { createdMs: 3 }), server('b', { createdMs: 2 })],
    ],
  ])('%s', (_, servers) => {
    expect(choose(servers)).toBe(servers.length === 0 ? undefined : 'victim');
  });
});

test('a spread that holds is not broken while another server can go', () => {
  // Zones hold two and one: without `a`, x would have two and y none.
  const servers = [
    server('a', { zone: 'y', node: 'one', createdMs: 9 }),
    server('b', { zone: 'x', node: 'two' }),
    server('c', { zone: 'x', node: 'three' }),
  ];
  expect(choose(servers, { a: 1, b: 100, c: 100 })).toBe('b');
});

describe('load', () => {
  const servers = [server('a', { createdMs: 3 }), server('b', { createdMs: 2 }), server('c', { createdMs: 1 })];

  test('chooses the server that clearly has the least', () => {
    expect(choose(servers, { a: 100, b: 20, c: 110 })).toBe('b');
  });

  test('decides nothing by differences that are chance', () => {
    expect(choose(servers, { a: 101, b: 99, c: 100 })).toBe('a');
  });

  test('decides nothing while that of one server is not known', () => {
    expect(choose(servers, { a: 100, b: 0 })).toBe('a');
    const stale: ServerLoads = new Map([
      ['a', { freshness: 'Fresh', queriesPerSecond: 100 }],
      ['b', { freshness: 'Stale', queriesPerSecond: 0 }],
      ['c', { freshness: 'Fresh', queriesPerSecond: 100 }],
    ]);
    expect(chooseVictim(servers, stale)?.name).toBe('a');
  });
});
