import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, connectionToEnd } from './connections.js';

const of = (address: string, isBusy = false): Connection => ({ address, isBusy });

describe('which connection ends when there are too many', () => {
  it.each<[string, readonly Connection[], number]>([
    ['the oldest of whoever has most', [of('a'), of('b'), of('b')], 1],
    ['an idle one before a busy one', [of('a'), of('b', true), of('b'), of('b')], 2],
    ['the oldest busy one if all are', [of('a'), of('b', true), of('b', true)], 1],
    ['the oldest of all between equals', [of('a'), of('b')], 0],
  ])('%s', (_what, connections, index) => {
    expect(connectionToEnd(connections)).toBe(connections[index]);
  });

  it('is never the newest of an address that has fewer than another', () => {
    const connection = fc.record({ address: fc.constantFrom('a', 'b', 'c'), isBusy: fc.boolean() });
    fc.assert(
      fc.property(fc.array(connection, { minLength: 2 }), (connections) => {
        const ended = connectionToEnd(connections);
        const held = (address = '') => connections.filter((other) => other.address === address).length;
        for (const address of ['a', 'b', 'c']) expect(held(ended?.address)).toBeGreaterThanOrEqual(held(address));
        const same = connections.filter((other) => other.address === ended?.address);
        expect(ended).toBe(same.find((other) => !other.isBusy) ?? same[0]);
      }),
    );
  });
});
