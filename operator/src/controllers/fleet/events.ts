/** The events of a fleet: one for each change, after it was made. */
import { type Reason, reasons } from '../../api/v1alpha1/reasons.js';
import type { RolloutAction } from '../../planning/rollout-types.js';
import type { Happening } from '../condition-events.js';

const reasonOf: Readonly<Record<RolloutAction['type'], Reason>> = {
  Create: reasons.popCreated,
  Adjust: reasons.popAdjusted,
  Resume: reasons.popResumed,
  Change: reasons.popChanged,
  Retire: reasons.retiring,
  Delete: reasons.popRemoved,
};

/** The events of what was done. */
export function tellDone(done: readonly RolloutAction[]): Happening[] {
  return done.map(({ type, pop, why }) => ({
    type: 'Normal',
    reason: reasonOf[type],
    action: type,
    note: why,
    key: pop,
  }));
}
