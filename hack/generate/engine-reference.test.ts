/** The sections of the reference that the engine decides, against the reference of the fields themselves. */
import { describe, expect, test } from '@jest/globals';
import { EXTRA_OPTIONS } from '../../resolver-image/agent/src/contract/extra-options.js';
import { engineReference } from './engine-reference.js';
import { generatedFiles } from './files.js';

const lines = engineReference();
const options = lines.indexOf('## Options of `engine.extraConfig`');
/** The first cell of each row of a table, without the head. */
const fieldsOf = (table: readonly string[]) =>
  table.map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1]).filter((field) => field !== undefined);
const changed = fieldsOf(lines.slice(0, options));
const reference = (generatedFiles().get('docs/reference/api.md') ?? '').split('\n');

/** The fields of one object of the reference. */
function fieldsBelow(path: string): readonly string[] {
  const start = reference.indexOf(`### \`${path}\``);
  const end = reference.findIndex((line, index) => index > start && line.startsWith('#'));
  return start < 0 ? [] : fieldsOf(reference.slice(start, end));
}

/** Whether the sentence before the table names `field` among those that touch no server that runs. */
const concernsNoServer = (field: string): boolean =>
  lines.some((line) => line.startsWith('Fields of ') && line.includes(`\`${field}\``));

describe('the table of changes', () => {
  test.each(changed)('%s is a field of DnsFleet', (field) => {
    const path = `DnsFleet.spec.${field}`;
    expect(fieldsBelow(path.slice(0, path.lastIndexOf('.')))).toContain(path.slice(path.lastIndexOf('.') + 1));
  });

  test.each(fieldsBelow('DnsFleet.spec'))('says what a change of %s does', (field) => {
    const told = changed.some((row) => row === field || row.startsWith(`${field}.`) || row.startsWith(`${field}[`));
    expect(told || concernsNoServer(field)).toBe(true);
  });

  test('leaves out no field of what is applied in part', () => {
    for (const group of ['engine', 'access', 'upstreams', 'cache', 'server']) {
      const rows = fieldsBelow(`DnsFleet.spec.${group}`).map((field) => `${group}.${field}`);
      expect(rows.length).toBeGreaterThan(0);
      expect(changed).toEqual(expect.arrayContaining(rows.filter((field) => !concernsNoServer(field))));
    }
  });

  test('says of each field by what it is applied and what becomes of the cache', () => {
    expect(lines).toContainEqual(expect.stringMatching(/^\| `engine\.threads` \| by a rollout: .* \| lost \|$/));
    expect(lines).toContainEqual(expect.stringMatching(/^\| `upstreams\.servers` \| at run time: .* \| kept \|$/));
  });
});

test('every option of extraConfig has a row', () => {
  expect(fieldsOf(lines.slice(options))).toEqual([...EXTRA_OPTIONS.keys()]);
});
