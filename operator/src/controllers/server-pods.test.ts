import { expect, test } from '@jest/globals';
import { pods } from '../kube/resource.js';
import { readServer } from '../planning/servers.js';
import { serverPods } from './server-pods.js';

const metadata = {
  name: 'a',
  namespace: 'dns',
  uid: 'uid-a',
  resourceVersion: '7',
  creationTimestamp: '2026-11-24T00:00:00Z',
  labels: { 'dnsfleet.dev/pool': 'public-eu', 'topology.kubernetes.io/zone': 'eu-1a' },
  annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5', 'dnsfleet.dev/drain': 'true' },
};
const container = { name: 'engine', image: 'i', imageID: 'id', ready: false, restartCount: 3, lastState: {} };
const spec = { nodeName: 'node-1', containers: [{ name: 'engine', image: 'i', env: [{ name: 'A', value: 'B' }] }] };

test.each([
  ['that runs', { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] }],
  [
    'that was not scheduled',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: 'no' }] },
  ],
  [
    'whose image is not there',
    {
      phase: 'Pending',
      containerStatuses: [{ ...container, state: { waiting: { reason: 'ErrImagePull', message: 'm' } } }],
    },
  ],
  [
    'whose agent crashes',
    { initContainerStatuses: [{ ...container, state: { waiting: { reason: 'CrashLoopBackOff', message: 'm' } } }] },
  ],
  ['that has ended', { phase: 'Failed' }],
  ['of which nothing is known', undefined],
])('a server %s is read as from the whole pod', (_, status) => {
  const raw = { metadata, spec, status };
  expect(readServer(serverPods.parse(raw))).toEqual(readServer(pods.parse(raw)));
});

test('the template of a pod is not kept', () => {
  expect(JSON.stringify(serverPods.parse({ metadata, spec }))).not.toContain('env');
});
