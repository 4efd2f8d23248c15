/** What a capacity plan is computed from, and what it says. Loads are queries per second of clients. */

/**
 * What every PoP must be able to carry. WholeLoadPerPop: all of the load. EvenShare: its share of it. SurviveLargestPop:
 * its share after the largest other PoP is lost, whose clients go to the rest in proportion.
 */
export const popSizings = ['WholeLoadPerPop', 'EvenShare', 'SurviveLargestPop'] as const;
export type PopSizing = (typeof popSizings)[number];

export interface CapacityInputs {
  /** The peak of the whole fleet. */
  readonly expectedQps: number;
  /** What one server answers at its limit. */
  readonly capacityQps: number;
  /** The utilization that is planned for, without the spare servers. */
  readonly targetUtilizationPercent: number;
  /** Servers of each PoP that may be lost. */
  readonly redundancy: number;
  readonly popSizing: PopSizing;
  readonly growthPercentPerYear: number;
  readonly horizonYears: number;
  /** At least one, with names of their own. */
  readonly pops: readonly PopInputs[];
  /** Memory for one name in the cache. */
  readonly entryBytes: number;
}

export interface PopInputs {
  readonly name: string;
  readonly minServers: number;
  readonly maxServers: number;
  /** Its part of the clients' queries; those of all PoPs add up to 100. */
  readonly sharePercent: number;
}

/** What one PoP should have. */
export interface PopPlan {
  readonly name: string;
  /** What it must be able to carry by the sizing model. */
  readonly plannedQps: number;
  /** Servers that carry it at the target utilization, without spare ones. */
  readonly needed: number;
  /** With the spare ones and the floor, within the maximum. */
  readonly servers: number;
  /** How many more it would take than `maxServers` allows. */
  readonly missing: number;
  /** The sum that led to `servers`. */
  readonly sum: string;
}

export interface CacheNeed {
  /** Names that a server asks for again and again. */
  readonly names: number;
  readonly bytes: number;
}

export interface Sizing {
  readonly pops: readonly PopPlan[];
  readonly servers: number;
  /** What all servers answer at their limit. */
  readonly mostQps: number;
  /** What all servers answer at the target utilization. */
  readonly targetQps: number;
  /** Of the server that has most to do. */
  readonly cache: CacheNeed;
  /** Servers that the limits of the PoPs do not allow. */
  readonly missing: number;
}

/** What is to be done for a year; a plan within today's limits may have several, or none. */
export type GrowthAction =
  | { readonly type: 'AddServers'; readonly pop: string; readonly from: number; readonly to: number }
  /** The PoPs' limits do not allow what the year takes: so many more of the size of the largest do. */
  | { readonly type: 'AddPops'; readonly count: number; readonly serversEach: number }
  | { readonly type: 'EnlargeCache'; readonly fromBytes: number; readonly toBytes: number };

export interface GrowthYear {
  /** 0 is now. */
  readonly year: number;
  readonly expectedQps: number;
  readonly sizing: Sizing;
  /** What changes from the year before; empty for now. */
  readonly actions: readonly GrowthAction[];
}

export interface CapacityProposal extends Sizing {
  /** What reaches its limit first when the load grows in all PoPs alike. */
  readonly firstLimit: FirstLimit;
  readonly years: readonly GrowthYear[];
}

export interface FirstLimit {
  readonly pop: string;
  /** The load of the whole fleet at which this PoP is above the target with its spare servers lost. */
  readonly expectedQps: number;
}
