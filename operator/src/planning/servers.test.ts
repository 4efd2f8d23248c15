/** What is read off a pod. */
import { expect, test } from '@jest/globals';
import { formatMark } from './removal/mark.js';
import { readServer } from './servers.js';

const pod = (annotations: Readonly<Record<string, string>>, more: object = {}) => ({
  metadata: { name: 'a', uid: 'u', creationTimestamp: '2026-11-24T00:00:00Z', annotations, ...more },
  spec: { nodeName: 'node-1', containers: [] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

test('a pod that nobody wants to go', () => {
  expect(readServer(pod({}))).toEqual({
    name: 'a',
    uid: 'u',
    node: 'node-1',
    createdMs: Date.parse('2026-11-24T00:00:00Z'),
    isScheduled: true,
    isReady: true,
    isStopping: false,
  });
});

test('the mark and the cost that we wrote', () => {
  const mark = { timeMs: Date.parse('2026-11-24T12:00:00Z'), reason: '8 servers run, 3 are wanted' };
  const annotations = {
    'dnsfleet.dev/draining': formatMark(mark),
    'controller.kubernetes.io/pod-deletion-cost': '-2147483648',
  };
  expect(annotations['dnsfleet.dev/draining']).toBe('2026-11-24T12:00:00Z 8 servers run, 3 are wanted');
  expect(readServer(pod(annotations))).toMatchObject({ mark, deletionCost: -2_147_483_648 });
});

test('a mark that somebody scribbled is a mark, and a cost that is no number is none', () => {
  const annotations = { 'dnsfleet.dev/draining': 'go away', 'controller.kubernetes.io/pod-deletion-cost': 'high' };
  const server = readServer(pod(annotations));
  expect(server).toMatchObject({ mark: { reason: 'go away' } });
  expect(server).not.toHaveProperty('deletionCost');
});

test.each([
  ['true', true],
  ['false', undefined],
  ['', undefined],
])("a person's annotation '%s'", (value, isDrainRequested) => {
  expect(readServer(pod({ 'dnsfleet.dev/drain': value }))?.isDrainRequested).toBe(isDrainRequested);
});

test('a pod that is being deleted stopped its grace period before its deadline', () => {
  const more = { deletionTimestamp: '2026-11-24T00:11:00Z', deletionGracePeriodSeconds: 660 };
  const stopRequestedMs = Date.parse('2026-11-24T00:00:00Z');
  expect(readServer(pod({}, more))).toMatchObject({
    isStopping: true,
    stopRequestedMs,
    stopDeadlineMs: stopRequestedMs + 660_000,
  });
});
