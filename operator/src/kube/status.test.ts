/** Conditions by the Kubernetes API conventions, and when a status is worth a write. */
import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from './object.js';
import { isStatusAsIntended, removeCondition, setCondition, type ObservedCondition } from './status.js';

const atMs = Date.UTC(2026, 10, 24, 1, 2, 3, 999);
const laterMs = atMs + 60_000;
const observed = (parts: Partial<ObservedCondition> = {}): ObservedCondition => ({
  type: 'Ready',
  status: 'True',
  reason: 'ServersReady',
  message: '3 of 3 servers answer',
  observedGeneration: 1,
  ...parts,
});

describe('a condition', () => {
  test('that is new changed now, in whole seconds', () => {
    expect(setCondition(undefined, observed(), atMs)).toEqual([
      { ...observed(), lastTransitionTime: '2026-11-24T01:02:03Z' },
    ]);
  });

  test('keeps its time while its status stays, whatever else changes', () => {
    const before = setCondition(undefined, observed(), atMs);
    const [after] = setCondition(
      before,
      observed({ reason: 'Other', message: '2 of 3', observedGeneration: 2 }),
      laterMs,
    );
    expect(after).toMatchObject({ reason: 'Other', observedGeneration: 2, lastTransitionTime: '2026-11-24T01:02:03Z' });
  });

  test.each(['False', 'Unknown'] as const)('that becomes %s changed now', (status) => {
    const before = setCondition(undefined, observed(), atMs);
    expect(setCondition(before, observed({ status }), laterMs)).toMatchObject([
      { status, lastTransitionTime: '2026-11-24T01:03:03Z' },
    ]);
  });

  test('leaves the others alone, and all stand in the order of their types', () => {
    const ready = setCondition(undefined, observed(), atMs);
    const all = setCondition(ready, observed({ type: 'Accepted' }), laterMs);
    expect(all.map(({ type }) => type)).toEqual(['Accepted', 'Ready']);
    expect(all[1]).toBe(ready[0]);
    expect(removeCondition(all, 'Ready')).toEqual([all[0]]);
    expect(removeCondition(all, 'Absent')).toEqual(all);
    expect(removeCondition(undefined, 'Ready')).toEqual([]);
    expect(ready).toHaveLength(1);
  });
});

describe('a status', () => {
  const live = (status: unknown, fields: unknown, subresource?: string): KubeObject => {
    const entry = {
      manager: 'us',
      operation: 'Apply',
      subresource,
      fieldsV1: fields === undefined ? {} : { 'f:status': fields },
    };
    const metadata = { name: 'a', uid: '1', resourceVersion: '1', managedFields: [entry] };
    return Object.assign({ metadata }, { status });
  };
  const owned = { 'f:replicas': {} };

  test.each<[string, KubeObject, boolean]>([
    ['is not written when it is there and ours', live({ replicas: 3 }, owned, 'status'), true],
    ['is not written for a field of somebody else', live({ replicas: 3, theirs: 1 }, owned, 'status'), true],
    ['is written when a value differs', live({ replicas: 2 }, owned, 'status'), false],
    ['is written when a field of ours has to go', live({ replicas: 3 }, { ...owned, 'f:old': {} }, 'status'), false],
    ['is written when somebody took it over', live({ replicas: 3 }, undefined, 'status'), false],
    ['is written when it was never written', live(undefined, undefined), false],
    ['is written when it was applied with the spec and not on its own', live({ replicas: 3 }, owned), false],
  ])('%s', (_, object, expected) => {
    expect(isStatusAsIntended(object, { replicas: 3 }, 'us')).toBe(expected);
  });
});
