/** What is to be done about a fleet, as data: the fleet is validated, then the planner of rollouts decides. */
import { reasons } from '../../api/v1alpha1/reasons.js';
import type { DnsFleetStatus } from '../../api/v1alpha1/dns-fleet.js';
import { buildPool, buildPoolChange, listPops } from '../../builders/pool.js';
import { buildFleetService } from '../../builders/service.js';
import { formatProblems } from '../../planning/problem.js';
import { planRollout } from '../../planning/rollout.js';
import type { RolloutAction, RolloutPlan, RolloutStep, WantedPop } from '../../planning/rollout-types.js';
import { validateFleet } from '../../planning/validate-fleet.js';
import { comparePool, grownLimits, needsRoom } from './difference.js';
import { planFront } from './front.js';
import { observeLivePool } from './observe-pool.js';
import type { FleetObservation, FleetPlan, PoolWrite } from './types.js';

/** Decides what happens to a fleet now. A fleet that is refused is left as it is. */
export function planFleet(observation: FleetObservation): FleetPlan {
  const unscaled = [...observation.pools.values()].filter(
    ({ spec, metadata }) => spec.replicas === undefined && metadata.deletionTimestamp === undefined,
  );
  const refusal = findRefusal(observation);
  if (refusal) return { refusal, writes: [], unscaled };
  if (observation.unreadable.length > 0) {
    // What such a pool is like is not known, and whether it is there at all must not be guessed.
    return { obstacle: `reading ${observation.unreadable.join('; ')}`, writes: [], unscaled };
  }
  if (observation.former.length > 0) return { rollout: waitForFormer(observation), writes: [], unscaled };
  const { fleet, pools, nowMs } = observation;
  const wanted = listWanted(observation);
  const names = new Set(wanted.map(({ pop }) => pop));
  const step = readStep(fleet.status?.rollout);
  const rollout = planRollout({
    nowMs,
    pauseSeconds: fleet.spec.rollout.pauseSeconds,
    wanted,
    leaving: [...pools.values()]
      .filter(({ spec }) => !names.has(spec.pop))
      .map((pool) => ({ pop: pool.spec.pop, live: observeLivePool(pool) }))
      .sort((a, b) => (a.pop < b.pop ? -1 : 1)),
    ...(step && { step }),
  });
  return {
    rollout,
    service: buildFleetService(fleet, planFront(observation, { wanted, progress: rollout.progress })),
    writes: rollout.actions.map((action) => planWrite(observation, action)),
    unscaled,
  };
}

function waitForFormer({ former }: FleetObservation): RolloutPlan {
  const [first = ''] = former;
  const more = former.length > 1 ? ` and ${former.length - 1} more objects` : '';
  const message = `The fleet waits until ${first}${more} of the former fleet of its name is gone`;
  return { actions: [], progress: { state: 'RollingOut', message }, requeueAfterSeconds: formerAgainSeconds };
}

/** The garbage collector is done within seconds; its work wakes the fleet, and this is for what it leaves. */
const formerAgainSeconds = 10;

function findRefusal({ fleet, facts, strangers, refusedObject }: FleetObservation): FleetPlan['refusal'] {
  const problems = validateFleet(fleet, facts);
  if (problems.length > 0) return { reason: reasons.invalidSpec, message: formatProblems(problems) };
  const [stranger] = strangers;
  if (stranger !== undefined) {
    const message = `DnsPool '${stranger}' exists and does not belong to this fleet: delete it, or rename the PoP`;
    return { reason: reasons.nameConflict, message };
  }
  if (refusedObject) {
    return {
      reason: reasons.invalidSpec,
      message: `The API server refuses the ${refusedObject.kind}: ${refusedObject.message}`,
    };
  }
  return undefined;
}

/** The PoPs of the spec with their pools, in the order of the spec. */
export function listWanted({ fleet, pools, image }: FleetObservation): WantedPop[] {
  return listPops(fleet.spec.regions).map((placed) => {
    const pool = pools.get(placed.pop.name);
    const intent = buildPool(fleet, placed, image);
    return {
      pop: placed.pop.name,
      region: placed.region,
      difference: comparePool(pool, intent),
      ...(pool && { live: observeLivePool(pool), needsRoom: needsRoom(pool, intent) }),
    };
  });
}

function planWrite({ fleet, pools, image }: FleetObservation, decision: RolloutAction): PoolWrite {
  const pool = pools.get(decision.pop);
  const placed = listPops(fleet.spec.regions).find(({ pop }) => pop.name === decision.pop);
  switch (decision.type) {
    case 'Adjust': {
      if (!pool || !placed) return { decision };
      const intent = buildPool(fleet, placed, image);
      const isAll = comparePool(pool, intent) !== 'Change';
      return { decision, pool, intent: isAll ? intent : buildPoolChange(fleet, pool, grownLimits(pool, intent)) };
    }
    case 'Create':
    case 'Change':
      return { decision, ...(pool && { pool }), ...(placed && { intent: buildPool(fleet, placed, image) }) };
    case 'Resume':
      return { decision, ...(pool && { pool, intent: buildPoolChange(fleet, pool, { state: 'Active' }) }) };
    case 'Retire':
      return { decision, ...(pool && { pool, intent: buildPoolChange(fleet, pool, { state: 'Retiring' }) }) };
    case 'Delete':
      return { decision, ...(pool && { pool }) };
  }
}

/** The step that the status remembers. */
export function readStep(rollout: DnsFleetStatus['rollout']): RolloutStep | undefined {
  return (
    rollout && {
      pop: rollout.pop,
      startMs: Date.parse(rollout.startTime),
      beginMs: Date.parse(rollout.beginTime),
      before: { queriesPerSecond: rollout.queriesPerSecondBefore, servfailPercent: rollout.servfailPercentBefore },
    }
  );
}
