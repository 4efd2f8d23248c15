/** What a run of the benchmark has measured, before anything is made of it. */
import type { ApiRequest } from './audit.js';
import type { Usage } from './proc.js';
import type { Window } from './requests.js';

export interface Phase extends Window {
  /** For people: the label in the chart. */
  readonly name: string;
}

/** From the start of a process until there is nothing left to look at. */
export interface Restart {
  /** `SIGTERM`: as in a rolling update. `SIGKILL`: the lease has to expire first. */
  readonly after: 'SIGTERM' | 'SIGKILL';
  /** Until /readyz said that all caches are complete. */
  readonly syncedMs: number;
  /** Until each pool's agent was asked and each fleet was reconciled. */
  readonly reconciledMs: number;
  /** From the start of the process for long enough that a write that comes late is seen too. */
  readonly phase: Phase;
  /** What the process used at the end of the phase. */
  readonly usage: Usage;
}

/** A change of the spec of one fleet. */
export interface Change {
  readonly what: string;
  readonly fleet: string;
  /** Until the fleet had settled on the new generation. */
  readonly settledMs: number;
  readonly phase: Phase;
}

/** The last part: all pools with several servers each. */
export interface Grown {
  /** Servers in all. */
  readonly servers: number;
  /** From the change of the fleets until all servers were ready and their load was known. */
  readonly growth: Phase;
  /** After `growth`: pools are still looked at closely. Empty when there was no wait. */
  readonly watched: Phase;
  readonly rest: Phase;
  /** Of the servers at the end of `rest`, those whose load is known, by the status of their pools. */
  readonly fresh: number;
  /** What the operator had open at the end of `rest`. */
  readonly openFiles: number;
}

export interface Measurement {
  /** From the first apply until all fleets had settled. */
  readonly create: Phase;
  /** How long applying took, within `create`. */
  readonly applyMs: number;
  /** After `create`: pools are still looked at closely. Empty when there was no wait. */
  readonly watched: Phase;
  readonly rest: Phase;
  readonly restarts: readonly Restart[];
  readonly changes: readonly Change[];
  /** Absent when pools stay at one server. */
  readonly grown?: Grown | undefined;
  /** What the operator used, once a second, over all processes. */
  readonly usage: readonly Usage[];
  readonly requests: readonly ApiRequest[];
}
