/** The manifests in examples/ are what they seem: no field that does not exist, nothing that would be refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { dnsFleetSchema } from '../api/v1alpha1/dns-fleet.js';
import { validateFleet } from './validate-fleet.js';

const files = readdirSync('examples').filter((file) => file.endsWith('.yaml'));
const manifestSchema = z.strictObject({
  apiVersion: z.literal('dnsfleet.dev/v1alpha1'),
  kind: z.literal('DnsFleet'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});
const server = { namespace: 'dns', uid: 'uid', resourceVersion: '1', generation: 1, creationTimestamp: 'now' };

test('there is an example for each way to run a fleet', () => {
  expect(files).toEqual([
    'minimal.yaml',
    'node-port.yaml',
    'on-load.yaml',
    'recursive.yaml',
    'tls-upstreams.yaml',
    'two-regions.yaml',
  ]);
});

test('the smallest example has five lines of spec', () => {
  const text = readFileSync('examples/minimal.yaml', 'utf8');
  expect(text.slice(text.indexOf('spec:')).trimEnd().split('\n')).toHaveLength(5);
});

describe.each(files)('examples/%s', (file) => {
  const manifest = manifestSchema.parse(parse(readFileSync(`examples/${file}`, 'utf8'), { version: '1.1' }));
  const fleet = dnsFleetSchema.parse({ ...manifest, metadata: { ...manifest.metadata, ...server } });

  test('would be accepted', () => {
    expect(validateFleet(fleet, { serviceAddresses: [], pools: [], otherFleets: [] })).toEqual([]);
  });

  test('has no field that is not in the schema', () => {
    // zod strips what it does not know; all that was written must still be there.
    expect(fleet.spec).toMatchObject(manifest.spec);
  });
});
