/** The files that are checked in, and how they are made up around the schemas. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { chartTemplate } from './chart.js';
import { buildCrd } from './crd.js';
import { generatedFiles } from './files.js';
import { kinds } from './kinds.js';

const files = generatedFiles();

test('there are CRDs, copies for the chart, and a reference', () => {
  expect([...files.keys()]).toEqual([
    'crds/dnsfleet.dev_dnsfleets.yaml',
    'helm/dnsfleet/templates/crds/dnsfleet.dev_dnsfleets.yaml',
    'crds/dnsfleet.dev_dnspools.yaml',
    'helm/dnsfleet/templates/crds/dnsfleet.dev_dnspools.yaml',
    'docs/reference/api.md',
  ]);
});

test.each([...files])('%s is up to date (else run `make generate`), and says by what it was made', (path, content) => {
  expect(readFileSync(path, 'utf8')).toBe(content);
  expect(content.split('\n')[0]).toContain('hack/generate');
});

test.each(['1.1', '1.2'] as const)('the YAML of a CRD reads the same in YAML %s', (version) => {
  for (const kind of kinds) {
    const text = files.get(`crds/dnsfleet.dev_${kind.plural}.yaml`) ?? '';
    expect(parse(text, { version })).toEqual(JSON.parse(JSON.stringify(buildCrd(kind))));
  }
});

test('a template of the chart installs the CRD if wanted, keeps it if wanted, and escapes actions', () => {
  const yaml = 'kind: CustomResourceDefinition\nmetadata:\n  name: x\nspec:\n  description: a {{ b }}\n';
  expect(chartTemplate(yaml)).toBe(
    [
      '{{- if .Values.crds.install }}',
      'kind: CustomResourceDefinition',
      'metadata:',
      '  {{- if .Values.crds.keep }}',
      '  annotations:',
      '    helm.sh/resource-policy: keep',
      '  {{- end }}',
      '  name: x',
      'spec:',
      '  description: a {{ "{{" }} b }}',
      '{{- end }}',
      '',
    ].join('\n'),
  );
  expect(() => chartTemplate('kind: x\n')).toThrow('no metadata');
});

test('the reference has a section for every object and a row for every field', () => {
  const reference = files.get('docs/reference/api.md') ?? '';
  expect(reference).toContain('### `DnsFleet.spec.regions[].pops[].placement.spread`');
  const headings = new Set(
    [...reference.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading.replace(/[^A-Za-z]/g, '')),
  );
  const links = [...reference.matchAll(/\]\(#([a-z]*)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(headings.size);
  expect(links.filter((link) => ![...headings].some((heading) => heading.toLowerCase() === link))).toEqual([]);
  expect(reference).toMatch(/\| `maxTtlSeconds` \| integer \| `86400` \| 1 to 604800 \|/);
  expect(reference).toContain('- `servers` must name at least one resolver when `mode` is Forward');
});
