/** What a fleet reports: computed from what was observed and done, never from what was hoped. */
import type { DnsFleetStatus } from '../../api/v1alpha1/dns-fleet.js';
import { renderConditions, toTime } from '../../planning/conditions.js';
import type { RolloutStep } from '../../planning/rollout-types.js';
import { findFleetState, type PopState } from './findings.js';
import { addressesOf } from './gather.js';
import { observeLivePool } from './observe-pool.js';
import { listWanted } from './plan.js';
import type { FleetObservation, FleetOutcome, FleetPlan } from './types.js';

/** The status of a fleet. */
export function observeFleet(observation: FleetObservation, plan: FleetPlan, outcome: FleetOutcome): DnsFleetStatus {
  const { fleet, nowMs, service } = observation;
  // After an error nothing is known of this generation yet: the status goes on speaking of the one before.
  const before = fleet.status;
  const generation = outcome.error === undefined ? fleet.metadata.generation : (before?.observedGeneration ?? 0);
  const pops = listPopStates(observation);
  const findings = findFleetState({ pops, plan, outcome });
  const rollout = rolloutOf(observation, plan, outcome);
  const wanted = pops.filter(({ isWanted }) => isWanted);
  const sum = (count: (pop: PopState) => number) => pops.reduce((total, pop) => total + count(pop), 0);
  return {
    observedGeneration: generation,
    conditions: renderConditions(findings, { generation, nowMs, previous: before?.conditions ?? [] }),
    pops: pops.map(({ name, region, live, isUpToDate, minServers }) => ({
      name,
      region,
      ready: live ? (live.isReady ? 'True' : 'False') : 'Unknown',
      upToDate: isUpToDate ? 'True' : 'False',
      servers: `${live?.readyServers ?? 0}/${live?.desiredServers ?? minServers}`,
    })),
    summary: {
      pops: `${wanted.filter(({ live }) => live?.isReady).length}/${wanted.length}`,
      servers: `${sum(({ live }) => live?.readyServers ?? 0)}/${sum(({ live, minServers }) => live?.desiredServers ?? minServers)}`,
    },
    addresses: service ? addressesOf(service) : [],
    ...(rollout && { rollout }),
  };
}

/** A refused fleet keeps the step that it was at, and so does one whose next step was not taken. */
function rolloutOf(
  { fleet }: FleetObservation,
  { rollout }: FleetPlan,
  outcome: FleetOutcome,
): DnsFleetStatus['rollout'] {
  const before = fleet.status?.rollout;
  if (!rollout) return before;
  const isStep = rollout.actions.some(({ type }) => type === 'Change');
  // After an error nobody knows whether the pool was changed.
  const isTaken = outcome.done.some(({ type }) => type === 'Change') || (outcome.begun && outcome.error !== undefined);
  return isStep && !isTaken ? before : writeStep(rollout.step);
}

/** The step as the status remembers it. */
export const writeStep = (step: RolloutStep | undefined): DnsFleetStatus['rollout'] =>
  step && {
    pop: step.pop,
    startTime: toTime(step.startMs),
    beginTime: toTime(step.beginMs),
    queriesPerSecondBefore: step.before.queriesPerSecond,
    servfailPercentBefore: step.before.servfailPercent,
  };

function listPopStates(observation: FleetObservation): PopState[] {
  const { pools } = observation;
  const wanted = listWanted(observation);
  const names = new Set(wanted.map(({ pop }) => pop));
  const leaving = [...pools.values()].filter(({ spec }) => !names.has(spec.pop));
  const conditionsOf = (pop: string) => pools.get(pop)?.status?.conditions ?? [];
  return [
    ...wanted.map(({ pop, region, live, difference }) => ({
      name: pop,
      region,
      isWanted: true,
      isUpToDate: difference === 'None',
      minServers: pools.get(pop)?.spec.minServers ?? 0,
      conditions: conditionsOf(pop),
      ...(live && { live }),
    })),
    ...leaving.map((pool) => ({
      name: pool.spec.pop,
      region: pool.spec.region,
      isWanted: false,
      isUpToDate: false,
      minServers: 0,
      conditions: conditionsOf(pool.spec.pop),
      live: observeLivePool(pool),
    })),
  ];
}
