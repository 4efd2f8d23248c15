import { expect, test } from '@jest/globals';
import { Sightings } from './sightings.js';

const metadata = (name: string) => ({
  name,
  uid: `uid-${name}`,
  creationTimestamp: '2030-01-01T00:00:00Z',
  resourceVersion: '1',
  labels: { 'dnsfleet.dev/fleet': 'step-1' },
});
const pool = (replicas?: number, queriesPerSecond?: number) =>
  JSON.stringify({
    metadata: metadata('step-1-here'),
    spec: { fleet: 'step-1', replicas },
    status: { load: queriesPerSecond === undefined ? undefined : { queriesPerSecond } },
  });
const container = (name: string, isRunning: boolean) => ({
  name,
  restartCount: 0,
  ready: false,
  state: isRunning ? { running: { startedAt: '2030-01-01T00:00:00Z' } } : { waiting: { reason: 'PodInitializing' } },
});
const pod = (name: string, [agent, engine]: readonly [boolean, boolean]) =>
  JSON.stringify({
    metadata: metadata(name),
    spec: {},
    status: {
      podIP: '198.18.0.9',
      initContainerStatuses: [container('agent', agent)],
      containerStatuses: [container('engine', engine)],
    },
  });
const slice = (name: string, ready: readonly string[], service = 'step-1') =>
  JSON.stringify({
    metadata: { name, labels: { 'kubernetes.io/service-name': service } },
    endpoints: ['a', 'b'].map((each) => ({
      conditions: { ready: ready.includes(each) },
      targetRef: { uid: `uid-${each}` },
    })),
  });

test('a change of the wanted number is a decision, at the time at which it was seen first', () => {
  const sightings = new Sightings();
  [undefined, 2, 2, 4, 4].forEach((replicas, index) => sightings.onPool(pool(replicas), index));
  expect(sightings.decisions('step-1')).toEqual([
    { atMs: 1, replicas: 2 },
    { atMs: 3, replicas: 4 },
  ]);
  expect(sightings.decisions('step-2')).toEqual([]);
});

test('what a pool says of its load counts from when it says something else', () => {
  const sightings = new Sightings();
  [undefined, 10, 10, 35].forEach((queriesPerSecond, index) => sightings.onPool(pool(2, queriesPerSecond), index));
  expect(sightings.loads('step-1')).toEqual([
    { atMs: 1, queriesPerSecond: 10 },
    { atMs: 3, queriesPerSecond: 35 },
  ]);
});

test('a server runs when all its containers do, and serves when it is an endpoint of its own Service', () => {
  const sightings = new Sightings();
  sightings.onPod(pod('a', [true, false]), 10);
  sightings.onPod(pod('a', [true, true]), 20);
  sightings.onPod(pod('a', [true, true]), 30);
  sightings.onSlice(slice('other', ['b'], 'step-2'), 35);
  sightings.onSlice(slice('v4', []), 38);
  expect(sightings.servers('step-1')).toEqual([{ uid: 'uid-a', name: 'a', address: '198.18.0.9', runningMs: 20 }]);
  sightings.onSlice(slice('v4', ['a']), 40);
  sightings.onSlice(slice('v4', ['a', 'b']), 50);
  expect(sightings.servers('step-1')).toMatchObject([{ runningMs: 20, servingMs: 40 }]);
});

test('servers are counted once, in how many slices ever, from each change on', () => {
  const sightings = new Sightings();
  sightings.onSlice(slice('v4', ['a']), 1);
  sightings.onSlice(slice('v6', ['a']), 2);
  sightings.onSlice(slice('v6', ['a', 'b']), 3);
  sightings.onSlice(slice('v4', ['b']), 4);
  sightings.onSlice(slice('v6', ['b']), 5);
  expect(sightings.serving('step-1')).toEqual([
    { atMs: 1, serving: 1 },
    { atMs: 3, serving: 2 },
    { atMs: 5, serving: 1 },
  ]);
});

test('a Service without endpoints is none that fails', () => {
  const sightings = new Sightings();
  const empty = { metadata: { name: 'v4', labels: { 'kubernetes.io/service-name': 'step-1' } }, endpoints: null };
  sightings.onSlice(JSON.stringify(empty), 1);
  expect(sightings.serving('step-1')).toEqual([{ atMs: 1, serving: 0 }]);
});
