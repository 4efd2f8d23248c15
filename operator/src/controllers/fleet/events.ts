/** The events of a fleet: one for each change, after it was made. */
import type { Condition } from '../../api/v1alpha1/condition.js';
import { type Reason, reasons } from '../../api/v1alpha1/reasons.js';
import type { RolloutAction } from '../../planning/rollout-types.js';
import { type Happening, tellConditions } from '../condition-events.js';
import type { FleetObservation, FleetOutcome } from './types.js';

const reasonOf: Readonly<Record<RolloutAction['type'], Reason>> = {
  Create: reasons.popCreated,
  Adjust: reasons.popAdjusted,
  Resume: reasons.popResumed,
  Change: reasons.popChanged,
  Retire: reasons.retiring,
  Delete: reasons.popRemoved,
};

/** What is worth telling about one reconcile of a fleet; `conditions` are those that were written. */
export function tellFleet(
  observation: FleetObservation,
  outcome: FleetOutcome,
  conditions: readonly Condition[],
): Happening[] {
  return [
    ...outcome.done.map(({ type, pop, why }): Happening => ({
      type: 'Normal',
      reason: reasonOf[type],
      action: type,
      note: why,
      key: pop,
    })),
    ...tellConditions(observation.fleet.status?.conditions, conditions),
  ];
}
