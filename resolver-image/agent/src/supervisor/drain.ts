/**
 * The drain state of the server. The supervisor keeps it because it must outlive the agent; the preStop program moves
 * it on and repeats its order every second, so that a restarted supervisor learns it again.
 */
import type { DrainPhase, DrainState } from '../contract/load.js';

/** The order of the phases; a server never goes back to an earlier one. */
const ORDER: Readonly<Record<DrainPhase, number>> = { Serving: 0, LameDuck: 1, NotReady: 2, Quiet: 3, Unproven: 3 };

/** What the preStop program sends. */
export interface DrainOrder {
  readonly phase: DrainPhase;
  readonly queriesPerSecondLeft?: number;
}

/** Reads an order; undefined if `body` is none. */
export function parseDrainOrder(body: string): DrainOrder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('phase' in value)) return undefined;
  const phase = (Object.keys(ORDER) as DrainPhase[]).find((known) => known === value.phase);
  if (phase === undefined) return undefined;
  const left = 'queriesPerSecondLeft' in value ? value.queriesPerSecondLeft : undefined;
  return typeof left === 'number' ? { phase, queriesPerSecondLeft: left } : { phase };
}

/** The state after an order. An order for an earlier or the same phase changes nothing. */
export function nextDrain(before: DrainState, order: DrainOrder, nowMs: number): DrainState {
  if (ORDER[order.phase] <= ORDER[before.phase]) return before;
  const { phase, queriesPerSecondLeft } = order;
  return { phase, sinceMs: nowMs, ...(queriesPerSecondLeft !== undefined && { queriesPerSecondLeft }) };
}

/** Whether a server in this phase may be given queries. */
export const mayBeReady = (phase: DrainPhase): boolean => phase === 'Serving' || phase === 'LameDuck';
