import { describe, expect, test } from '@jest/globals';
import { testFleet } from '../../test/objects.js';
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import { contractProblems } from './contract-problems.js';

const fleet = testFleet();
/** As if the API let pass what the contract does not. */
const withSpec = (spec: Partial<DnsFleet['spec']>): DnsFleet => ({ ...fleet, spec: { ...fleet.spec, ...spec } });
const withServer = (server: { readonly address: string; readonly tlsServerName?: string }) =>
  withSpec({ upstreams: { ...fleet.spec.upstreams, servers: [server] } });

describe('what no agent would read is said by the field of the fleet', () => {
  test.each([
    [
      'a name for an address',
      withServer({ address: 'dns.example' }),
      'spec.upstreams.servers[0].address',
      'IPv4 or IPv6',
    ],
    [
      'a name that is none',
      withServer({ address: '192.0.2.1', tlsServerName: 'dns..example' }),
      'spec.upstreams.servers[0].tlsServerName',
      'must be a domain name',
    ],
    [
      'a cache that is too small',
      withSpec({ cache: { ...fleet.spec.cache, size: '1Ki' } }),
      'spec.cache.size',
      'Too small',
    ],
    [
      'an option that nobody knows',
      withSpec({ engine: { ...fleet.spec.engine, extraConfig: 'foo: 1' } }),
      'spec.engine.extraConfig',
      'line 1: `foo`',
    ],
  ] as const)('%s', (...row) => {
    const [, bad, field, remedy] = row;
    expect(contractProblems(bad)).toEqual([{ field, value: undefined, remedy: expect.stringContaining(remedy) }]);
  });

  test('and of a fleet that is right, nothing', () => {
    expect(contractProblems(fleet)).toEqual([]);
  });
});
