/**
 * What is to be done about a pool, as data. The order matters: a pod needs its ConfigMap and its Secret to start; and
 * where the pool runs already, the Deployment goes first, because it is what the API server may still refuse, and then
 * nothing else of the pool has changed.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { buildConfigMap, isIntact } from '../../builders/config-map.js';
import { buildDeployment } from '../../builders/deployment.js';
import { buildPodDisruptionBudget } from '../../builders/pod-disruption-budget.js';
import { buildResolverConfig } from '../../builders/resolver-config.js';
import { buildServiceAccount } from '../../builders/service-account.js';
import { buildPoolService } from '../../builders/service.js';
import { type PoolWorkload, workloadOf } from '../../builders/workload.js';
import { appliedFields } from '../../kube/field-set.js';
import { isRecord } from '../../kube/object.js';
import { type ConfigurationPlan, planConfiguration } from '../../planning/configuration.js';
import { planReplicas } from '../../planning/replicas.js';
import { isSame } from '../../planning/same.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { keepTemplate, keptConfiguration, scaleTo } from './kept.js';
import { followsLoad, planPoolRemoval } from './removal.js';
import type { Scaling } from './scaling.js';
import type {
  ApplyAction,
  ChildIntent,
  ChildKind,
  PoolAction,
  PoolObservation,
  PoolPlan,
  ScaleAction,
} from './types.js';

/** A server that refused an accepted configuration is offered it again after this long. */
const pushAgainMs = 60_000;

/** Decides what happens to a pool now; `scaling` is what the autoscaler made of the same observation. */
export function planPool(observation: PoolObservation, scaling?: Scaling): PoolPlan {
  const { pool, deployment } = observation;
  const configuration = keptConfiguration(observation) ?? planPublication(observation);
  const replicas = planReplicas({
    spec: pool.spec,
    isOwnWish: isOwnWish(pool),
    isByLoad: scaling !== undefined && followsLoad(scaling),
  });
  const removal = planPoolRemoval(observation, replicas.wanted, scaling);
  const basis = { configuration, replicas: removal.replicas };
  const children = planWrites(observation, basis);
  const steps = removal.actions.map((step): PoolAction => {
    if (step.type !== 'Remove') return step;
    const { replicas, resourceVersion } = step;
    const by = planWrites(observation, { ...basis, replicas }).find(isOfDeployment) ?? scaleTo(replicas);
    return { ...step, by: { ...by, resourceVersion } };
  });
  const tokens = planToken(observation, configuration);
  // Nothing that runs waits for a token; a first server that cannot have one is not started.
  const writes = insertSteps(guard(children, deployment?.metadata.resourceVersion), steps);
  const actions = deployment ? [...writes, ...tokens] : [...tokens, ...writes];
  return {
    configuration,
    replicas,
    removal,
    ...(scaling && { scaling }),
    actions: [...actions, ...planPush(observation, configuration)],
  };
}

const isOfDeployment = (action: Write): boolean => action.type === 'Scale' || action.kind === 'Deployment';

/**
 * How many servers a Deployment shall run depends on how many it was seen to run. Written to another version, the number
 * would bring back a server that was taken away meanwhile, or take away several that were started meanwhile.
 */
function guard(writes: readonly Write[], resourceVersion: string | undefined): readonly Write[] {
  return writes.map((write) =>
    resourceVersion !== undefined && isOfDeployment(write) ? { ...write, resourceVersion } : write,
  );
}

/** The Deployment comes first: if it has to be written, a rollout may begin, and then no server is taken away. */
function insertSteps(writes: readonly Write[], steps: readonly PoolAction[]): readonly PoolAction[] {
  if (steps.length === 0) return writes;
  return [...writes.filter(isOfDeployment), ...steps, ...writes.filter((write) => !isOfDeployment(write))];
}

/** What is written for a pool that runs `basis.replicas` servers. */
function planWrites(observation: PoolObservation, basis: Basis): readonly Write[] {
  const { pool } = observation;
  const wanted = isHeld(observation, basis.configuration)
    ? planHeld(observation, basis)
    : planChildren(observation, { ...basis, pool, workload: workloadOf(pool.spec) });
  return keepTemplate(observation, wanted, basis.replicas);
}

/** Whoever writes `/scale` takes the field away from the manager that wrote the first wish. */
function isOwnWish(pool: DnsPool): boolean {
  const spec = appliedFields(pool, fieldManagers.scale)?.['f:spec'];
  return isRecord(spec) && 'f:replicas' in spec;
}

/** An object that the API server refuses holds back the whole edit: the configuration too stays what it was. */
function planPublication({ pool, agents, published, recovered, judgement, refusedObject }: PoolObservation) {
  const plan = planConfiguration(
    {
      wanted: buildResolverConfig(pool.spec),
      generation: pool.metadata.generation,
      agents,
      ...(published && { published }),
      ...(recovered !== undefined && { recovered }),
    },
    judgement,
  );
  const isKept = refusedObject && plan.type === 'Publish' && published && isIntact(published);
  return isKept ? ({ type: 'Current', text: published.text, isAccepted: published.isAccepted } as const) : plan;
}

