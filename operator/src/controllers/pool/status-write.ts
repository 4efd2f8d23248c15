/**
 * Whether a pool's status is worth a write. Counts and conditions are written at once; numbers alone only when they say
 * something else than before, and rarely: at rest, nothing is written at all.
 */
import type { Condition } from '../../api/v1alpha1/condition.js';
import type { DnsPool, DnsPoolStatus } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { isStatusAsIntended } from '../../kube/status.js';
import { findCondition } from '../../planning/conditions.js';
import { isOtherLoad } from '../../planning/load.js';
import { writtenFreshness } from './load-status.js';
import { conditionsOfLoad, isOtherEvent } from './scaling-status.js';

/** At most one write in this time for numbers alone; while a rollout may be watching them, they must be fresher. */
const numbersMs = { rest: 60_000, watched: 10_000 };

export interface StatusWrite {
  readonly pool: DnsPool;
  readonly status: DnsPoolStatus;
  readonly nowMs: number;
  /** When the status was written last; the start of the process if it was not. */
  readonly lastWriteMs: number;
  readonly isWatched: boolean;
}

/** The status to write, or undefined if the live one will do. */
export function chooseStatus({ pool, status, nowMs, lastWriteMs, isWatched }: StatusWrite): DnsPoolStatus | undefined {
  const written = pool.status?.load;
  const isOther = isOtherLoad(written, status.load);
  const { load, servers, scaling, ...rest } = status;
  const isEvent = isOtherEvent(pool.status?.scaling, scaling);
  const settled: DnsPoolStatus = {
    ...rest,
    ...(servers && { servers }),
    ...(scaling && { scaling }),
    ...(isOther ? load && { load } : written && { load: written }),
  };
  const asBefore: DnsPoolStatus = {
    ...rest,
    ...(rest.conditions && { conditions: keepWording(pool.status?.conditions, rest.conditions) }),
    ...(isEvent ? scaling && { scaling } : pool.status?.scaling && { scaling: pool.status.scaling }),
    ...(servers && { servers: { ...withoutFreshness(servers), ...writtenFreshness(pool) } }),
    ...(written && { load: written }),
  };
  if (!isStatusAsIntended(pool, asBefore, fieldManagers.pool)) return settled;
  const isDue = nowMs - lastWriteMs >= (isWatched ? numbersMs.watched : numbersMs.rest);
  return isDue && !isStatusAsIntended(pool, settled, fieldManagers.pool) ? settled : undefined;
}

/** The conditions `next`, those of the load in the words that are written: other numbers alone are no news. */
function keepWording(written: readonly Condition[] | undefined, next: readonly Condition[]): Condition[] {
  return next.map((condition) => {
    const before = conditionsOfLoad.includes(condition.type) ? findCondition(written, condition.type) : undefined;
    const isSameNews = before?.status === condition.status && before.reason === condition.reason;
    return isSameNews ? { ...condition, message: before.message } : condition;
  });
}

const withoutFreshness = ({ desired, ready, updated, stopping, summary }: Servers): Servers => ({
  desired,
  ready,
  updated,
  stopping,
  summary,
});

type Servers = NonNullable<DnsPoolStatus['servers']>;
