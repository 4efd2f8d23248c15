/** What a removal is decided from, and what comes out. */
import type { ServerLoads } from '../server-load.js';
import type { Server } from '../servers.js';
import type { ServerMark } from './mark.js';

/** What the Deployment of a pool says. */
export interface WorkloadObservation {
  readonly replicas: number;
  /** Its controller has seen its present spec. */
  readonly isObserved: boolean;
  /** How many pods there are, by the count of its controller. */
  readonly created: number;
  /** Servers of a former template run. */
  readonly isRollingOut: boolean;
  readonly resourceVersion: string;
}

export interface RemovalObservation {
  readonly nowMs: number;
  /** How many servers the pool should run: within its limits; 0 when it retires. */
  readonly wanted: number;
  /** Absent before the Deployment is created. */
  readonly workload?: WorkloadObservation;
  readonly servers: readonly Server[];
  readonly loads: ServerLoads;
  /** Absent where the number of servers does not follow the load. */
  readonly need?: LoadNeed;
}

/** What the load says about the removal of a server. */
export interface LoadNeed {
  /** How many servers the load that is known and the redundancy take, within the pool's maximum. */
  readonly servers: number;
  /** False while a server that serves does not say its load. */
  readonly isKnown: boolean;
}

/** Chooses a server: until its removal, this can be undone. */
export interface Mark {
  readonly type: 'Mark';
  readonly server: Server;
  readonly mark: Required<ServerMark>;
  readonly why: string;
}

/** The server stays. */
export interface Unmark {
  readonly type: 'Unmark';
  readonly server: Server;
  readonly why: string;
}

/** One replica fewer, if the Deployment is still the one that was looked at. */
export interface Remove {
  readonly type: 'Remove';
  /** Absent when nothing runs in that place. */
  readonly server?: Server;
  readonly replicas: number;
  readonly resourceVersion: string;
  readonly why: string;
}

export type RemovalAction = Mark | Unmark | Remove;

export interface RemovalPlan {
  /** What the Deployment shall run now: it falls by a `Remove` only. */
  readonly replicas: number;
  readonly actions: readonly RemovalAction[];
  /** What is to go, or waits to; absent when nothing is. */
  readonly progress?: string;
}
