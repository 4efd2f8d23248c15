/** How the servers of a pool are kept apart: one constraint a topology, as `placement.spread` says. */
import type { V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Placement } from '../api/v1alpha1/placement.js';
import { poolSelector } from './names.js';
import type { Manifest } from './manifest.js';

type SpreadPolicy = Placement['spread']['nodes'];

/** The topology spread constraints of the pool called `pool`. */
export function buildSpread(
  pool: string,
  spread: Placement['spread'],
): readonly Manifest<V1TopologySpreadConstraint>[] {
  return [
    ...constraintOf(pool, 'kubernetes.io/hostname', spread.nodes),
    ...constraintOf(pool, 'topology.kubernetes.io/zone', spread.zones),
  ];
}

function constraintOf(
  pool: string,
  topologyKey: string,
  policy: SpreadPolicy,
): readonly Manifest<V1TopologySpreadConstraint>[] {
  if (policy === 'None') return [];
  return [
    {
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: policy === 'Required' ? 'DoNotSchedule' : 'ScheduleAnyway',
      labelSelector: { matchLabels: poolSelector(pool) },
      // Each version is spread by itself: otherwise the new servers avoid the nodes of those they replace, and the
      // pool is lopsided when the old ones are gone.
      matchLabelKeys: ['pod-template-hash'],
      // A cordoned node has no servers; counted as a place, it would forbid a second server anywhere.
      nodeTaintsPolicy: 'Honor',
    },
  ];
}
