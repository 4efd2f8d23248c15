/** The events of a pool: one for each change, after it was made. */
import type { Condition } from '../../api/v1alpha1/condition.js';
import { reasons } from '../../api/v1alpha1/reasons.js';
import type { ScaleDecision } from '../../planning/autoscale/types.js';
import { type Happening, tellConditions } from '../condition-events.js';
import type { PoolObservation, PoolOutcome, PoolPlan } from './types.js';

export interface PoolStory {
  readonly observation: PoolObservation;
  readonly plan: PoolPlan;
  readonly outcome: PoolOutcome;
  /** The conditions that were written. */
  readonly conditions: readonly Condition[];
}

/** What is worth telling about one reconcile of a pool. */
export function tellPool({ observation, plan, outcome, conditions }: PoolStory): Happening[] {
  return [
    ...tellPublished(plan, outcome),
    ...tellScaled(observation, plan, outcome),
    ...tellRemovals(outcome),
    ...tellConditions(observation.pool.status?.conditions, conditions),
  ];
}

/** The event of a change of the number by the autoscaler. */
export function tellScaling({ reason, message, to }: ScaleDecision): Happening {
  return { type: 'Normal', reason, action: 'Scale', note: message, key: String(to) };
}

function tellPublished({ configuration }: PoolPlan, { written }: PoolOutcome): Happening[] {
  if (configuration.type !== 'Publish' || !written.includes('ConfigMap')) return [];
  const note = `Published the configuration: ${configuration.why}`;
  return [{ type: 'Normal', reason: reasons.configurationPublished, action: 'Configure', note }];
}

function tellScaled({ deployment }: PoolObservation, { removal }: PoolPlan, { written }: PoolOutcome): Happening[] {
  const before = deployment?.spec?.replicas;
  if (before === undefined || before === removal.replicas || !written.includes('Deployment')) return [];
  const note = `Changed the number of servers from ${before} to ${removal.replicas}`;
  return [{ type: 'Normal', reason: reasons.serversScaled, action: 'Scale', note }];
}

function tellRemovals({ removals = [] }: PoolOutcome): Happening[] {
  return removals.flatMap((step): Happening[] => {
    const about = { type: 'Normal', action: 'Drain', ...(step.server && { key: step.server.name }) } as const;
    if (step.type === 'Unmark') {
      return [{ ...about, reason: reasons.serverDrainUndone, note: `${step.server.name} stays: ${step.why}` }];
    }
    if (step.type === 'Mark') return [];
    if (step.server) {
      return [{ ...about, reason: reasons.serverDraining, note: `${step.server.name} is taken away: ${step.why}` }];
    }
    const note = `Changed the number of servers from ${step.replicas + 1} to ${step.replicas}: that one did not run`;
    return [{ ...about, action: 'Scale', reason: reasons.serversScaled, note }];
  });
}
