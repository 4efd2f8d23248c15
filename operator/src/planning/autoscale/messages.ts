/**
 * The numbers behind a decision, in words. What stands in the status is rounded (design, section 3), because every change
 * of it is a write; what goes to an event is exact. Times are absolute for the same reason.
 */
import { roundToTwoDigits } from '../load.js';
import type { Need } from './assess.js';
import type { PresentLoad } from './memory.js';

/** Utilization in the status, in points of percent. */
const statusPoints = 5;

export const retiringMessage = 'The pool gives up its servers';

export type Precision = 'Exact' | 'Rounded';

export function percentOf(share: number, precision: Precision = 'Exact'): string {
  if (!Number.isFinite(share)) return 'more than all';
  const points = precision === 'Exact' ? 1 : statusPoints;
  return `${precision === 'Exact' ? '' : 'about '}${Math.round((100 * share) / points) * points} %`;
}

export function loadOf({ queriesPerSecond }: Pick<Need, 'queriesPerSecond'>, precision: Precision = 'Exact'): string {
  return `${precision === 'Exact' ? Math.round(queriesPerSecond) : roundToTwoDigits(queriesPerSecond)} queries/s`;
}

export function countOf(servers: number, what = 'server'): string {
  return `${servers} ${what}${servers === 1 ? '' : 's'}`;
}

/** What the load takes: `800 queries/s take about 40 % of 4 servers with 2 to spare`. */
export function useOf(
  need: Pick<Need, 'queriesPerSecond'> & { readonly share: number },
  { servers, redundancy, precision }: { readonly servers: string; readonly redundancy: number; precision: Precision },
): string {
  return `${loadOf(need, precision)} take ${percentOf(need.share, precision)} of ${servers} with ${redundancy} to spare`;
}

/** What cold servers make of the number that serves: `, worth 2.6 warm ones`; nothing when all are warm. */
export function warmthOf({
  servingServers,
  servingWeight,
}: Pick<PresentLoad, 'servingServers' | 'servingWeight'>): string {
  return servingWeight < servingServers ? `, worth ${servingWeight.toFixed(1)} warm ones` : '';
}

export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
