/** The manifests as YAML, for a small pool and for one that uses every field; a diff is to be read by a person. */
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { expectGolden } from '../../test/golden.js';
import { fullSpec as full } from '../../test/full-spec.js';
import { testFleet, testImage, testPool } from '../../test/objects.js';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { parseResolverConfig } from '../../../resolver-image/agent/src/contract/resolver-config.js';
import { isSame } from '../planning/same.js';
import { buildConfigMap, isIntact, readConfigMap } from './config-map.js';
import { buildDeployment } from './deployment.js';
import { buildPodDisruptionBudget } from './pod-disruption-budget.js';
import { buildPool, buildPoolChange, listPops } from './pool.js';
import { buildResolverConfig, readResolverConfig, renderResolverConfig } from './resolver-config.js';
import { buildTokenSecret, readTokenSecret } from './secret.js';
import { buildServiceAccount } from './service-account.js';
import { buildFleetService, buildPoolService, wantedFront } from './service.js';
import { readWorkload, renderWorkload, workloadOf } from './workload.js';

function renderChildren(pool: DnsPool): string {
  const text = renderResolverConfig(buildResolverConfig(pool.spec), pool.metadata.generation);
  const objects = [
    buildServiceAccount(pool),
    buildTokenSecret(pool, 'a-token'),
    buildConfigMap(pool, { text, isAccepted: false, workload: workloadOf(pool.spec) }),
    buildPoolService(pool),
    buildPodDisruptionBudget(pool),
    buildDeployment(pool, pool.spec.minServers),
  ];
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

describe('the children of a pool', () => {
  test.each([
    ['a fleet of five lines', {}],
    ['a fleet that sets every field', full],
  ])('of %s', (title, spec) => {
    const file = `testdata/pool-${title.includes('every') ? 'full' : 'minimal'}.yaml.golden`;
    expectGolden(new URL(file, import.meta.url), renderChildren(testPool(spec)));
  });
});

describe('the children of a fleet', () => {
  test.each([
    ['minimal', {}],
    ['node-port', { service: { type: 'NodePort' } }],
    ['full', full],
  ])('%s', (title, spec) => {
    const fleet = testFleet(spec);
    const pools = listPops(fleet.spec.regions).map((placed) => buildPool(fleet, placed, testImage));
    const yaml = [buildFleetService(fleet, wantedFront(fleet)), ...pools].map((object) =>
      stringify(object, { aliasDuplicateObjects: false }),
    );
    expectGolden(new URL(`testdata/fleet-${title}.yaml.golden`, import.meta.url), yaml.join('---\n'));
  });

  test('an applied pool never names replicas', () => {
    const pool = testPool({}, { replicas: 7 });
    const intent = buildPoolChange(testFleet(), pool, { state: 'Retiring' });
    expect(intent.spec).not.toHaveProperty('replicas');
    expect(intent.spec.state).toBe('Retiring');
    expect(pool.spec.replicas).toBe(7);
  });
});

describe('the configuration of a pool', () => {
  test.each([
    ['minimal', {}],
    ['full', full],
  ])('%s is one that the agent reads', (_title, spec) => {
    const parsed = parseResolverConfig(renderResolverConfig(buildResolverConfig(testPool(spec).spec), 3));
    expect(parsed).toMatchObject({ ok: true, config: { revision: 3 } });
  });

  test('a change of what needs a rollout is none of the configuration', () => {
    const before = buildResolverConfig(testPool().spec);
    const after = buildResolverConfig(testPool({ engine: { threads: 8 } }, { image: 'other', maxServers: 50 }).spec);
    expect(isSame(before, after)).toBe(true);
  });

  test('a change of the configuration is none of the pod template', () => {
    const template = (spec: object) => buildDeployment(testPool({ ...spec }), 3).spec?.template;
    const changed = { access: { allow: [] }, cache: { size: '64Mi' }, engine: { extraConfig: 'x: y' } };
    expect(template(changed)).toEqual(template({}));
  });

  test('a server behind a load balancer leaves more slowly', () => {
    expect(buildResolverConfig(testPool().spec).drain).toEqual({
      lameDuckSeconds: 20,
      quietPeriodSeconds: 5,
      timeoutSeconds: 120,
    });
    expect(buildResolverConfig(testPool({ service: { type: 'NodePort' } }).spec).drain).toEqual({
      lameDuckSeconds: 20,
      quietPeriodSeconds: 30,
      timeoutSeconds: 120,
    });
  });

  test('is the same after it was published and read back', () => {
    const pool = testPool(full);
    const body = buildResolverConfig(pool.spec);
    const published = readConfigMap(buildConfigMap(pool, { text: renderResolverConfig(body, 12), isAccepted: true }));
    const read = readResolverConfig(published?.text ?? '');
    expect(published?.isAccepted).toBe(true);
    expect(read?.revision).toBe(12);
    expect(read && isSame(read.body, body)).toBe(true);
  });

  test('that is none is not read', () => {
    expect(readResolverConfig('{"revision": 1, "unknown": true}')).toBeUndefined();
    expect(readConfigMap({ data: {} })).toBeUndefined();
  });
});

test('the workload of a pool comes back out of its annotation', () => {
  const workload = workloadOf(testPool(full).spec);
  expect(readWorkload(renderWorkload(workload))).toEqual(workload);
  expect(workload).not.toHaveProperty('upstreams');
  expect([readWorkload(''), readWorkload('{"image": 1}')]).toEqual([undefined, undefined]);
});

test('a text that was edited is known as such', () => {
  const configMap = buildConfigMap(testPool(), { text: '{"revision": 1}', isAccepted: true });
  const read = (text: string) => readConfigMap({ ...configMap, data: { 'config.json': text } });
  const texts = [read('{"revision": 1}'), read('{"revision": 2}')];
  expect(texts.map((there) => there && isIntact(there))).toEqual([true, false]);
});

test('the token comes back out of its Secret, which kubelets watch', () => {
  expect(buildTokenSecret(testPool(), 'sesam')).not.toHaveProperty('immutable');
  expect(readTokenSecret(buildTokenSecret(testPool(), 'sesam'))).toBe('sesam');
  expect(readTokenSecret({ data: {} })).toBeUndefined();
});
