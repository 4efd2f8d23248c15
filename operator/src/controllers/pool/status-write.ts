/**
 * Whether a pool's status is worth a write. Counts and conditions are written at once; numbers alone only when they say
 * something else than before, and rarely: at rest, nothing is written at all.
 */
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { isStatusAsIntended } from '../../kube/status.js';
import { isOtherLoad } from '../../planning/load.js';
import { calmConditions, calmScaling } from './calm.js';
import { writtenFreshness } from './load-status.js';
import { isOtherEvent } from './scaling-status.js';

/** At most one write in this time for numbers alone; while a rollout may be watching them, they must be fresher. */
const numbersMs = { rest: 60_000, watched: 10_000 };

export interface StatusWrite {
  readonly pool: DnsPool;
  readonly status: DnsPoolStatus;
  readonly nowMs: number;
  /** How long ago the status was written last, or the process began. */
  readonly sinceWriteMs: number;
  readonly isWatched: boolean;
}

/** The status to write, or undefined if the live one will do. */
export function chooseStatus({ pool, status, nowMs, sinceWriteMs, isWatched }: StatusWrite): DnsPoolStatus | undefined {
  const written = pool.status;
  const isOther = isOtherLoad(written?.load, status.load);
  const isEvent = isOtherEvent(written?.scaling, status.scaling) || isOtherNumber(pool, status);
  const { load, servers, scaling, capacity, conditions, ...rest } = status;
  const calm = conditions && calmConditions(written?.conditions, conditions, nowMs);
  const told =
    isOther || isEvent
      ? { conditions, scaling }
      : { conditions: calm, scaling: calmScaling(written?.scaling, scaling) };
  const settled: DnsPoolStatus = {
    ...rest,
    ...told,
    capacity,
    ...(servers && { servers }),
    ...(isOther ? load && { load } : written?.load && { load: written.load }),
  };
  const asBefore: DnsPoolStatus = {
    ...rest,
    conditions: isEvent ? conditions : calm,
    scaling: isEvent ? scaling : written?.scaling,
    capacity: isEvent ? capacity : written?.capacity,
    ...(servers && { servers: { ...withoutFreshness(servers), ...writtenFreshness(pool) } }),
    ...(written?.load && { load: written.load }),
  };
  if (!isStatusAsIntended(pool, defined(asBefore), fieldManagers.pool)) return defined(settled);
  const isDue = sinceWriteMs >= (isWatched ? numbersMs.watched : numbersMs.rest);
  return isDue && !isStatusAsIntended(pool, defined(settled), fieldManagers.pool) ? defined(settled) : undefined;
}

/** Whether the pool has another number of servers, or another spec, than when its status was written. */
function isOtherNumber({ status: written }: DnsPool, next: DnsPoolStatus): boolean {
  return (
    written?.observedGeneration !== next.observedGeneration ||
    written?.servers?.desired !== next.servers?.desired ||
    written?.servers?.ready !== next.servers?.ready
  );
}

/** Without fields that are undefined: to apply one would be to remove it from the object, and to compare it a difference. */
const defined = (status: DnsPoolStatus): DnsPoolStatus =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));

const withoutFreshness = ({ desired, ready, updated, stopping, summary }: Servers): Servers => ({
  desired,
  ready,
  updated,
  stopping,
  summary,
});

type Servers = NonNullable<DnsPoolStatus['servers']>;
