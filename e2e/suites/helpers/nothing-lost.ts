/** What every suite asks of a load that ran beside a change. */
import { expect } from '@jest/globals';
import type { LoadResult } from '../../traffic/load.js';

/** Expects the load to be a result, and every question to be answered rightly. */
export function expectNothingLost(result: LoadResult): void {
  expect(result.objections).toEqual([]);
  expect(result.losses).toEqual([]);
  expect(result.total).toMatchObject({ lost: 0, wrong: 0, answered: result.total.sent });
}
