/** What is done of a plan when a part of it fails. */
import { describe, expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { memoryClient } from '../../../test/memory-client.js';
import { memoryLogger } from '../../../test/memory-logger.js';
import { testPool } from '../../../test/objects.js';
import { buildDeployment } from '../../builders/deployment.js';
import type { KubeClient } from '../../kube/client.js';
import { KubeError } from '../../kube/errors.js';
import { deployments } from '../../kube/resource.js';
import { IndexedStore } from '../../kube/store.js';
import { lowestDeletionCost } from '../../api/v1alpha1/labels.js';
import type { Server } from '../../planning/servers.js';
import { applyPool } from './apply.js';
import { planPool } from './plan.js';
import { observePool } from './status.js';
import type { PoolObservation, PoolOutcome } from './types.js';

const marked = { mark: { timeMs: 0, reason: 'because' }, deletionCost: lowestDeletionCost };

const stored = { uid: 'd', resourceVersion: '7', generation: 1, creationTimestamp: '2026-11-24T00:00:00Z' };

/** A pool of three servers with a new pod template, and a configuration to publish; `parts` are those of two of them. */
function observe(parts: Partial<Server> = {}, replicas = 2): PoolObservation {
  const pool = testPool({}, { replicas, minServers: 1, maxServers: 5, image: 'after' });
  const metadata = { ...pool.metadata, generation: 2 };
  const built = buildDeployment({ ...pool, spec: { ...pool.spec, image: 'before' } }, 3);
  const servers = ['a', 'b', 'c'].map((name) => ({
    name,
    uid: name,
    isScheduled: true,
    isReady: true,
    isStopping: false,
    ...(name !== 'c' && parts),
  }));
  return {
    nowMs: 0,
    pool: { ...pool, metadata },
    deployment: deployments.parse({
      ...built,
      metadata: { ...built.metadata, ...stored },
      status: { observedGeneration: 1, replicas: 3, updatedReplicas: 3 },
    }),
    children: new Set(),
    servers,
    agents: new Map([['a', agentReport()]]),
    loads: new Map(),
    hasOtherScaler: false,
    judgement: { type: 'Accepted' },
  };
}

interface Run {
  readonly outcome: PoolOutcome;
  /** What reached the API server and the servers, in its order. */
  readonly done: readonly string[];
  readonly warnings: readonly string[];
}

/** Applies the plan of `observation` where the API server answers `fails` to a write of `what`. */
async function run(observation: PoolObservation, what: string, fails: KubeError): Promise<Run> {
  const memory = memoryClient();
  if (observation.deployment) memory.put(deployments, observation.deployment);
  memory.fault = (write) => (write.includes(what) ? fails : undefined);
  const client: KubeClient = {
    ...memory,
    patch: (resource, { key }) => {
      const text = `patch ${resource.kind} ${key}`;
      if (text.includes(what)) return Promise.reject(fails);
      memory.writes.push(text);
      return Promise.resolve(resource.parse({ metadata: { ...stored, name: key } }));
    },
  };
  const unused = () => Promise.reject(new Error('not in this test'));
  const logger = memoryLogger();
  const outcome = await applyPool(
    {
      client,
      stores: {
        pools: new IndexedStore(),
        deployments: new IndexedStore(),
        services: new IndexedStore(),
        configMaps: new IndexedStore(),
        serviceAccounts: new IndexedStore(),
        podDisruptionBudgets: new IndexedStore(),
        horizontalPodAutoscalers: new IndexedStore(),
        pods: new IndexedStore(),
      },
      directory: {
        follow: unused,
        observe: unused,
        check: unused,
        read: unused,
        loads: () => new Map(),
        forget: () => undefined,
        push: ({ server }) => {
          memory.writes.push(`push ${server.name}`);
          return Promise.resolve({ accepted: true, messages: [] });
        },
      },
      tokens: { ensure: () => Promise.resolve('token'), forget: () => undefined },
    },
    { observation, plan: planPool(observation), logger, signal: new AbortController().signal },
  );
  const warnings = logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  return { outcome, done: memory.writes, warnings };
}

/** A write in short, without the name of the pool. */
const short = (done: readonly string[]) => done.map((line) => line.replace(/ dns\/public\S*/, ''));

describe('a Deployment that was changed since it was looked at', () => {
  const conflict = new KubeError('Conflict', 'the object has been modified');

  test('is no error: nothing is written, of what follows neither', async () => {
    const { outcome, done, warnings } = await run(observe(), 'Deployment', conflict);
    expect(outcome).toEqual({ written: [], removals: [], isOvertaken: true });
    expect({ done, warnings }).toEqual({ done: [], warnings: [] });
  });

  test('leaves the status as it was, of the generation before', async () => {
    const observation = observe();
    const before = observePool({ ...observation, nowMs: 1000 }, planPool(observation), { written: [] });
    const status = { ...before, observedGeneration: 1 };
    const again = { ...observation, pool: { ...observation.pool, status } };
    const { outcome } = await run(again, 'Deployment', conflict);
    const after = observePool(again, planPool(again), outcome);
    expect(after.observedGeneration).toBe(1);
    expect(after.conditions).toEqual(status.conditions);
  });

  test('and is being deleted is waited for', async () => {
    const observation = observe();
    const { deployment } = observation;
    if (!deployment) throw new Error('there is no Deployment');
    const metadata = { ...deployment.metadata, deletionTimestamp: '2026-11-24T00:00:00Z' };
    const { outcome } = await run({ ...observation, deployment: { ...deployment, metadata } }, 'nothing', conflict);
    expect(outcome.error?.message).toMatch('the former one is still being deleted');
  });

  test('is told apart from another object', async () => {
    const { outcome } = await run(observe(), 'ConfigMap', conflict);
    expect(outcome.error).toBe(conflict);
  });
});

describe('a step of a removal that fails', () => {
  const refusal = new KubeError('Forbidden', 'a webhook says no');

  test('keeps nothing else from being done, is warned of and tried again', async () => {
    const { outcome, done, warnings } = await run(observe(marked, 3), 'Pod dns/a', refusal);
    expect(short(done)).toEqual([
      'apply Deployment',
      'patch Pod dns/b',
      'apply ServiceAccount',
      'apply Service',
      'apply PodDisruptionBudget',
      'apply ConfigMap',
      'push a',
    ]);
    expect(outcome.removals).toMatchObject([{ type: 'Unmark', server: { name: 'b' } }]);
    expect(outcome.error).toBe(refusal);
    expect(warnings).toEqual(['A removal could not go on']);
  });

  test('ends the removal', async () => {
    const observation: PoolObservation = { ...observe(), refusedObject: { kind: 'Deployment', message: 'no' } };
    const [a, b, c] = observation.servers;
    if (!a || !b || !c) throw new Error('there are three servers');
    const servers = [{ ...a, ...marked }, b, { ...c, isReady: false }];
    const unmarked = await run({ ...observation, servers }, 'nothing', refusal);
    expect(short(unmarked.done).slice(0, 2)).toEqual(['patch Pod dns/a', 'patch Pod dns/c']);
    // At its lowest cost still, it would be taken for the one that is marked next.
    const { outcome, done } = await run({ ...observation, servers }, 'Pod dns/a', refusal);
    expect(short(done)[0]).toBe('apply ServiceAccount');
    expect(done).not.toContain('patch Pod dns/c');
    expect(outcome.removals).toEqual([]);
    expect(outcome.error).toBe(refusal);
  });
});
