/** What of a built pool replaces servers or reconfigures them must not change unnoticed: see template-version.ts. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { fullSpec } from '../../test/full-spec.js';
import { expectGolden } from '../../test/golden.js';
import { testPool } from '../../test/objects.js';
import { buildDeployment } from './deployment.js';
import { buildResolverConfig, renderResolverConfig } from './resolver-config.js';
import { templateVersion } from './template-version.js';

const samples = { minimal: {}, external: { service: { type: 'NodePort' } }, full: fullSpec };
const golden = new URL(`testdata/template-${templateVersion}.yaml.golden`, import.meta.url);

function renderSamples(): string {
  const built = Object.entries(samples).map(([name, spec]) => {
    const pool = testPool(spec);
    const template = buildDeployment(pool, 1).spec?.template;
    return [name, { template, config: renderResolverConfig(buildResolverConfig(pool.spec), 1) }] as const;
  });
  return stringify(Object.fromEntries(built), { aliasDuplicateObjects: false });
}

describe('what the builders make of an unchanged pool', () => {
  test('is what this template version stands for; if it has to change, raise templateVersion', async () => {
    // Never rewritten for a version that has a file: servers of that version run.
    if (existsSync(golden)) expect(renderSamples()).toBe(await readFile(golden, 'utf8'));
    else expectGolden(golden, renderSamples());
  });

  test('is recorded for the present version alone', async () => {
    const files = await readdir(new URL('testdata/', import.meta.url));
    const recorded = files.filter((name) => name.startsWith('template-'));
    expect(recorded).toEqual([`template-${templateVersion}.yaml.golden`]);
  });
});
