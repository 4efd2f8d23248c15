/**
 * Does what the plan of a pool says, in its order, and stops at the first thing that does not work. A removal may wait,
 * so a step of one that fails stops nothing but the removal.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { annotations, fieldManagers, lowestDeletionCost } from '../../api/v1alpha1/labels.js';
import { applyIfChanged } from '../../kube/apply.js';
import type { KubeClient } from '../../kube/client.js';
import { hasCode, KubeError, NotOurs, toKubeError } from '../../kube/errors.js';
import { keyOf, objectKey, type KubeObject } from '../../kube/object.js';
import {
  configMaps,
  deployments,
  podDisruptionBudgets,
  pods,
  type Resource,
  serviceAccounts,
  services,
} from '../../kube/resource.js';
import type { Store } from '../../kube/store.js';
import { formatMark } from '../../planning/removal/mark.js';
import type { RemovalAction } from '../../planning/removal/types.js';
import type { Server } from '../../planning/servers.js';
import type { Logger } from '../../runtime/logger.js';
import type { AgentDirectory } from './agents.js';
import type { PoolStores } from './gather.js';
import { NoToken, type TokenKeeper } from './tokens.js';
import type { ChildKind, PoolAction, PoolObservation, PoolOutcome, PoolPlan } from './types.js';

export interface PoolApplier {
  readonly client: KubeClient;
  readonly stores: PoolStores;
  readonly directory: AgentDirectory;
  readonly tokens: TokenKeeper;
}

export interface PoolWork {
  readonly observation: PoolObservation;
  readonly plan: PoolPlan;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A Secret that a waiting pod misses is made within this. */
const tokenAgeMs = { missing: 15_000, order: 600_000 };

/** Carries the actions out. What fails is part of the outcome; throws only the signal's reason. */
export async function applyPool(applier: PoolApplier, work: PoolWork): Promise<PoolOutcome> {
  const written: ChildKind[] = [];
  const removals: RemovalAction[] = [];
  let failure: Failure | undefined;
  for (const action of work.plan.actions) {
    try {
      if (isStep(action)) {
        // Another Deployment than the one that was looked at: whether a server may go is decided anew.
        const isDue = action.type === 'Unmark' || !(written.includes('Deployment') || failure);
        if (isDue && (await removeStep(applier, work, action))) removals.push(action);
        continue;
      }
      const kind = await perform(applier, work, action);
      if (kind) written.push(kind);
    } catch (error) {
      work.signal.throwIfAborted();
      if (isOvertaken(error, action, work.observation)) {
        work.logger.debug('The Deployment is looked at again', { step: action.type, err: error });
        return { written, removals, ...failure, isOvertaken: true };
      }
      const described = describeFailure(error, action, work.observation.pool);
      if (!isStep(action)) return { written, removals, ...failure, ...described };
      work.logger.warn('A removal could not go on', { server: action.server?.name, step: action.type, err: error });
      failure ??= described;
    }
  }
  return { written, removals, ...failure };
}

type Failure = Omit<PoolOutcome, 'written' | 'removals'>;

/**
 * Whether a guarded write came after another one, as it often does in a rollout. Nothing was written, and the event of
 * the other write brings the next look. A Deployment that is on its way out is another matter.
 */
function isOvertaken(error: unknown, action: PoolAction, { deployment }: PoolObservation): boolean {
  if (action.type !== 'Apply' && action.type !== 'Scale') return false;
  const isGuarded = action.resourceVersion !== undefined && deployment?.metadata.deletionTimestamp === undefined;
  return isGuarded && hasCode(error, 'Conflict') && !(error instanceof NotOurs);
}

function describeFailure(error: unknown, action: PoolAction, { metadata }: DnsPool): Failure {
  // What a deleted pool of our name has left, the garbage collector takes: nobody has to decide.
  const isOfFormerPool = error instanceof NotOurs && error.controller === `DnsPool ${metadata.name}`;
  if (error instanceof NotOurs && !isOfFormerPool) return { conflict: `${error.message}; delete or rename it` };
  if (error instanceof NoToken) return { conflict: `${error.message}; delete it, and it is made anew` };
  if (action.type === 'Apply' && hasCode(error, 'Invalid')) {
    return { refused: { kind: action.kind, message: error.message } };
  }
  return { error: toKubeError(error, `${action.type} of a pool`) };
}

const isStep = (action: PoolAction): action is RemovalStep =>
  action.type === 'Mark' || action.type === 'Unmark' || action.type === 'Remove';

/**
 * Takes a step of a removal; false when the pod is gone, or the Deployment is another by now. What has changed is looked
 * at again as soon as the cache has it.
 */
