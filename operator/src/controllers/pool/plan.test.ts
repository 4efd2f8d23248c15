/** What a held pool does, and that nothing of a refused edit gets through. */
import { describe, expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { testPool } from '../../../test/objects.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { buildDeployment } from '../../builders/deployment.js';
import { buildResolverConfig, renderResolverConfig } from '../../builders/resolver-config.js';
import { workloadOf } from '../../builders/workload.js';
import { deployments } from '../../kube/resource.js';
import type { Judgement } from '../../planning/configuration.js';
import type { Server } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { planPool } from './plan.js';
import { childKinds, type PoolObservation } from './types.js';

const before = testPool({}, { image: 'before' });
const edited = testPool({ cache: { size: '64Mi' }, listeners: { dns: { port: 5353 } } }, { image: 'after' });
const text = renderResolverConfig(buildResolverConfig(before.spec), 1);
const bare = { text, isAccepted: true, recordedHash: configHash(text) };
const published = { ...bare, workload: workloadOf(before.spec) };
const server: Server = { name: 'a', uid: 'a', ip: '192.0.2.9', isScheduled: true, isReady: true, isStopping: false };
const refused: Judgement = { type: 'Refused', message: 'bad' };
const unchecked: Judgement = { type: 'Unchecked', message: 'no agent of the pool answers' };

const deploymentOf = (pool: DnsPool) => {
  const built = buildDeployment(pool, 3);
  const stored = { uid: 'd', resourceVersion: '1', creationTimestamp: 'now' };
  return deployments.parse({ ...built, metadata: { ...built.metadata, ...stored } });
};

const nothing: PoolObservation = {
  nowMs: 0,
  pool: edited,
  children: new Set(),
  servers: [],
  agents: new Map(),
  loads: new Map(),
  hasOtherScaler: false,
  judgement: unchecked,
};
const observe = (rest: Partial<PoolObservation> = {}): PoolObservation => ({
  ...nothing,
  deployment: deploymentOf(before),
  children: new Set(childKinds),
  published,
  servers: [server],
  agents: new Map([['a', agentReport({ text })]]),
  judgement: refused,
  ...rest,
});
const summary = (observation: PoolObservation) =>
  planPool(observation).actions.map((action) => (action.type === 'Apply' ? action.kind : action.type));
const applied = (observation: PoolObservation) =>
  JSON.stringify(planPool(observation).actions.flatMap((action) => (action.type === 'Apply' ? [action.intent] : [])));
const ofTheEdit = /after|5353|67108864/;

describe('a pool whose edit is refused', () => {
  test('has all its children held to what they were before the edit', () => {
    expect(summary(observe())).toEqual(['Deployment', 'ServiceAccount', 'Service', 'PodDisruptionBudget', 'ConfigMap']);
    expect(applied(observe())).toBe(applied(observe({ pool: before })));
    expect(applied(observe())).not.toMatch(ofTheEdit);
  });

  test('follows the wish for servers', () => {
    const pool = { ...edited, spec: { ...edited.spec, replicas: 5 } };
    expect(applied(observe({ pool }))).toContain('"replicas":5');
  });

  test('keeps its pod template, and scales, where nobody knows what it was', () => {
    const pool = { ...edited, spec: { ...edited.spec, replicas: 5 } };
    const actions = ['ServiceAccount', 'Service', 'PodDisruptionBudget', 'ConfigMap', 'Scale'];
    expect(summary(observe({ pool, published: bare }))).toEqual(actions);
  });

  test('tells no server what somebody wrote into the ConfigMap', () => {
    const scribbled = { ...published, text: text.replace('"revision": 1', '"revision": 50') };
    const known = observe({ published: scribbled, recovered: text });
    expect(summary(known)).not.toContain('Push');
    expect(applied(known)).toContain(JSON.stringify(text));
    const unknown = summary(observe({ published: scribbled }));
    expect(unknown).not.toContain('Push');
    expect(unknown).not.toContain('ConfigMap');
  });
});

describe('a pool of which the API server refuses an object', () => {
  const judgement: Judgement = { type: 'Accepted' };

  test('does not take the configuration of that edit either', () => {
    const observation = observe({ judgement, refusedObject: { kind: 'Deployment', message: 'no' } });
    expect(summary(observation)).not.toContain('Push');
    expect(applied(observation)).not.toMatch(ofTheEdit);
    expect(summary(observation)).toContain('Deployment');
  });

  test('does not try that object again while it would be the same', () => {
    const own = { ...published, workload: workloadOf(edited.spec) };
    const observation = observe({ judgement, published: own, refusedObject: { kind: 'Service', message: 'no' } });
    expect(summary(observation)).not.toContain('Service');
  });
});

describe('an edit that nobody could judge', () => {
  test('waits as a whole while servers answer, and the token is looked for', () => {
    const observation = observe({ judgement: unchecked });
    expect(applied(observation)).not.toMatch(ofTheEdit);
    expect(summary(observation).at(-1)).toBe('EnsureToken');
  });

  test('goes ahead without the configuration in a pool that has lost its servers', () => {
    const lost = observe({ judgement: unchecked, servers: [{ ...server, isReady: false }], agents: new Map() });
    expect(applied(lost)).toContain('"image":"after"');
    expect(applied(lost)).toContain(JSON.stringify(text));
    expect(planPool(lost).configuration.type).toBe('Hold');
  });
});

test('a token that cannot be had keeps a new pool from starting, and nothing of one that runs', () => {
  expect(summary(nothing)[0]).toBe('EnsureToken');
  expect(summary(observe({ servers: [{ ...server, isReady: false }] })).at(-1)).toBe('EnsureToken');
});
