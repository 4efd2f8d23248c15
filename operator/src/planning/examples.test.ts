/** The manifests in examples/ are what they seem: no field that does not exist, nothing that would be refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { dnsFleetSchema } from '../api/v1alpha1/dns-fleet.js';
import { poolName } from '../builders/names.js';
import { validateFleet } from './validate-fleet.js';

const files = readdirSync('examples').filter((file) => file.endsWith('.yaml'));
const manifestSchema = z.strictObject({
  apiVersion: z.literal('dnsfleet.dev/v1alpha1'),
  kind: z.literal('DnsFleet'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});
const targetSchema = z.strictObject({
  apiVersion: z.literal('dnsfleet.dev/v1alpha1'),
  kind: z.literal('DnsPool'),
  name: z.string(),
});
/** What scales a pool besides us: both kinds are checked whole against a real API server. */
const scalerSchema = z.discriminatedUnion('kind', [
  z.object({
    apiVersion: z.literal('autoscaling/v2'),
    kind: z.literal('HorizontalPodAutoscaler'),
    spec: z.object({ scaleTargetRef: targetSchema, minReplicas: z.number(), maxReplicas: z.number() }),
  }),
  z.object({
    apiVersion: z.literal('keda.sh/v1alpha1'),
    kind: z.literal('ScaledObject'),
    spec: z.object({ scaleTargetRef: targetSchema, minReplicaCount: z.number(), maxReplicaCount: z.number() }),
  }),
]);
const server = { namespace: 'dns', uid: 'uid', resourceVersion: '1', generation: 1, creationTimestamp: 'now' };

/** The fleet of an example, and whatever scales its pools. */
function read(file: string) {
  const documents = parseAllDocuments(readFileSync(`examples/${file}`, 'utf8'), { version: '1.1' });
  const [first, ...others] = documents.map((document) => document.toJS() as unknown);
  const manifest = manifestSchema.parse(first);
  const fleet = dnsFleetSchema.parse({ ...manifest, metadata: { ...manifest.metadata, ...server } });
  return { manifest, fleet, scalers: others.map((each) => scalerSchema.parse(each)) };
}

test('there is an example for each way to run a fleet', () => {
  expect(files).toEqual([
    'hpa-cpu.yaml',
    'hpa-external.yaml',
    'keda.yaml',
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
  const { manifest, fleet, scalers } = read(file);

  test('would be accepted', () => {
    expect(validateFleet(fleet, { serviceAddresses: [], pools: [], otherFleets: [] })).toEqual([]);
  });

  test('has no field that is not in the schema', () => {
    // zod strips what it does not know; all that was written must still be there.
    expect(fleet.spec).toMatchObject(manifest.spec);
  });

  test('leaves its pools to another scaler exactly where there is one', () => {
    expect(fleet.spec.autoscaling.mode).toBe(scalers.length > 0 ? 'External' : 'Builtin');
  });

  test('has no scaler but of a pool of its own, within its bounds', () => {
    const pops = fleet.spec.regions.flatMap(({ pops }) => pops ?? []);
    const bounds = scalers.map(({ kind, spec }) => ({
      name: spec.scaleTargetRef.name,
      minServers: kind === 'ScaledObject' ? spec.minReplicaCount : spec.minReplicas,
      maxServers: kind === 'ScaledObject' ? spec.maxReplicaCount : spec.maxReplicas,
    }));
    const pools = pops.map((pop) => ({ ...pop, name: poolName(fleet.metadata.name, pop.name) }));
    expect(pools).toEqual(expect.arrayContaining(bounds.map((each) => expect.objectContaining(each))));
  });
});
