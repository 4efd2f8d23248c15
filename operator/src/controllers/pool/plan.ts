/**
 * What is to be done about a pool, as data. The order matters: a pod needs its ConfigMap and its Secret to start; and
 * where the pool runs already, the Deployment goes first, because it is what the API server may still refuse, and then
 * nothing else of the pool has changed.
 */
import { buildConfigMap } from '../../builders/config-map.js';
import { buildDeployment } from '../../builders/deployment.js';
import { buildPodDisruptionBudget } from '../../builders/pod-disruption-budget.js';
import { buildResolverConfig } from '../../builders/resolver-config.js';
import { buildServiceAccount } from '../../builders/service-account.js';
import { buildPoolService } from '../../builders/service.js';
import { type ConfigurationPlan, planConfiguration } from '../../planning/configuration.js';
import { planReplicas } from '../../planning/replicas.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import type { ChildIntent, ChildKind, PoolAction, PoolObservation, PoolPlan } from './types.js';

/** A server that refused an accepted configuration is offered it again after this long. */
const pushAgainMs = 60_000;

/** Decides what happens to a pool now. */
export function planPool(observation: PoolObservation): PoolPlan {
  const { pool, deployment, servers, agents, nowMs } = observation;
  const configuration = planConfiguration(
    {
      wanted: buildResolverConfig(pool.spec),
      generation: pool.metadata.generation,
      agents,
      ...(observation.published && { published: observation.published }),
    },
    observation.judgement,
  );
  const replicas = planReplicas({
    nowMs,
    spec: pool.spec,
    servers,
    ...(deployment && {
      workload: {
        replicas: deployment.spec?.replicas ?? 1,
        isObserved: (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0),
      },
    }),
  });
  const isHeld = configuration.type === 'Hold' || observation.refusedObject !== undefined;
  const children = planChildren(observation, configuration, replicas.replicas);
  const actions = isHeld ? held(observation, children, replicas.replicas) : children;
  return {
    configuration,
    replicas,
    actions: [...planToken(observation), ...actions, ...planPush(observation, configuration)],
  };
}

/**
 * The Secret is not watched, so it is looked for when a pod needs it: before the first, and when one that has a node
 * does not come up, which is what a missing Secret looks like.
 */
function planToken({ deployment, servers }: PoolObservation): PoolAction[] {
  const isWaiting = servers.some(({ isReady, isScheduled, isStopping }) => isScheduled && !isReady && !isStopping);
  return deployment === undefined || isWaiting ? [{ type: 'EnsureToken' }] : [];
}

function planChildren(
  { pool, deployment }: PoolObservation,
  configuration: ConfigurationPlan,
  replicas: number,
): Extract<PoolAction, { type: 'Apply' }>[] {
  const isAccepted =
    configuration.type === 'RefusedFromStart' ? false : configuration.type === 'Hold' || configuration.isAccepted;
  const apply = (kind: ChildKind, intent: ChildIntent, why = 'the pool wants it so') =>
    ({ type: 'Apply', kind, intent, why }) as const;
  const configMap = apply(
    'ConfigMap',
    buildConfigMap(pool, { text: configuration.text, isAccepted }),
    configuration.type === 'Publish' ? configuration.why : undefined,
  );
  const workload = apply('Deployment', buildDeployment(pool, replicas));
  return [
    ...(deployment ? [workload] : []),
    apply('ServiceAccount', buildServiceAccount(pool)),
    apply('Service', buildPoolService(pool)),
    apply('PodDisruptionBudget', buildPodDisruptionBudget(pool)),
    configMap,
    ...(deployment ? [] : [workload]),
  ];
}

/** While the spec is refused, nothing of the pool changes but the number of its servers; what is missing is made. */
function held(
  { children, deployment }: PoolObservation,
  wanted: readonly Extract<PoolAction, { type: 'Apply' }>[],
  replicas: number,
): PoolAction[] {
  const missing = wanted.filter(({ kind }) => !children.has(kind));
  const isScaled = deployment === undefined || deployment.spec?.replicas === replicas;
  return [...missing, ...(isScaled ? [] : [{ type: 'Scale' as const, replicas, why: 'the wish for servers changed' }])];
}

/** Every server that runs something else is told at once, and not when its kubelet gets round to the volume. */
function planPush({ servers, agents, nowMs }: PoolObservation, configuration: ConfigurationPlan): PoolAction[] {
  if (configuration.type === 'RefusedFromStart') return [];
  const hash = configHash(configuration.text);
  const behind = servers.filter(({ uid, isStopping }) => {
    const report = agents.get(uid);
    if (!report?.isReachable || isStopping || report.load?.config?.hash === hash) return false;
    const refused = report.refused;
    return refused?.hash !== hash || nowMs - refused.timeMs > pushAgainMs;
  });
  if (behind.length === 0) return [];
  const why = `${behind.length} of ${servers.length} servers run another configuration`;
  return [{ type: 'Push', servers: behind, text: configuration.text, why }];
}
