/** What the steps of the fleet controller hand to each other: gather -> plan -> apply -> status. */
import type { V1Service } from '@kubernetes/client-node';
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import type { DnsPoolIntent, ServerImage } from '../../builders/pool.js';
import type { Manifest } from '../../builders/manifest.js';
import type { Service } from '../../kube/resource.js';
import type { RolloutAction, RolloutPlan } from '../../planning/rollout-types.js';
import type { FleetFacts } from '../../planning/validate-fleet.js';
import type { RefusedObject } from '../refusals.js';

/** Everything that a decision about a fleet is made from. */
export interface FleetObservation {
  readonly nowMs: number;
  readonly fleet: DnsFleet;
  readonly image: ServerImage;
  /** The pools that the fleet owns, by the name of their PoP. */
  readonly pools: ReadonlyMap<string, DnsPool>;
  /** Names of pools that the fleet wants and that exist without belonging to it. */
  readonly strangers: readonly string[];
  /** Objects that a deleted fleet of the same name has left, and that the garbage collector will take: kind and name. */
  readonly former: readonly string[];
  /** Pools that the fleet wants and that exist without being readable, with what is wrong with them. */
  readonly unreadable: readonly string[];
  readonly facts: FleetFacts;
  /** The Service of the fleet, if it exists and belongs to it. */
  readonly service?: Service;
  /** The API server refused an object of this very generation a short while ago. */
  readonly refusedObject?: RefusedObject;
}

/** One write to the pool of a PoP, with the decision that led to it. */
export interface PoolWrite {
  readonly decision: RolloutAction;
  /** The pool as it was seen; absent for one that is created. */
  readonly pool?: DnsPool;
  /** Absent for one that is deleted. */
  readonly intent?: DnsPoolIntent;
}

export interface FleetPlan {
  /** What is wrong with the fleet, in words; nothing is done then. */
  readonly refusal?: { readonly reason: 'InvalidSpec' | 'NameConflict'; readonly message: string };
  /** Why nothing can be decided for now, in words; it is tried again. */
  readonly obstacle?: string;
  /** Absent when the fleet is refused: what runs goes on running. */
  readonly rollout?: RolloutPlan;
  /** The Service of the fleet as it should be now; absent when the fleet is refused. */
  readonly service?: Manifest<V1Service>;
  readonly writes: readonly PoolWrite[];
  /** Pools whose `spec.replicas` nobody has set yet. */
  readonly unscaled: readonly DnsPool[];
}

/** What came of the plan. */
export interface FleetOutcome {
  /** The decisions that were carried out. */
  readonly done: readonly RolloutAction[];
  /** The fleet with the step of the plan in its status, if the step was to be taken at last. */
  readonly begun?: DnsFleet;
  readonly refused?: RefusedObject;
  readonly conflict?: string;
  /** What ended the work early; it is tried again. */
  readonly error?: Error;
}
