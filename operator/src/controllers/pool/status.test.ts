/** From when on a pool counts as settled: since its last change, and not since its last scaling. */
import { expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { testPool } from '../../../test/objects.js';
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { buildDeployment } from '../../builders/deployment.js';
import { buildResolverConfig, renderResolverConfig } from '../../builders/resolver-config.js';
import { workloadOf } from '../../builders/workload.js';
import { deployments } from '../../kube/resource.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { planPool } from './plan.js';
import { observePool } from './status.js';

const settledTime = '2026-11-24T00:00:00Z';
const first = testPool();
const text = renderResolverConfig(buildResolverConfig(first.spec), 1);

/** The time after an edit of the pool that is not reported yet, with so many of 3 servers made from the present template. */
function settledAfter(spec: Partial<DnsPool['spec']>, updatedReplicas = 3): string | undefined {
  const configuration = { hash: configHash(text), serversInForce: 1 };
  const pool: DnsPool = {
    ...first,
    spec: { ...first.spec, ...spec },
    metadata: { ...first.metadata, generation: 2 },
    status: { observedGeneration: 1, configuration, settledTime },
  };
  const built = buildDeployment(first, 3);
  const stored = { uid: 'd', resourceVersion: '1', generation: 1, creationTimestamp: 'now' };
  const observation = {
    nowMs: Date.parse('2026-11-24T01:00:00Z'),
    pool,
    children: new Set<never>(),
    deployment: deployments.parse({
      ...built,
      metadata: { ...built.metadata, ...stored },
      status: { observedGeneration: 1, replicas: 3, updatedReplicas },
    }),
    published: { text, isAccepted: true, recordedHash: configHash(text), workload: workloadOf(first.spec) },
    servers: [],
    agents: new Map([['a', agentReport({ text })]]),
    loads: new Map(),
    hasOtherScaler: false,
    judgement: { type: 'Accepted' },
  } as const;
  return observePool(observation, planPool(observation), { written: [] }).settledTime;
}

test('a scaling keeps the time', () => {
  expect(settledAfter({ replicas: 7, maxServers: 9 })).toBe(settledTime);
});

test.each([
  ['the pod template', { image: 'other' }],
  ['the configuration', { access: { allow: [] } }],
])('a change of %s begins anew', (_, spec) => {
  expect(settledAfter(spec)).toBeUndefined();
});

test('a change that an operator made before it died begins anew while former servers run', () => {
  expect(settledAfter({}, 1)).toBeUndefined();
});
