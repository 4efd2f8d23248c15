/**
 * Does what the plan of a fleet says: first the Service (what the API server may refuse), then the memory of the step,
 * then the pools. What takes servers away or changes them is decided again on fresh state just before it is done.
 */
import type { DnsFleet } from '../../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { apiVersion, fieldManagers } from '../../api/v1alpha1/labels.js';
import { applyIfChanged } from '../../kube/apply.js';
import type { KubeClient } from '../../kube/client.js';
import { hasCode, KubeError, NotOurs, toKubeError } from '../../kube/errors.js';
import { keyOf } from '../../kube/object.js';
import { services } from '../../kube/resource.js';
import { applyStatusIfChanged } from '../../kube/status.js';
import type { RolloutAction } from '../../planning/rollout-types.js';
import type { Logger } from '../../runtime/logger.js';
import { dnsFleets, dnsPools } from '../resources.js';
import { type FleetGatherer, gatherFreshFleet } from './gather.js';
import { planFleet } from './plan.js';
import { writeStep } from './status.js';
import type { FleetObservation, FleetOutcome, FleetPlan, PoolWrite } from './types.js';

export interface FleetApplier extends FleetGatherer {
  readonly client: KubeClient;
}

export interface FleetWork {
  readonly observation: FleetObservation;
  readonly plan: FleetPlan;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Carries the plan out. What fails is part of the outcome; throws only the signal's reason. */
export async function applyFleet(applier: FleetApplier, work: FleetWork): Promise<FleetOutcome> {
  const { plan, observation, signal } = work;
  const done: RolloutAction[] = [];
  let begun: DnsFleet | undefined;
  let kind = services.kind;
  if (plan.obstacle !== undefined) return { done, error: new KubeError('Bug', plan.obstacle) };
  try {
    await applyService(applier, work);
    kind = dnsPools.kind;
    for (const write of plan.writes) {
      if (!(await isStillRight(applier, work, write))) continue;
      if (write.decision.type === 'Change') begun = await rememberStep(applier, work);
      if (await performWrite(applier, work, write)) done.push(write.decision);
    }
    for (const pool of plan.unscaled) await setFirstReplicas(applier, pool, signal);
    return { done, ...(begun && { begun }) };
  } catch (error) {
    signal.throwIfAborted();
    return { done, ...describeFailure(error, kind, observation.fleet), ...(begun && { begun }) };
  }
}

/** Tells what the user has to decide or mend from what is tried again; `kind` is that of the object that was written. */
function describeFailure(error: unknown, kind: string, { metadata }: DnsFleet): Omit<FleetOutcome, 'done'> {
  // What a deleted fleet of our name has left is in nobody's way for long; the cache had not shown it yet.
  const isOfFormerFleet = error instanceof NotOurs && error.controller === `${dnsFleets.kind} ${metadata.name}`;
  if (error instanceof NotOurs && !isOfFormerFleet) return { conflict: `${error.message}; delete or rename it` };
  // Without a status it is an answer that we could not read: no word of the API server, and none for the user.
  const isAnswer = hasCode(error, 'Invalid') && error.status !== undefined;
  if (isAnswer) return { refused: { kind, message: error.message } };
  return { error: toKubeError(error, 'changing a fleet') };
}

async function applyService(
  { client, stores }: FleetApplier,
  { observation, plan, logger, signal }: FleetWork,
): Promise<void> {
  const { fleet } = observation;
  if (!plan.service) return;
  const { outcome } = await applyIfChanged({
    client,
    resource: services,
    live: stores.services.get(keyOf(fleet)),
    intent: plan.service,
    manager: fieldManagers.fleet,
    owner: fleet.metadata,
    signal,
  });
  if (outcome === 'created' || outcome === 'updated') logger.info('Wrote the Service of the fleet', { outcome });
}

/**
 * Written before the change itself: whoever comes after us must know what the PoP was like before. Returns the fleet
 * with the step.
 */
async function rememberStep({ client }: FleetApplier, { observation, plan, signal }: FleetWork): Promise<DnsFleet> {
  const { object } = await applyStatusIfChanged({
    client,
    resource: dnsFleets,
    live: observation.fleet,
    status: { ...observation.fleet.status, rollout: writeStep(plan.rollout?.step) },
    manager: fieldManagers.fleet,
    signal,
  });
  return object;
}

/** Returns whether the decision was carried out. */
async function performWrite({ client }: FleetApplier, work: FleetWork, write: PoolWrite): Promise<boolean> {
  const { decision, pool, intent } = write;
  const { signal, logger, observation } = work;
  const log = logger.child({ pop: decision.pop, reason: decision.why });
  if (decision.type === 'Delete') {
    if (!pool) return false;
    const { uid, resourceVersion } = pool.metadata;
    const wasThere = await client.delete(dnsPools, keyOf(pool), {
      uid,
      resourceVersion,
      propagation: 'Background',
      signal,
    });
    if (wasThere) log.info('Deleted the pool', { action: decision.type });
    return wasThere;
  }
  if (!intent) return false;
  const { outcome, object } = await applyIfChanged({
    client,
    resource: dnsPools,
    live: pool,
    intent,
    manager: fieldManagers.fleet,
    owner: observation.fleet.metadata,
    signal,
  });
  if (outcome === 'unchanged' || outcome === 'terminating') return false;
  log.info('Wrote the pool', { action: decision.type, outcome });
  if (object.spec.replicas === undefined) await setFirstReplicas({ client }, object, signal);
  return true;
}

const isDisruptive = ({ type }: RolloutAction): boolean => type === 'Change' || type === 'Retire' || type === 'Delete';

/** Whether fresh state bears `write` out, if it takes servers away or changes them. */
async function isStillRight(
  applier: FleetApplier,
  { observation, logger, signal }: FleetWork,
  { decision }: PoolWrite,
): Promise<boolean> {
  if (!isDisruptive(decision)) return true;
  const fresh = await gatherFreshFleet(applier, observation.fleet, signal);
  const again = fresh && planFleet(fresh).rollout?.actions;
  if (again?.some(({ type, pop }) => type === decision.type && pop === decision.pop)) return true;
  logger.debug('Fresh state does not bear the decision out', { pop: decision.pop, action: decision.type });
  return false;
}

/**
 * The first wish for servers, under the manager of `/scale`. Without force: whoever set a wish meanwhile keeps it, and
 * no intent of ours ever names the field again.
 */
async function setFirstReplicas(
  { client }: Pick<FleetApplier, 'client'>,
  pool: DnsPool,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = pool.metadata;
  const intent = {
    apiVersion,
    kind: 'DnsPool',
    metadata: { name, namespace },
    spec: { replicas: pool.spec.minServers },
  };
  try {
    await client.apply(dnsPools, intent, { manager: fieldManagers.scale, force: false, uid, signal });
  } catch (error) {
    if (!hasCode(error, 'Conflict', 'NotFound')) throw error;
  }
}
