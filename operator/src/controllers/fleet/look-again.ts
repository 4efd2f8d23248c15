/** When a fleet is looked at again though nothing happened that its controller is told of. */
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import { conditionTypes, reasons } from '../../api/v1alpha1/reasons.js';
import { keyOf, splitKey, type KubeObject } from '../../kube/object.js';
import type { Store, StoreEvent } from '../../kube/store.js';
import { findCondition } from '../../planning/conditions.js';
import type { ReconcileResult } from '../../runtime/controller.js';
import { inNamespace } from './gather.js';
import type { FleetOutcome, FleetPlan } from './types.js';

/**
 * What is in the way of a fleet may go without a word to us: an object without our label, a full range of addresses, an
 * admission policy. A look costs one read at most.
 */
const refusedAgainSeconds = 60;

/** When to look again after `plan` came to `outcome`; undefined to wait for an event. */
export function lookAgain({ refusal, rollout }: FleetPlan, outcome: FleetOutcome): ReconcileResult | undefined {
  const isRefused = refusal !== undefined || outcome.refused !== undefined || outcome.conflict !== undefined;
  const waits = [rollout?.requeueAfterSeconds, isRefused ? refusedAgainSeconds : undefined];
  const seconds = Math.min(...waits.filter((wait) => wait !== undefined));
  return Number.isFinite(seconds) ? { requeueAfterSeconds: seconds } : undefined;
}

/**
 * The fleets that are refused for what else there is in their namespace, when a fleet or pool comes or goes there: that
 * may have been the obstacle. Only those, so that a thousand new pools do not wake every fleet a thousand times.
 */
export function refusedNeighbours(
  { type, key }: Pick<StoreEvent<KubeObject>, 'type' | 'key'>,
  fleets: Pick<Store<DnsFleet>, 'byIndex'>,
): string[] {
  if (type !== 'added' && type !== 'deleted') return [];
  return fleets
    .byIndex(inNamespace, splitKey(key).namespace ?? '')
    .filter(isRefused)
    .map(keyOf);
}

function isRefused({ status }: DnsFleet): boolean {
  const accepted = findCondition(status?.conditions, conditionTypes.accepted);
  if (accepted?.status !== 'False') return false;
  return accepted.reason === reasons.nameConflict || accepted.reason === reasons.invalidSpec;
}
