import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ApiRequest } from './audit.js';
import { fleetName } from './fleets.js';
import { belongsTo, countRequests, perMinute, touchedObjects, within } from './requests.js';

const request = (over: Partial<ApiRequest>): ApiRequest => ({
  atMs: 0,
  verb: 'patch',
  resource: 'dnspools',
  namespace: 'dns',
  name: 'a-b',
  status: 200,
  ...over,
});

test('reads, writes and the lease are counted apart', () => {
  const counts = countRequests([
    request({}),
    request({ resource: 'dnspools/status' }),
    request({ verb: 'create', resource: 'events', status: 409 }),
    request({ verb: 'get' }),
    request({ verb: 'watch', name: '' }),
    request({ verb: 'patch', resource: 'leases' }),
    request({ verb: 'get', resource: 'leases', status: 404 }),
  ]);
  expect(counts).toEqual({
    byVerb: { create: 1, get: 1, patch: 2, watch: 1 },
    writes: 3,
    writesByResource: { 'create events': 1, 'patch dnspools': 1, 'patch dnspools/status': 1 },
    lease: { get: 1, patch: 1 },
    failures: { 'create events 409': 1, 'get leases 404': 1 },
  });
});

test('a window holds its start and not its end', () => {
  const requests = [999, 1000, 1999, 2000].map((atMs) => request({ atMs }));
  expect(within(requests, { startMs: 1000, endMs: 2000 }).map(({ atMs }) => atMs)).toEqual([1000, 1999]);
});

test('every request but those for the lease is counted once by verb, and every write once by resource', () => {
  const any = fc.record({
    verb: fc.constantFrom('get', 'list', 'watch', 'create', 'patch', 'delete'),
    resource: fc.constantFrom('pods', 'dnspools/status', 'leases'),
    status: fc.constantFrom(200, 404),
  });
  fc.assert(
    fc.property(fc.array(any), (parts) => {
      const counts = countRequests(parts.map(request));
      const sum = (of: Readonly<Record<string, number>>) =>
        Object.values(of).reduce((total, count) => total + count, 0);
      expect(sum(counts.byVerb) + sum(counts.lease)).toBe(parts.length);
      expect(sum(counts.writesByResource)).toBe(counts.writes);
    }),
  );
});

test('an object that was written twice, once through a subresource, was touched once', () => {
  const requests = [
    request({}),
    request({ resource: 'dnspools/status' }),
    request({ verb: 'get', name: 'read' }),
    request({ resource: 'leases', name: 'dnsfleet-operator' }),
    request({ verb: 'create', resource: 'events', name: 'a.17' }),
  ];
  expect(touchedObjects(requests)).toEqual(['dnspools dns/a-b', 'events dns/a.17']);
});

test.each([
  ['dnsfleets dns/fleet-0001', true],
  ['dnspools dns/fleet-0001-pop-1', true],
  ['events dns/fleet-0001.1a2b', true],
  ['events dns/fleet-0001-pop-1.1a2b', true],
  ['dnspools dns/fleet-00010-pop-1', false],
  ['dnspools dns/other-fleet-0001', false],
  ['events dns/', false],
])('%s belongs to fleet-0001: %s', (object, belongs) => {
  expect(belongsTo(object, fleetName(0))).toBe(belongs);
});

test('rates are per minute, to one digit', () => {
  expect(perMinute({ watch: 16, patch: 300 }, 600)).toEqual({ watch: 1.6, patch: 30 });
});
