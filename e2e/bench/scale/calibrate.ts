/**
 * How many queries per second an engine answers with the processor that it gets, measured on this machine, so that
 * `capacityQps` is true and the step is one: what an engine is asked more than that is late or lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { roundToTwoDigits } from '../../../operator/src/planning/load.js';
import { startLoad } from '../../suites/helpers/traffic.js';
import type { LoadResult } from '../../traffic/load.js';
import { missPercent, portSeconds } from './inputs.js';
import type { BenchPool } from './pools.js';
import type { Site } from './site.js';

const firstQps = 500;
/** More than a small machine can send and answer. */
const mostQps = 16_000;
/** Time for the load to get into its stride, and what is measured after it. */
const warmSeconds = 3;
const measuredSeconds = 4;
/** Sent more than an engine answers, but not so much that it is busy with throwing away. */
const excess = 1.25;

/** Of the one server of `pool`. @throws Error when no rate is too much for it */
export async function measureCapacity(site: Site, pool: BenchPool): Promise<number> {
  for (let rate = firstQps; rate <= mostQps; rate *= 2) {
    const answered = await answeredOf(site, pool, rate);
    if (answered > 0.9 * rate) continue;
    return roundToTwoDigits(await answeredOf(site, pool, answered * excess));
  }
  throw new Error(`measuring the capacity: one server with its limit answers ${mostQps} queries/s`);
}

/** Queries per second that are answered at all, when so many are sent. */
async function answeredOf({ cluster }: Site, pool: BenchPool, queriesPerSecond: number): Promise<number> {
  const load = await startLoad(cluster, {
    targets: [{ endpoint: pool.endpoint }],
    queriesPerSecond: Math.round(queriesPerSecond),
    maxSeconds: 60,
    slowPercent: 0,
    missPercent,
    portSeconds,
  });
  try {
    await sleep(warmSeconds * 1000);
    load.mark('measured');
    await sleep(measuredSeconds * 1000);
    load.mark('after');
  } finally {
    await load.finish();
  }
  return answeredPerSecond(await load.finish());
}

/** Of the phase `measured`. */
export function answeredPerSecond({ phases }: Pick<LoadResult, 'phases'>): number {
  const at = phases.findIndex(({ name }) => name === 'measured');
  const [measured, after] = [phases[at], phases[at + 1]];
  if (!measured || !after) throw new Error('measuring the capacity: the load ended too early');
  return measured.answered / (after.startSecond - measured.startSecond);
}
