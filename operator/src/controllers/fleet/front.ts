/**
 * What the Service of a fleet shows clients while an edit is on its way. The Service is one, the servers are many: it
 * follows them, so that an edit that they refuse moves nothing, and one that they take shuts nobody out that a server
 * still answers.
 */
import { conditionTypes } from '../../api/v1alpha1/reasons.js';
import { readFront, type ServiceFront, wantedFront } from '../../builders/service.js';
import { findCondition } from '../../planning/conditions.js';
import type { RolloutProgress, WantedPop } from '../../planning/rollout-types.js';
import type { FleetObservation } from './types.js';

interface Situation {
  readonly wanted: readonly WantedPop[];
  readonly progress: RolloutProgress;
}

/**
 * Type and ports move once a PoP has accepted the spec. The networks of the spec are let in at once, as the servers
 * check them too; those of before stay until the last PoP has changed.
 */
export function planFront(observation: FleetObservation, { wanted, progress }: Situation): ServiceFront {
  const { fleet, pools, service } = observation;
  const front = wantedFront(fleet);
  const isComplete = progress.state === 'Complete' && !wanted.some(({ live }) => live?.hasFailed);
  if (!service || isComplete) return front;
  const now = readFront(service, fleet);
  const others = new Set([...now.allow, ...[...pools.values()].flatMap(({ spec }) => spec.access.allow)]);
  front.allow.forEach((network) => others.delete(network));
  const allow = [...front.allow, ...[...others].sort()];
  return { ...(wanted.some((pop) => hasAccepted(pop, observation)) ? front : now), allow };
}

function hasAccepted({ pop, difference, live }: WantedPop, { pools }: FleetObservation): boolean {
  if (!live?.isObserved || (difference !== 'None' && difference !== 'Harmless')) return false;
  return findCondition(pools.get(pop)?.status?.conditions, conditionTypes.accepted)?.status === 'True';
}