async function removeStep(applier: PoolApplier, work: PoolWork, action: RemovalStep): Promise<boolean> {
  const { logger } = work;
  const about = { server: action.server?.name, reason: action.why };
  try {
    switch (action.type) {
      case 'Mark':
        await annotate(applier, work, {
          server: action.server,
          mark: formatMark(action.mark),
          deletionCost: String(lowestDeletionCost),
        });
        logger.info('Chose a server to go', about);
        break;
      case 'Unmark':
        await annotate(applier, work, { server: action.server, mark: null, deletionCost: null });
        logger.info('Kept a server that was to go', about);
        break;
      case 'Remove':
        if ((await perform(applier, work, action.by)) === undefined) return false;
        logger.info('Took a server away', { ...about, replicas: action.replicas });
        break;
    }
    return true;
  } catch (error) {
    if (!hasCode(error, 'Conflict', 'NotFound')) throw error;
    logger.debug('A removal is looked at again', { ...about, step: action.type, err: error });
    return false;
  }
}

interface Orders {
  readonly server: Server;
  /** The values of the annotations; null takes one away. */
  readonly mark: string | null;
  readonly deletionCost: string | null;
}

/** A merge patch with the uid never makes a pod, and never touches another one of the name. */
async function annotate(
  { client }: PoolApplier,
  { observation, signal }: PoolWork,
  { server, mark, deletionCost }: Orders,
): Promise<void> {
  const key = objectKey(observation.pool.metadata.namespace, server.name);
  const values = { [annotations.draining]: mark, [annotations.deletionCost]: deletionCost };
  const patch = { metadata: { uid: server.uid, annotations: values } };
  await client.patch(pods, { key, patch }, { manager: fieldManagers.pool, signal });
}

type RemovalStep = Extract<PoolAction, { type: RemovalAction['type'] }>;
type OtherAction = Exclude<PoolAction, RemovalStep>;

/** Returns the kind of the child that was written, if one was. */
async function perform(applier: PoolApplier, work: PoolWork, action: OtherAction): Promise<ChildKind | undefined> {
  const { observation, signal, logger } = work;
  const { pool } = observation;
  switch (action.type) {
    case 'EnsureToken':
      await applier.tokens.ensure(pool, tokenAgeMs.missing, signal);
      return undefined;
    case 'Apply': {
      const outcome = await applyChild(applier, work, action);
      if (outcome === 'unchanged') return undefined;
      logger.info('Wrote a child of the pool', { object: action.kind, outcome, reason: action.why });
      return action.kind;
    }
    case 'Scale':
      await applier.client.setScale(
        deployments,
        { key: keyOf(pool), replicas: action.replicas },
        { manager: fieldManagers.pool, resourceVersion: action.resourceVersion, signal },
      );
      logger.info('Scaled the servers', { replicas: action.replicas, reason: action.why });
      return 'Deployment';
    case 'Push':
      await push(applier, work, action);
      return undefined;
  }
}

type Apply = Extract<PoolAction, { type: 'Apply' }>;

async function applyChild(applier: PoolApplier, work: PoolWork, action: Apply): Promise<'unchanged' | 'written'> {
  const { stores, client } = applier;
  const { pool } = work.observation;
  const run = async <T extends KubeObject>(
    resource: Resource<T>,
    store: Store<T>,
  ): Promise<'unchanged' | 'written'> => {
    const { outcome } = await applyIfChanged({
      client,
      resource,
      live: store.get(keyOf(pool)),
      intent: action.intent,
      manager: fieldManagers.pool,
      owner: { uid: pool.metadata.uid },
      resourceVersion: action.resourceVersion,
      signal: work.signal,
    });
    if (outcome === 'terminating') {
      throw new KubeError(
        'Conflict',
        `applying ${resource.kind} ${keyOf(pool)}: the former one is still being deleted`,
      );
    }
    return outcome === 'unchanged' ? 'unchanged' : 'written';
  };
  switch (action.kind) {
    case 'ServiceAccount':
      return run(serviceAccounts, stores.serviceAccounts);
    case 'Service':
      return run(services, stores.services);
    case 'PodDisruptionBudget':
      return run(podDisruptionBudgets, stores.podDisruptionBudgets);
    case 'ConfigMap':
      return run(configMaps, stores.configMaps);
    case 'Deployment':
      return run(deployments, stores.deployments);
  }
}

/** A server that does not take it is seen at the next look; the ConfigMap has it in any case. */
async function push({ directory, tokens }: PoolApplier, work: PoolWork, action: Extract<PoolAction, { type: 'Push' }>) {
  const { signal, logger, observation } = work;
  const pool = keyOf(observation.pool);
  const token = await tokens.ensure(observation.pool, tokenAgeMs.order, signal);
  await Promise.all(
    action.servers.map(async (server) => {
      try {
        const { accepted, messages } = await directory.push({ pool, server, text: action.text, token, signal });
        if (accepted) logger.info('Pushed the configuration', { server: server.name, reason: action.why });
        else logger.warn('Server refused the configuration', { server: server.name, reason: messages.join('; ') });
      } catch (err) {
        signal.throwIfAborted();
        logger.debug('Server could not be told the configuration', { server: server.name, err });
      }
    }),
  );
}
