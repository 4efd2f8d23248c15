import { describe, expect, test } from '@jest/globals';
import { appliedFields, withAppliedFieldsOnly } from './field-set.js';

const entry = (manager: string, operation: string, subresource?: string) => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { [`f:${manager}`]: {} } },
  ...(subresource !== undefined && { subresource }),
});

describe('what a cache keeps of managedFields', () => {
  test('is who applied, and not who updated', () => {
    const applied = [
      entry('dnsfleet-pool', 'Apply'),
      entry('dnsfleet-pool', 'Apply', 'status'),
      entry('kubectl', 'Apply'),
    ];
    const object = {
      metadata: {
        name: 'a',
        managedFields: [
          entry('kube-controller-manager', 'Update', 'status'),
          ...applied,
          entry('dnsfleet-pool', 'Update'),
        ],
      },
      spec: { replicas: 1 },
    };
    expect(withAppliedFieldsOnly(object)).toEqual({
      metadata: { name: 'a', managedFields: applied },
      spec: { replicas: 1 },
    });
  });

  test('says the same of each manager as all of them do', () => {
    const managedFields = [
      entry('a', 'Update'),
      entry('a', 'Apply'),
      entry('b', 'Apply', 'status'),
      entry('c', 'Update'),
    ];
    const object = { metadata: { name: 'x', managedFields } };
    for (const manager of ['a', 'b', 'c']) {
      for (const subresource of ['', 'status']) {
        expect(appliedFields(withAppliedFieldsOnly(object), manager, subresource)).toEqual(
          appliedFields(object, manager, subresource),
        );
      }
    }
  });

  test('is nothing where nobody applied', () => {
    const object = { metadata: { name: 'a', managedFields: [entry('kubelet', 'Update', 'status')] } };
    expect(withAppliedFieldsOnly(object)).toEqual({ metadata: { name: 'a', managedFields: [] } });
  });

  test.each([[undefined], [null], ['text'], [{ spec: {} }], [{ metadata: { name: 'a' } }]])(
    'leaves alone what has none: %j',
    (object) => {
      expect(withAppliedFieldsOnly(object)).toBe(object);
    },
  );
});
