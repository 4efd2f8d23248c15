/** A fleet: its pools, one for each PoP, the order in which they change, and the Service over all of them. */
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { type EventRecorder, referenceTo } from '../../kube/events.js';
import { applyStatusIfChanged } from '../../kube/status.js';
import type { ReconcileResult } from '../../runtime/controller.js';
import type { Logger } from '../../runtime/logger.js';
import { dnsFleets } from '../resources.js';
import { type Happening, tellConditions } from '../condition-events.js';
import { applyFleet, type FleetApplier } from './apply.js';
import { tellDone } from './events.js';
import { gatherFleet } from './gather.js';
import { lookAgain } from './look-again.js';
import { planFleet } from './plan.js';
import { observeFleet } from './status.js';

export interface FleetReconcilerOptions extends FleetApplier {
  readonly events: Pick<EventRecorder, 'record'>;
  readonly logger: Logger;
}

export class FleetReconciler {
  readonly #options: FleetReconcilerOptions;

  constructor(options: FleetReconcilerOptions) {
    this.#options = options;
  }

  /** Brings the fleet called `key` where it should be. Throws what is to be tried again. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { stores, refusals, client, events } = this.#options;
    const fleet = stores.fleets.get(key);
    if (!fleet) {
      if (!stores.fleets.invalid(key)) refusals.forget(key);
      return undefined;
    }
    // The garbage collector takes the children of a fleet that is deleted, with or without us.
    if (fleet.metadata.deletionTimestamp !== undefined) return undefined;

    const logger = this.#options.logger.child({ dnsfleet: key });
    const observation = gatherFleet(this.#options, fleet);
    const plan = planFleet(observation);
    const outcome = await applyFleet(this.#options, { observation, plan, logger, signal });
    if (outcome.refused) refusals.remember(fleet, outcome.refused);

    const tell = (happenings: readonly Happening[]) => {
      for (const happening of happenings) events.record({ regarding: referenceTo(dnsFleets, fleet), ...happening });
    };
    // What was done is told even if the status cannot be written: nobody will see it as news again.
    tell(tellDone(outcome.done));
    const status = observeFleet(observation, plan, outcome);
    await applyStatusIfChanged({
      client,
      resource: dnsFleets,
      live: outcome.begun ?? fleet,
      status,
      manager: fieldManagers.fleet,
      signal,
    });
    tell(tellConditions(fleet.status?.conditions, status.conditions ?? []));
    if (outcome.error) throw outcome.error;
    return lookAgain(plan, outcome);
  }
}
