/**
 * The drain state of the server. The supervisor keeps it because it must outlive the agent; the preStop program moves
 * it on and repeats its order every second. An order is a lease: a restarted supervisor learns it again, and a drain
 * whose program died, or whose container was only restarted, ends by itself.
 */
import type { Clock, Timer } from '../../../../operator/src/runtime/clock.js';
import type { DrainPhase, DrainState } from '../contract/load.js';

/** Milliseconds for which an order holds. preStop repeats it each second, or each 2.3 s beside a silent engine. */
export const LEASE_MS = 5000;

/** The order of the phases; a drain never goes back to an earlier one. */
const ORDER: Readonly<Record<DrainPhase, number>> = { Serving: 0, LameDuck: 1, NotReady: 2, Quiet: 3, Unproven: 3 };

/** What the preStop program sends. */
export interface DrainOrder {
  readonly phase: Exclude<DrainPhase, 'Serving'>;
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
  if (phase === undefined || phase === 'Serving') return undefined;
  const left = 'queriesPerSecondLeft' in value ? value.queriesPerSecondLeft : undefined;
  return typeof left === 'number' ? { phase, queriesPerSecondLeft: left } : { phase };
}

/** The state after an order. An order for an earlier or the same phase changes nothing. */
export function nextDrain(before: DrainState, order: DrainOrder, nowMs: number): DrainState {
  if (ORDER[order.phase] <= ORDER[before.phase]) return before;
  const { phase, queriesPerSecondLeft } = order;
  return { phase, sinceMs: nowMs, ...(queriesPerSecondLeft !== undefined && { queriesPerSecondLeft }) };
}

/** The drain of one server, which lasts for as long as somebody renews it. */
export class Drain {
  readonly #clock: Clock;
  readonly #onChange: (state: DrainState) => void;
  #state: DrainState;
  #lease: Timer | undefined;

  /** `onChange` is called after each change of the phase. */
  constructor(clock: Clock, onChange: (state: DrainState) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#state = { phase: 'Serving', sinceMs: clock.now() };
  }

  get state(): DrainState {
    return this.#state;
  }

  /** Takes an order, which also renews those before it. */
  order(order: DrainOrder): void {
    this.#lease?.cancel();
    this.#lease = this.#clock.setTimer(LEASE_MS, () => this.#set({ phase: 'Serving', sinceMs: this.#clock.now() }));
    this.#set(nextDrain(this.#state, order, this.#clock.now()));
  }

  #set(state: DrainState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}

/** Whether a server in this phase may be given queries. */
export const mayBeReady = (phase: DrainPhase): boolean => phase === 'Serving' || phase === 'LameDuck';
