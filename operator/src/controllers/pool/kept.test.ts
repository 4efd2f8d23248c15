/** A pool that another version of the operator changed last, and that this one must not replace on its own. */
import { describe, expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { testPool } from '../../../test/objects.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { buildDeployment } from '../../builders/deployment.js';
import { templateVersion } from '../../builders/template-version.js';
import { workloadOf } from '../../builders/workload.js';
import { deployments } from '../../kube/resource.js';
import type { Server } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { keptConfiguration } from './kept.js';
import { planPool } from './plan.js';
import { childKinds, type PoolObservation } from './types.js';

const present = testPool({}, { replicas: 3 });
const other = testPool({}, { replicas: 3, templateVersion: templateVersion + 1 });
/** A text as only another version writes it. */
const text = '{"revision": 7, "of": "another version"}';
const published = { text, isAccepted: true, recordedHash: configHash(text), workload: workloadOf(other.spec) };
const server: Server = { name: 'a', uid: 'a', ip: '192.0.2.9', isScheduled: true, isReady: true, isStopping: false };

function deploymentOf(pool: DnsPool) {
  const built = buildDeployment(pool, 3);
  const stored = { uid: 'd', resourceVersion: '1', creationTimestamp: 'now' };
  return deployments.parse({ ...built, metadata: { ...built.metadata, ...stored } });
}

const childless: PoolObservation = {
  nowMs: 0,
  pool: other,
  children: new Set(childKinds),
  servers: [server],
  agents: new Map([['a', agentReport({ text })]]),
  loads: new Map(),
  hasOtherScaler: false,
  judgement: { type: 'Accepted' },
};
const observe = (rest: Partial<PoolObservation> = {}): PoolObservation => ({
  ...childless,
  deployment: deploymentOf(other),
  published,
  ...rest,
});
const summary = (observation: PoolObservation) =>
  planPool(observation).actions.map((action) => (action.type === 'Apply' ? action.kind : action.type));
const textOf = (observation: PoolObservation) => planPool(observation).configuration.text;

describe('a pool of another template version', () => {
  test('keeps its pod template and its configuration; its other children are held to what they should be', () => {
    expect(summary(observe())).toEqual(['ServiceAccount', 'Service', 'PodDisruptionBudget', 'ConfigMap']);
    expect(planPool(observe()).configuration).toEqual({ type: 'Current', text, isAccepted: true });
  });

  test('follows the wish for servers', () => {
    const pool = { ...other, spec: { ...other.spec, replicas: 5 } };
    expect(planPool(observe({ pool })).actions.at(-1)).toMatchObject({ type: 'Scale', replicas: 5 });
  });

  test('keeps its pod template while the API server refuses an object of it', () => {
    expect(summary(observe({ refusedObject: { kind: 'Service', message: 'no' } }))).not.toContain('Deployment');
  });

  test('gets its own configuration back when somebody scribbled over it or deleted it', () => {
    const scribbled = { ...published, text: text.replace('7', '50') };
    expect(textOf(observe({ published: scribbled, recovered: text }))).toBe(text);
    const gone = { ...childless, deployment: deploymentOf(other), recovered: text };
    expect(planPool(gone).configuration).toMatchObject({ type: 'Publish', text, isAccepted: true });
  });

  test('gets a Deployment of the present version when it has none', () => {
    expect(summary({ ...childless, published, servers: [], agents: new Map() })).toContain('Deployment');
  });

  test('has nothing to be judged', () => {
    expect(keptConfiguration(observe())).toBeDefined();
    expect(keptConfiguration(observe({ pool: present }))).toBeUndefined();
  });
});

test('a pool of the present version gets what this version makes of it', () => {
  const observation = observe({ pool: present });
  expect(summary(observation)).toContain('Deployment');
  expect(textOf(observation)).not.toBe(text);
});

test('a pool without a version, which no fleet made, gets what this version makes of it', () => {
  const spec = { ...present.spec, templateVersion: undefined };
  expect(summary(observe({ pool: { ...present, spec } }))).toContain('Deployment');
});
