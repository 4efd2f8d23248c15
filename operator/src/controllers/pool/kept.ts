/**
 * What stays as it is in a pool that another version of the operator was the last to change: its pod template and its
 * configuration. The fleet controller gives it the present version when its turn comes (builders/template-version.ts);
 * until then only the number of its servers changes, and what is missing is made with what this version makes.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { isIntact } from '../../builders/config-map.js';
import { templateVersion } from '../../builders/template-version.js';
import type { ConfigurationPlan } from '../../planning/configuration.js';
import type { ApplyAction, PoolObservation, ScaleAction } from './types.js';

/** A pool without a number is nobody's rollout, and has what the present version makes of it. */
const isOfOtherVersion = ({ spec }: DnsPool): boolean =>
  spec.templateVersion !== undefined && spec.templateVersion !== templateVersion;

/**
 * The configuration that the pool keeps: the published one, or, if somebody took that away, the one that a server has in
 * force. Undefined if the pool has the present version, or nobody knows a configuration of its own.
 */
export function keptConfiguration({
  pool,
  published,
  recovered,
}: Pick<PoolObservation, 'pool' | 'published' | 'recovered'>): ConfigurationPlan | undefined {
  if (!isOfOtherVersion(pool)) return undefined;
  if (published && isIntact(published)) {
    return { type: 'Current', text: published.text, isAccepted: published.isAccepted };
  }
  if (recovered === undefined) return undefined;
  return { type: 'Publish', text: recovered, isAccepted: true, why: 'the servers have it in force' };
}

/** `actions` without a change of the pod template that the pool keeps; its servers are scaled to `replicas` all the same. */
export function keepTemplate(
  { pool, deployment }: PoolObservation,
  actions: readonly (ApplyAction | ScaleAction)[],
  replicas: number,
): readonly (ApplyAction | ScaleAction)[] {
  if (!isOfOtherVersion(pool) || !deployment) return actions;
  const others = actions.filter((action) => action.type !== 'Scale' && action.kind !== 'Deployment');
  if (deployment.spec?.replicas === replicas) return others;
  return [...others, scaleTo(replicas)];
}

/** Changes the number of servers alone. */
export const scaleTo = (replicas: number): ScaleAction => ({
  type: 'Scale',
  replicas,
  why: 'the wish for servers changed',
});
