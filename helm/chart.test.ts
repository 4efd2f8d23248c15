/**
 * The chart, rendered by the real helm. `.golden` files were read by a person; the other tests say what must hold
 * whatever the values.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { isMap, isScalar, parse, parseDocument, type YAMLMap } from 'yaml';
import { z } from 'zod';
import { defaults } from '../operator/src/config/defaults.js';
import { parseOptions } from '../operator/src/config/options.js';
import { expectGolden } from '../operator/test/golden.js';
import { chart, helm, objectsOf, refusal, render, whyNoHelm, type Rendered } from './render.js';

const noHelm = whyNoHelm();
const withHelm = noHelm === undefined ? describe : describe.skip;
afterAll(() => {
  if (noHelm !== undefined) console.log(`The chart was not rendered: ${noHelm}`);
});

const noCrds = ['--set', 'crds.install=false'];
const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ args: z.array(z.string()) })) }),
    }),
  }),
});

function kinds(objects: readonly Rendered[]): readonly string[] {
  return objects
    .map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].filter(Boolean).join(' '))
    .sort();
}

function argsOf(objects: readonly Rendered[]): readonly string[] {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const [container] = deploymentSchema.parse(deployment).spec.template.spec.containers;
  return container?.args ?? [];
}

withHelm('the chart', () => {
  test.each([
    ['default', noCrds],
    ['ha-off', [...noCrds, '--set', 'replicas=1,leaderElection.enabled=false']],
    ['watch-namespaces', [...noCrds, '--set', 'watchNamespaces={dns,edge}']],
    ['everything', ['--values', 'helm/testdata/everything.yaml']],
  ])('renders %s', (name, settings) => {
    expectGolden(new URL(`testdata/${name}.golden`, import.meta.url), render(...settings));
  });

  test.each([
    ['default', []],
    ['one replica without a lease', ['--set', 'replicas=1,leaderElection.enabled=false']],
    ['named namespaces', ['--set', 'watchNamespaces={dns,edge}']],
    ['everything', ['--values', 'helm/testdata/everything.yaml']],
  ])('passes helm lint --strict with values for %s', (_, settings) => {
    expect(helm('lint', '--strict', chart, ...settings)).toContain('0 chart(s) failed');
  });

  test('starts the operator with the defaults that it has by itself', () => {
    const options = parseOptions(argsOf(objectsOf(render(...noCrds))), {});
    expect(options).toEqual({
      ...defaults,
      resolverImage: 'dnsfleet-resolver:0.1.0',
      leaderElectionNamespace: 'dnsfleet-system',
      leaderElectionName: 'dnsfleet',
    });
  });

  test('hands all values on to the operator', () => {
    const settings = ['--values', 'helm/testdata/everything.yaml', '--set', 'watchNamespaces={dns,edge}'];
    expect(parseOptions(argsOf(objectsOf(render(...settings))), {})).toEqual({
      ...defaults,
      resolverImage: 'registry.example/dnsfleet-resolver:1.2.4',
      resolverImagePullPolicy: 'Always',
      watchNamespaces: ['dns', 'edge'],
      leaderElectionNamespace: 'dnsfleet-system',
      leaderElectionName: 'dns-operator',
      leaseDurationSeconds: 30,
      renewDeadlineSeconds: 20,
      retryPeriodSeconds: 4,
      concurrency: 8,
      apiQps: 200,
      apiBurst: 400,
      logLevel: 'debug',
    });
  });

  test('gives rights in the named namespaces only, when there are any', () => {
    const objects = objectsOf(render(...noCrds, '--set', 'watchNamespaces={dns,edge}'));
    expect(kinds(objects).filter((kind) => kind.includes('Role'))).toEqual([
      'Role dns dnsfleet',
      'Role dnsfleet-leader-election',
      'Role edge dnsfleet',
      'RoleBinding dns dnsfleet',
      'RoleBinding dnsfleet-leader-election',
      'RoleBinding edge dnsfleet',
    ]);
  });

  test('makes no rights and no account that it was told not to make', () => {
    const settings = ['--set', 'rbac.create=false,serviceAccount.create=false,serviceAccount.name=mine'];
    expect(kinds(objectsOf(render(...noCrds, ...settings)))).toEqual([
      'Deployment dnsfleet',
      'Pod dnsfleet-test',
      'PodDisruptionBudget dnsfleet',
      'Service dnsfleet',
    ]);
  });

  test('installs the CRDs of this version and keeps them, unless told otherwise', () => {
    const crds = (...settings: readonly string[]) =>
      objectsOf(render(...settings)).filter(({ kind }) => kind === 'CustomResourceDefinition');
    const source = (name: string): unknown => parse(readFileSync(`crds/dnsfleet.dev_${name}.yaml`, 'utf8'));
    const sources = [source('dnsfleets'), source('dnspools')];
    expect(crds('--set', 'crds.keep=false')).toEqual(sources);
    const kept = crds();
    expect(kept).toMatchObject(sources);
    expect(kept.map(({ metadata }) => metadata.annotations)).toEqual([
      { 'helm.sh/resource-policy': 'keep' },
      { 'helm.sh/resource-policy': 'keep' },
    ]);
    expect(crds(...noCrds)).toEqual([]);
  });

  // Helm 3 shows the notes only where it reaches a cluster.
  const withNotes = noHelm === undefined && helm('version', '--short').startsWith('v3.') ? test.skip : test;
  withNotes('ends with three commands that name the release', () => {
    const notes =
      helm('install', 'blue', chart, '--dry-run=client', '--namespace', 'dns-blue').split('NOTES:')[1] ?? '';
    expect(notes.split('\n').filter((line) => line.startsWith('  '))).toEqual([
      '  helm test blue --namespace dns-blue',
      '  kubectl explain dnsfleet.spec',
      '  kubectl get dnsfleets,dnspools --all-namespaces',
    ]);
  });

  test.each([
    ['replicas=two', /replicas/],
    ['replica=2', /replica/],
    ['image.name=x', /image/],
    ['logLevel=loud', /logLevel/],
    ['leaderElection.enabled=false', /replicas must be 1 when leaderElection.enabled is false/],
    ['serviceAccount.create=false', /serviceAccount.name must be set/],
    ['leaderElection.renewDeadlineSeconds=15', /renewDeadlineSeconds must be less than leaderElection.leaseDuration/],
    ['leaderElection.retryPeriodSeconds=10', /retryPeriodSeconds must be less than leaderElection.renewDeadline/],
    ['leaderElection.leaseDuration=15', /leaseDuration/],
    ['image.digest=latest', /digest/],
    ['watchNamespaces={Dns}', /watchNamespaces/],
    ['resolverImage.pullPolicy=Sometimes', /pullPolicy/],
    ['rbac.enabled=true', /rbac/],
    ['crds.keep=perhaps', /keep/],
  ])('refuses %s', (setting, message) => {
    expect(refusal('--set', setting)).toMatch(message);
  });
});

describe('the values', () => {
  const text = readFileSync(`${chart}/values.yaml`, 'utf8');
  const schema = z
    .looseObject({ properties: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')));

  test('are each described by a comment that begins with their name', () => {
    const document = parseDocument(text);
    if (!isMap(document.contents)) throw new Error('values.yaml is no map');
    const described = text
      .split('\n')
      .flatMap(
        (line) =>
          /^ *# ([a-zA-Z.]+) (?:is|are|makes|replaces|installs|leaves|lets|keeps|pins|chooses|let|attracts)\b/.exec(
            line,
          )?.[1] ?? [],
      );
    expect(described.sort()).toEqual(leaves(document.contents, '').sort());
  });

  test('fit their schema, which knows no others', () => {
    const validate = new Ajv().compile(schema);
    const values: unknown = parse(text);
    validate(values);
    expect(validate.errors).toBeNull();
    expect(Object.keys(schema.properties).filter((name) => name !== 'global')).toEqual(
      Object.keys(z.record(z.string(), z.unknown()).parse(values)),
    );
  });
});

/** Paths of all values that have a comment of their own: scalars, lists, and maps that are handed on as they are. */
function leaves(map: YAMLMap, prefix: string): string[] {
  const handedOn = new Set(['resources', 'podAnnotations', 'podLabels', 'nodeSelector', 'affinity']);
  const whole = new Set(['image', 'resolverImage']);
  return map.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '';
    const path = `${prefix}${name}`;
    if (!isMap(value) || value.items.length === 0 || handedOn.has(name)) return [path];
    return [...(whole.has(name) ? [path] : []), ...leaves(value, `${path}.`)];
  });
}
