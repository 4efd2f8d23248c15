import { expect, test } from '@jest/globals';
import { readAuditLine } from './audit.js';

const line = (over: Readonly<Record<string, unknown>>) =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage: 'ResponseComplete',
    verb: 'patch',
    user: { username: 'dnsfleet-operator' },
    objectRef: {
      resource: 'dnspools',
      namespace: 'dns',
      name: 'a-b',
      apiGroup: 'dnsfleet.dev',
      apiVersion: 'v1alpha1',
    },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-11-24T12:00:00.500000Z',
    ...over,
  });

test('a request is read with its time, verb, object and answer', () => {
  expect(readAuditLine(line({}))).toEqual({
    atMs: Date.parse('2026-11-24T12:00:00.500Z'),
    verb: 'patch',
    resource: 'dnspools',
    namespace: 'dns',
    name: 'a-b',
    status: 200,
  });
});

test('a subresource is part of the resource', () => {
  const objectRef = { resource: 'dnspools', subresource: 'status', namespace: 'dns', name: 'a-b' };
  expect(readAuditLine(line({ objectRef }))).toMatchObject({ resource: 'dnspools/status' });
});

test('a watch counts when it opens and not once more when it ends', () => {
  expect(readAuditLine(line({ verb: 'watch', stage: 'ResponseStarted' }))).toMatchObject({ verb: 'watch' });
  expect(readAuditLine(line({ verb: 'watch', stage: 'ResponseComplete' }))).toBeUndefined();
});

test('any other request counts when it is complete', () => {
  expect(readAuditLine(line({ stage: 'ResponseStarted' }))).toBeUndefined();
  expect(readAuditLine(line({ stage: 'Panic' }))).toMatchObject({ verb: 'patch' });
});

test('a list has no name, and a request outside of the API no object', () => {
  expect(readAuditLine(line({ verb: 'list', objectRef: { resource: 'pods' } }))).toMatchObject({
    name: '',
    namespace: '',
  });
  expect(readAuditLine(line({ objectRef: undefined }))).toMatchObject({ resource: '' });
});

test.each(['{', '{}', 'null'])('%s is no event, and is not passed over', (text) => {
  expect(() => readAuditLine(text)).toThrow();
});
