/** The controller around the autoscaler, for tests: what it keeps in the status and in the process, and a crash at any point. */
import { remember } from '../src/planning/autoscale/memory.js';
import { planScale } from '../src/planning/autoscale/plan.js';
import type { PoolFacts, ScaleDecision, ScaleMemory, ScaleRecord } from '../src/planning/autoscale/types.js';
import type { SimulatedServers } from './simulated-servers.js';

export type ScalerSettings = Pick<
  PoolFacts,
  'autoscaling' | 'minServers' | 'maxServers' | 'redundancy' | 'capacityQps'
>;

export type Crash = 'BeforeRecord' | 'BeforeScale' | 'AfterScale';

export class BuiltinScaler {
  settings: ScalerSettings;
  isRollingOut = false;
  /** Survives a restart, as the status does. */
  record: ScaleRecord = {};
  #memory: ScaleMemory | undefined;
  readonly #servers: SimulatedServers;

  constructor(settings: ScalerSettings, servers: SimulatedServers) {
    this.settings = settings;
    this.#servers = servers;
  }

  /** What it would decide now, without doing it. */
  decide(): ScaleDecision {
    const { nowMs, wanted } = this.#servers;
    const facts: PoolFacts = {
      ...this.settings,
      nowMs,
      wanted,
      servers: this.#servers.observe(),
      record: this.record,
      isRollingOut: this.isRollingOut,
      isRetiring: false,
      pauses: {},
      hasOtherScaler: false,
    };
    this.#memory = remember(this.#memory, facts);
    return planScale({ ...facts, memory: this.#memory });
  }

  /** One look: decides, persists, scales. Dies at a point of it when told to. */
  look(crash?: Crash): ScaleDecision {
    const decision = this.decide();
    if (crash !== 'BeforeRecord') this.record = decision.record;
    if (crash !== 'BeforeRecord' && crash !== 'BeforeScale') this.#servers.wanted = decision.to;
    if (crash) this.restart();
    return decision;
  }

  restart(): void {
    this.#memory = undefined;
  }
}
