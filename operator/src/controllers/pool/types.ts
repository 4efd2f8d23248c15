/** What the steps of the pool controller hand to each other: gather -> plan -> apply -> status. */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import type { PublishedConfig } from '../../builders/config-map.js';
import type { Deployment } from '../../kube/resource.js';
import type { ConfigurationPlan, Judgement } from '../../planning/configuration.js';
import type { Mark, RemovalAction, RemovalPlan, Remove, Unmark } from '../../planning/removal/types.js';
import type { ReplicasPlan } from '../../planning/replicas.js';
import type { Scaling } from './scaling.js';
import type { RefusedObject } from '../refusals.js';
import type { ServerLoads } from '../../planning/server-load.js';
import type { AgentReports, Server } from '../../planning/servers.js';

/** The kinds of a pool's children that are applied. */
export const childKinds = ['ServiceAccount', 'Service', 'PodDisruptionBudget', 'ConfigMap', 'Deployment'] as const;
export type ChildKind = (typeof childKinds)[number];

/** What a look at a pool sees without asking a server for anything but its load. */
export interface PoolSight {
  readonly nowMs: number;
  readonly pool: DnsPool;
  readonly deployment?: Deployment;
  /** The children that exist. */
  readonly children: ReadonlySet<ChildKind>;
  readonly published?: PublishedConfig;
  readonly servers: readonly Server[];
  readonly agents: AgentReports;
  /** The last words of servers that are gone since the last look. */
  readonly departed?: AgentReports;
  /** What is known of the load of the servers that have an address. */
  readonly loads: ServerLoads;
  /** A HorizontalPodAutoscaler has the pool for its target. */
  readonly hasOtherScaler: boolean;
  /** The API server refused an object of this very generation a short while ago: not tried again each time. */
  readonly refusedObject?: RefusedObject;
}

/** Everything that a decision about a pool is made from. */
export interface PoolObservation extends PoolSight {
  /** The configuration in force, from an agent, when the ConfigMap does not hold it. */
  readonly recovered?: string;
  /** What a running engine said about the configuration that is wanted but not published. */
  readonly judgement: Judgement;
}

/** A write on condition that the object is still of the version that was looked at. */
interface Conditional {
  readonly resourceVersion?: string | undefined;
}

export interface ApplyAction extends Conditional {
  readonly type: 'Apply';
  readonly kind: ChildKind;
  readonly intent: ChildIntent;
  readonly why: string;
}

/** Sets the number of servers and nothing else, while the rest of the pool is held. */
export interface ScaleAction extends Conditional {
  readonly type: 'Scale';
  readonly replicas: number;
  readonly why: string;
}

/** What is to be done. */
export type PoolAction =
  | { readonly type: 'EnsureToken' }
  | ApplyAction
  | ScaleAction
  | Mark
  | Unmark
  /** Takes a server away, by a write of the Deployment that lowers its replicas by one. */
  | (Remove & { readonly by: ApplyAction | ScaleAction })
  | { readonly type: 'Push'; readonly servers: readonly Server[]; readonly text: string; readonly why: string };

/** An object as a builder makes it; its kind says which resource it is. */
export interface ChildIntent {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
}

export interface PoolPlan {
  readonly configuration: ConfigurationPlan;
  readonly replicas: ReplicasPlan;
  readonly removal: RemovalPlan;
  /** What the autoscaler decided; it is carried out by a write of the pool itself, after all else. */
  readonly scaling?: Scaling;
  /** In the order in which they are done. */
  readonly actions: readonly PoolAction[];
}

/** What came of the actions. */
export interface PoolOutcome {
  /** The children that had to be written, with why. */
  readonly written: readonly ChildKind[];
  /** The steps of removals that were taken. */
  readonly removals?: readonly RemovalAction[];
  readonly refused?: RefusedObject;
  /** An object of a name that we need belongs to somebody else. */
  readonly conflict?: string;
  /** The Deployment was changed after it was looked at: nothing of it and of what follows was written. */
  readonly isOvertaken?: boolean;
  /** What kept actions from being done; they are tried again. */
  readonly error?: Error;
}

/** What was counted; the findings put it into words. */
export interface Counts {
  readonly desired: number;
  readonly ready: number;
  readonly running: number;
  readonly stopping: number;
  readonly updated: number;
  readonly inForce: number;
  /** All running servers have the present template and configuration, and there are as many as wanted. */
  readonly isSettled: boolean;
}