/**
 * A refused edit changes nothing of the pool. One that nobody could judge yet waits as a whole while servers answer; in
 * a pool that has lost them, all but the configuration goes ahead, and new servers start on the accepted one.
 */
function isHeld({ refusedObject, servers }: PoolObservation, configuration: ConfigurationPlan): boolean {
  if (refusedObject !== undefined) return true;
  if (configuration.type !== 'Hold') return false;
  return configuration.judgement.type === 'Refused' || servers.some(({ isReady }) => isReady);
}

/**
 * The Secret is not watched, so it is looked for when it is needed: before the first pod, when one that has a node does
 * not come up, which is what a missing Secret looks like, and when no server could be asked.
 */
function planToken({ deployment, servers }: PoolObservation, configuration: ConfigurationPlan): PoolAction[] {
  const isWaiting = servers.some(({ isReady, isScheduled, isStopping }) => isScheduled && !isReady && !isStopping);
  const isUnchecked = configuration.type === 'Hold' && configuration.judgement.type === 'Unchecked';
  return deployment === undefined || isWaiting || isUnchecked ? [{ type: 'EnsureToken' }] : [];
}

type Write = ApplyAction | ScaleAction;

interface Basis {
  readonly configuration: ConfigurationPlan;
  readonly replicas: number;
}

interface ChildBasis extends Basis {
  /** The pool as its children shall be made from it. */
  readonly pool: DnsPool;
  /** What is recorded as that; absent when it is not known. */
  readonly workload?: PoolWorkload;
}

function planChildren({ deployment }: PoolObservation, basis: ChildBasis): ApplyAction[] {
  const { pool, configuration, replicas, workload } = basis;
  const apply = (kind: ChildKind, intent: ChildIntent, why = 'the pool wants it so') =>
    ({ type: 'Apply', kind, intent, why }) as const;
  const { text } = configuration;
  const isAccepted = configuration.type !== 'RefusedFromStart' && configuration.isAccepted;
  const why = configuration.type === 'Publish' ? configuration.why : undefined;
  const configMap =
    text === undefined
      ? []
      : [apply('ConfigMap', buildConfigMap(pool, { text, isAccepted, ...(workload && { workload }) }), why)];
  const servers = apply('Deployment', buildDeployment(pool, replicas));
  return [
    ...(deployment ? [servers] : []),
    apply('ServiceAccount', buildServiceAccount(pool)),
    apply('Service', buildPoolService(pool)),
    apply('PodDisruptionBudget', buildPodDisruptionBudget(pool)),
    ...configMap,
    ...(deployment ? [] : [servers]),
  ];
}

/**
 * While an edit is held, the pool is held to what it was before: drift is put right and what is missing is made, and
 * nothing but the number of servers changes. What it was stands with the published configuration; without it, the pod
 * template is left as it is.
 */
function planHeld(observation: PoolObservation, basis: Basis): Write[] {
  const { pool, deployment, published, refusedObject } = observation;
  const former = published?.workload;
  const heldPool = former ? { ...pool, spec: { ...pool.spec, ...former } } : pool;
  const all = planChildren(observation, { ...basis, pool: heldPool, ...(former && { workload: former }) });
  const isSpecUsed = former === undefined || isSame(former, workloadOf(pool.spec));
  const actions = all.filter(
    ({ kind }) =>
      !(kind === refusedObject?.kind && isSpecUsed) && !(kind === 'Deployment' && deployment && former === undefined),
  );
  const isScaled = actions.some(({ kind }) => kind === 'Deployment') || deployment?.spec?.replicas === basis.replicas;
  if (isScaled || deployment === undefined) return actions;
  return [...actions, scaleTo(basis.replicas)];
}

/** Every server that runs something else is told at once, and not when its kubelet gets round to the volume. */
function planPush({ servers, agents, nowMs }: PoolObservation, configuration: ConfigurationPlan): PoolAction[] {
  const { text } = configuration;
  // What no engine has accepted is not offered again; whoever starts on it has it from the ConfigMap.
  if (text === undefined || configuration.type === 'RefusedFromStart') return [];
  if (configuration.type === 'Hold' && !configuration.isAccepted) return [];
  const hash = configHash(text);
  const behind = servers.filter(({ uid, isStopping }) => {
    const report = agents.get(uid);
    if (!report?.isReachable || isStopping || report.load?.config?.hash === hash) return false;
    const refused = report.refused;
    return refused?.hash !== hash || nowMs - refused.timeMs > pushAgainMs;
  });
  if (behind.length === 0) return [];
  const why = `${behind.length} of ${servers.length} servers run another configuration`;
  return [{ type: 'Push', servers: behind, text, why }];
}
