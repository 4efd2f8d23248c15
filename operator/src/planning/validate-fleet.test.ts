import { describe, expect, test } from '@jest/globals';
import { type DnsFleet, dnsFleetSchema } from '../api/v1alpha1/dns-fleet.js';
import { refusedByController, surroundings } from '../api/v1alpha1/testdata/bad-for-operator.js';
import { badFleets } from '../api/v1alpha1/testdata/bad-fleets.js';
import { goodManifests } from '../api/v1alpha1/testdata/good-manifests.js';
import { type Changes, changed, type Manifest, minimalFleet } from '../api/v1alpha1/testdata/manifest.js';
import { formatProblems } from './problem.js';
import { validateFleet } from './validate-fleet.js';

const alone = { serviceAddresses: [], pools: [], otherFleets: [] };

function stored(manifest: Manifest): DnsFleet {
  const server = { namespace: 'dns', uid: 'uid', resourceVersion: '1', generation: 1, creationTimestamp: 'now' };
  return dnsFleetSchema.parse({ ...manifest, metadata: { ...manifest.metadata, ...server } });
}
const fleet = (changes: Changes) => stored(changed(minimalFleet, changes));

describe('a fleet that only the controller can refuse is refused with field and remedy', () => {
  test.each(refusedByController.map((bad) => [bad.title, bad] as const))('%s', (_, bad) => {
    const problems = validateFleet(fleet(bad.changes), surroundings);
    expect(problems.map((problem) => problem.field)).toEqual([bad.field]);
    expect(formatProblems(problems)).toContain(bad.field);
    expect(formatProblems(problems)).toContain(bad.remedy);
  });
});

test('the rules of the schema are checked too, for objects stored before a rule was known', () => {
  const bad = badFleets.find((entry) => entry.title === 'a cache that the memory request does not hold');
  if (!bad) throw new Error('the table has no such entry');
  expect(validateFleet(fleet(bad.changes), alone)).toEqual([
    {
      field: 'spec.server.resources.requests.memory',
      value: '256Mi',
      remedy: expect.stringContaining(bad.remedy),
    },
  ]);
});

describe('a fleet that is right has no problem', () => {
  const fleets = Object.entries(goodManifests).filter(([, manifest]) => manifest.kind === 'DnsFleet');
  test.each(fleets)('%s', (_, manifest) => {
    expect(validateFleet(stored(manifest), alone)).toEqual([]);
  });
});

describe('names', () => {
  test('a fleet keeps its own pools', () => {
    const pools = [{ name: 'public-eu', fleet: 'public' }];
    expect(validateFleet(fleet({}), { ...alone, pools })).toEqual([]);
  });

  test('the fleet that has the pool keeps it when another fleet is named like it', () => {
    const pools = [{ name: 'public-eu', fleet: 'public' }];
    expect(validateFleet(fleet({}), { ...alone, pools, otherFleets: ['public-eu'] })).toEqual([]);
    const later = fleet({ 'metadata.name': 'public-eu', 'spec.regions': [{ name: 'us' }] });
    expect(validateFleet(later, { ...alone, pools, otherFleets: ['public'] })).toHaveLength(1);
  });
});

describe('the message', () => {
  const problem = (n: number) => ({ field: `spec.f${n}`, value: n, remedy: 'must be less' });

  test('names field, value and remedy', () => {
    expect(formatProblems([problem(1), { field: 'spec.list', value: [1], remedy: 'must be shorter' }])).toBe(
      '`spec.f1` is 1: must be less; `spec.list`: must be shorter',
    );
  });

  test('names three problems and counts the rest', () => {
    expect(formatProblems([1, 2, 3, 4, 5].map(problem))).toBe(
      '`spec.f1` is 1: must be less; `spec.f2` is 2: must be less; `spec.f3` is 3: must be less; and 2 more',
    );
  });

  test('cuts a long value', () => {
    const text = formatProblems([{ field: 'spec.f', value: 'x'.repeat(500), remedy: 'must be shorter' }]);
    expect(text.length).toBeLessThan(120);
  });
});
