/** What the status of a pool tells its fleet. The only way in which the two controllers speak. */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { conditionTypes, reasons } from '../../api/v1alpha1/reasons.js';
import { findCondition } from '../../planning/conditions.js';
import type { LivePool } from '../../planning/rollout-types.js';

/** The pool as the rollout planner sees it. */
export function observeLivePool(pool: DnsPool): LivePool {
  const { spec, metadata, status } = pool;
  const isObserved = status?.observedGeneration === metadata.generation;
  const ready = findCondition(status?.conditions, conditionTypes.ready);
  const accepted = findCondition(status?.conditions, conditionTypes.accepted);
  const stalled = findCondition(status?.conditions, conditionTypes.stalled);
  return {
    state: spec.state,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isObserved,
    isReady: isObserved && ready?.status === 'True',
    hasFailed: isObserved && (accepted?.status === 'False' || stalled?.status === 'True'),
    isRetired: isObserved && spec.state === 'Retiring' && ready?.reason === reasons.retired,
    message: ready?.message ?? 'it has not reported yet',
    readyServers: status?.servers?.ready ?? 0,
    desiredServers: status?.servers?.desired ?? spec.minServers,
    ...(ready && { readyChangedMs: Date.parse(ready.lastTransitionTime) }),
    ...(status?.settledTime !== undefined && { settledMs: Date.parse(status.settledTime) }),
    ...(status?.load && { load: status.load }),
  };
}
