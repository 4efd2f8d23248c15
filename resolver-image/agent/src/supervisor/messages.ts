/** What supervisor and agent say to each other over their process channel. Types only: it must cost nothing to load. */
import type { DrainState } from '../contract/load.js';
import type { Verdict } from './verdict.js';

/** The supervisor's whole state, sent whenever a part of it changes. */
export interface FromSupervisor {
  readonly verdict: Verdict;
  readonly drain: DrainState;
  /** How often the agent was started again since the supervisor began. */
  readonly agentRestarts: number;
}

/** The agent's sign of life. */
export interface FromAgent {
  readonly alive: true;
}
