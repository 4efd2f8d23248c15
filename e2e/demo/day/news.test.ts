import { expect, test } from '@jest/globals';
import { readEventLine, readLoadLine, readPodLine, readPoolLine, readResultLine } from './news.js';

interface PodParts {
  readonly type?: string;
  readonly ready?: boolean;
  readonly stopping?: boolean;
  readonly marked?: boolean;
}

const podLine = ({ type = 'MODIFIED', ready = false, stopping = false, marked = false }: PodParts) =>
  JSON.stringify({
    type,
    object: {
      metadata: {
        name: 'a',
        ...(stopping && { deletionTimestamp: '2030-01-01T00:00:00Z' }),
        ...(marked && { annotations: { 'dnsfleet.dev/draining': '2030-01-01T00:00:00Z less load' } }),
      },
      status: ready ? { conditions: [{ type: 'Ready', status: 'True' }] } : {},
    },
  });

test.each<[string, PodParts, string | undefined]>([
  ['is new', { type: 'ADDED' }, 'starting'],
  ['is ready', { ready: true }, 'serving'],
  ['is marked to go', { ready: true, marked: true }, 'draining'],
  ['stops, and answers on', { ready: true, stopping: true }, 'draining'],
  ['is gone', { type: 'DELETED', ready: true, stopping: true }, undefined],
])('a pod that %s', (_, parts, state) => {
  const expected = { type: 'Server', name: 'a', ...(state !== undefined && { state }) };
  expect(readPodLine(podLine(parts))).toEqual(expected);
});

test('a pool without a status says nothing, and one with it what the autoscaler says', () => {
  expect(readPoolLine('{"type":"ADDED","object":{}}')).toBeUndefined();
  const scaling = { servers: 2, reason: 'WithinThresholds', message: 'enough' };
  const line = JSON.stringify({ type: 'MODIFIED', object: { status: { scaling } } });
  expect(readPoolLine(line)).toEqual({ type: 'Pool', reason: 'WithinThresholds', message: 'enough' });
});

test.each([
  ['ADDED', 'ServerDrained', true],
  ['ADDED', 'ServerDrainUnproven', false],
  ['ADDED', 'ServerDraining', undefined],
  ['DELETED', 'ServerDrained', undefined],
])('an event that is %s with the reason %s: proven %p', (type, reason, isProven) => {
  const news = readEventLine(JSON.stringify({ type, object: { reason, message: 'a' } }));
  expect(news).toEqual(isProven === undefined ? undefined : { type: 'Drain', isProven, message: 'a' });
});

const total = { sent: 3, answered: 2, lost: 1, wrong: 0 };

test.each([
  ['{"started":true}', undefined],
  ['sent 5, answered 5, waiting 0, lost 0, wrong 0', undefined],
  [JSON.stringify({ atSecond: 2, total }), { type: 'Load', second: 2, total }],
])('the load writes %s', (line, news) => {
  expect(readLoadLine(line)).toEqual(news);
});

test('the result of a load is told from its reports', () => {
  const result = {
    valid: true,
    objections: [],
    durationSeconds: 2,
    total,
    timeline: [total],
    latencyMs: { cached: { p99: 1 }, miss: { p99: 2 } },
  };
  expect(readResultLine(JSON.stringify({ ...result, phases: [] }))).toEqual(result);
  expect(readResultLine(JSON.stringify({ atSecond: 2, total }))).toBeUndefined();
});
