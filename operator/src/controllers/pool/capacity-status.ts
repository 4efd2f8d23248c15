/**
 * What a pool reports of the capacity of one server, which is also what the next operator begins with. A capacity that is
 * measured moves all the time, so it is rounded down, and stays as it is written until it says something else.
 */
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { configuredCapacity } from '../../api/v1alpha1/server-capacity.js';
import { roundToTwoDigits } from '../../planning/load.js';
import type { MeasuredCapacity } from '../../planning/measured-capacity/types.js';
import type { Scaling } from './scaling.js';

export type CapacityStatus = NonNullable<DnsPoolStatus['capacity']>;

/** A rise and a fall that are worth a write. After a restart what is written counts: it must not be much too high. */
const worthWriting = { up: 1.2, down: 0.9 };
const confidencePoints = 25;
/** A hit ratio that moves by this is worth a write; it moves with the load. */
const hitPoints = 10;

/** The part of the status that has the capacity; nothing when it is not known. */
export function withCapacity(pool: DnsPool, scaling: Scaling): Pick<DnsPoolStatus, 'capacity'> {
  const capacity = renderCapacity(pool, scaling);
  return capacity ? { capacity } : {};
}

function renderCapacity({ spec, status }: DnsPool, { measured, isJudged }: Scaling): CapacityStatus | undefined {
  const configured = configuredCapacity(spec.server);
  if (configured !== undefined) return { queriesPerSecond: configured, source: 'Configured' };
  if (!measured) return undefined;
  const written = status?.capacity;
  // Just after a start nothing is known yet of the servers, and a predecessor may have known more.
  if (written && !isJudged && written.source !== 'Configured') return written;
  return written && isSameCapacity(written, measured) ? written : toStatus(measured);
}

/** Whether what is written still says it; numbers that went down are told sooner than those that went up. */
function isSameCapacity(written: CapacityStatus, measured: MeasuredCapacity): boolean {
  const { queriesPerSecond, confidencePercent = 0, hitPercent = 0 } = written;
  const moreConfidence = measured.confidencePercent - confidencePercent;
  return (
    written.source === measured.source &&
    measured.qps < queriesPerSecond * worthWriting.up &&
    measured.qps > queriesPerSecond * worthWriting.down &&
    moreConfidence < 1.5 * confidencePoints &&
    moreConfidence > -0.5 * confidencePoints &&
    Math.abs((measured.hitPercent ?? 0) - hitPercent) < hitPoints
  );
}

function toStatus({ qps, source, confidencePercent, hitPercent }: MeasuredCapacity): CapacityStatus {
  return {
    queriesPerSecond: source === 'Measured' ? roundToTwoDigits(qps, Math.floor) : qps,
    source,
    confidencePercent: Math.floor(confidencePercent / confidencePoints) * confidencePoints,
    ...(hitPercent !== undefined && { hitPercent: Math.round(hitPercent) }),
  };
}
