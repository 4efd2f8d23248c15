import { expect, test } from '@jest/globals';
import { judgeCapacity } from './capacity.js';
import { pool, poolWithoutCapacity, server, servers } from './testing.js';

const absent = server({ load: { freshness: 'Absent' } });

test.each([
  [
    'is sufficient with the spare servers',
    pool(5, 210),
    {
      isSufficient: true,
      needed: 3,
      headroom: 0,
      message: '5 serving servers, 3 needed for 210 queries/s and 2 to spare (about 70 %): 0 more than that',
    },
  ],
  [
    'is not without one of them',
    pool(4, 210),
    {
      isSufficient: false,
      needed: 3,
      headroom: -1,
      message: '4 serving servers, 3 needed for 210 queries/s and 2 to spare (about 105 %): 1 missing',
    },
  ],
  [
    'is not when the part that is known is too much already',
    pool(5, 0, { servers: [...servers(3, 210), absent] }),
    { isSufficient: false, needed: 3, headroom: -1 },
  ],
  [
    'is not known when the part that is known could be carried',
    pool(5, 0, { servers: [...servers(3, 50), absent] }),
    {
      isSufficient: undefined,
      headroom: 1,
      message:
        '4 serving servers, 1 needed for 50 queries/s and 2 to spare (about 25 %); the load of 1 of 4 serving servers is not known',
    },
  ],
  [
    'is not known of servers of which nothing was heard',
    pool(1, 0, { servers: [absent] }),
    { isSufficient: undefined, message: '1 serving server of unknown load' },
  ],
  [
    'is not judged of a pool that gives up its servers',
    pool(4, 210, { isRetiring: true }),
    { isSufficient: undefined, message: 'The pool gives up its servers', serving: 4 },
  ],
  ['is not known without `capacityQps`', poolWithoutCapacity(4, 100), { isSufficient: undefined }],
  [
    'counts what serves, not what is wanted',
    pool(9, 0, { servers: servers(2, 60) }),
    {
      isSufficient: false,
      message: '2 serving servers, 1 needed for 60 queries/s and 2 to spare (more than all): 1 missing',
    },
  ],
])('the capacity %s', (_, facts, expected) => {
  expect(judgeCapacity(facts)).toMatchObject(expected);
});
