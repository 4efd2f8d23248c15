import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../../api/v1alpha1/condition.js';
import { calmConditions, calmScaling } from './calm.js';

const nowMs = Date.parse('2026-11-24T12:00:00Z');
const lastTransitionTime = '2026-11-24T11:59:00Z';
const condition = (type: string, status: 'True' | 'False', reason: string): Condition => ({
  type,
  status,
  reason,
  message: 'as it is now',
  lastTransitionTime,
});
const sufficient = condition('CapacitySufficient', 'True', 'CapacitySufficient');
const insufficient = condition('CapacitySufficient', 'False', 'BelowRedundancy');

describe('the conditions of a load at rest', () => {
  test('keep their words while status and reason are the same', () => {
    const before = { ...sufficient, message: 'as it was' };
    expect(calmConditions([before], [{ ...sufficient, observedGeneration: 3 }], nowMs)).toEqual([
      { ...before, observedGeneration: 3 },
    ]);
  });

  test('of other things are what they are', () => {
    const ready = condition('Ready', 'True', 'ServersReady');
    expect(calmConditions([{ ...ready, message: 'before' }], [ready], nowMs)).toEqual([ready]);
  });

  test('tell at once that servers are missing', () => {
    expect(calmConditions([sufficient], [insufficient], nowMs)).toEqual([insufficient]);
    expect(calmConditions(undefined, [insufficient], nowMs)).toEqual([insufficient]);
  });

  test.each([
    ['the servers to be enough', insufficient, sufficient],
    [
      'a pool to be below its maximum',
      condition('ScalingLimited', 'True', 'MaximumReached'),
      condition('ScalingLimited', 'False', 'WithinLimits'),
    ],
  ])('take ten minutes to find %s again', (_, before, now) => {
    expect(calmConditions([before], [now], nowMs)).toEqual([before]);
    expect(calmConditions([before], [now], nowMs + 600_000)).toEqual([now]);
  });
});

test('servers that came since they were missed are told at once', () => {
  const ready = condition('Ready', 'True', 'ServersReady');
  expect(calmConditions([insufficient], [sufficient, ready], nowMs)).toEqual([sufficient, ready]);
  const older = { ...ready, lastTransitionTime: '2026-11-24T11:58:59Z' };
  expect(calmConditions([insufficient], [sufficient, older], nowMs)).toEqual([insufficient, older]);
});

describe('what the autoscaler says of a load at rest', () => {
  const written = { servers: 3, reason: 'WithinThresholds', message: '30 %', utilizationPercent: 30, neededServers: 1 };

  test.each([
    ['other numbers', { ...written, message: '35 %', utilizationPercent: 35, neededServers: 2 }],
    ['the other reason to do nothing', { ...written, reason: 'FewestServers', message: '25 %' }],
  ])('stays in spite of %s', (_, next) => {
    expect(calmScaling(written, next)).toEqual(written);
  });

  test('changes with the reason', () => {
    const next = { ...written, reason: 'LoadIncomplete', message: 'the load of 1 server is not known' };
    expect(calmScaling(written, next)).toEqual(next);
    expect(calmScaling(undefined, next)).toEqual(next);
  });
});
