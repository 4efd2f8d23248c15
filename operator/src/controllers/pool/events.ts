/** The events of a pool: one for each change, after it was made. */
import type { Condition } from '../../api/v1alpha1/condition.js';
import { reasons } from '../../api/v1alpha1/reasons.js';
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
    ...tellConditions(observation.pool.status?.conditions, conditions),
  ];
}

function tellPublished({ configuration }: PoolPlan, { written }: PoolOutcome): Happening[] {
  if (configuration.type !== 'Publish' || !written.includes('ConfigMap')) return [];
  const note = `Published the configuration: ${configuration.why}`;
  return [{ type: 'Normal', reason: reasons.configurationPublished, action: 'Configure', note }];
}

function tellScaled({ deployment }: PoolObservation, { replicas }: PoolPlan, { written }: PoolOutcome): Happening[] {
  const before = deployment?.spec?.replicas;
  if (before === undefined || before === replicas.replicas || !written.includes('Deployment')) return [];
  const note = `Changed the number of servers from ${before} to ${replicas.replicas}`;
  return [{ type: 'Normal', reason: reasons.serversScaled, action: 'Scale', note }];
}
