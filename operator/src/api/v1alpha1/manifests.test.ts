/** The table of manifests against our own schemas: zod, and the rules' TypeScript twins. */
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { dnsFleetSchema } from './dns-fleet.js';
import { dnsPoolSchema } from './dns-pool.js';
import { findViolations } from './rules.js';
import type { BadManifest } from './testdata/bad-manifest.js';
import { badFleets } from './testdata/bad-fleets.js';
import { refusedByController, refusedByEngine } from './testdata/bad-for-operator.js';
import { badUpstreams } from './testdata/bad-upstreams.js';
import { goodManifests } from './testdata/good-manifests.js';
import { changed, type Manifest, minimalFleet, minimalPool } from './testdata/manifest.js';

const byApiServer = [...badUpstreams, ...badFleets];

/** The manifest as the API server would hand it to us. */
const stored = (manifest: Manifest) => ({
  ...manifest,
  metadata: {
    ...manifest.metadata,
    namespace: 'dns',
    uid: 'uid',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-24T00:00:00Z',
  },
});

interface Refusal {
  readonly path: string;
  readonly message: string;
}

function refusalsOf(manifest: Manifest): readonly Refusal[] {
  const schema: z.ZodType = manifest.kind === 'DnsFleet' ? dnsFleetSchema : dnsPoolSchema;
  const parsed = schema.safeParse(stored(manifest));
  if (parsed.success) return findViolations(schema, parsed.data, '');
  return parsed.error.issues.map(({ path, message }) => ({
    path: path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join(''),
    message,
  }));
}

describe('a manifest that the API server refuses is refused by our schemas, which name the same field', () => {
  const cases = byApiServer.filter((bad) => !bad.notInZod);
  test.each(cases.map((bad) => [bad.title, bad] as const))('%s', (_, bad) => {
    const refusals = refusalsOf(changed(bad.kind === 'DnsPool' ? minimalPool : minimalFleet, bad.changes));
    expect(refusals.map((refusal) => refusal.path).join()).toContain(bad.field);
    // zod has words of its own for types and bounds; those of the rules are ours.
    const ours = refusals.filter((refusal) => refusal.message.startsWith('must ') || refusal.message.startsWith('`'));
    if (ours.length > 0) expect(ours.map((refusal) => refusal.message).join()).toContain(bad.remedy);
  });
});

describe('a manifest that is right is accepted', () => {
  test.each(Object.entries(goodManifests))('%s', (_, manifest) => {
    expect(refusalsOf(manifest)).toEqual([]);
  });
});

test('the table holds at least 40 manifests, each wrong in its own way', () => {
  const all = [...byApiServer, ...refusedByController, ...refusedByEngine];
  expect(all.length).toBeGreaterThanOrEqual(40);
  expect(new Set(all.map((bad) => bad.title)).size).toBe(all.length);
  const change = ({ kind, changes }: BadManifest) =>
    JSON.stringify([kind, changes], (_, value: unknown) => (value === undefined ? 'removed' : value));
  expect(new Set(all.map(change)).size).toBe(all.length);
});

test('what the API server stored before it knew a rule can still be read', () => {
  const fleet = stored(changed(minimalFleet, { 'spec.cache.size': '1Gi' }));
  expect(dnsFleetSchema.safeParse(fleet).success).toBe(true);
});
