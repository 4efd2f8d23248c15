/** docs/design/dependencies.md has a line for everything that is used directly, in the version that is used. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';

const text = (path: string): string => readFileSync(path, 'utf8');
const note = text('docs/design/dependencies.md');

test('npm packages', () => {
  const versions = z.record(z.string(), z.string());
  const manifest = z.object({ dependencies: versions, devDependencies: versions });
  const { dependencies, devDependencies } = manifest.parse(JSON.parse(text('package.json')));
  const direct = Object.entries({ ...dependencies, ...devDependencies }).map(
    ([name, version]) => `\`${name}\` ${version}`,
  );
  expect(direct.filter((line) => !note.includes(line))).toEqual([]);
  const named = [...note.matchAll(/`[@a-z/0-9-]+` \d+\.\d+\.\d+/g)].map(([line]) => line);
  expect(named.filter((line) => !direct.includes(line))).toEqual([]);
});

test.each([
  ['e2e/cluster/components', 3],
  ['e2e/metrics/metrics-server', 3],
])('Go modules of %s', (directory, count) => {
  const [block = ''] = /require \(\n([^)]*)\)/.exec(text(`${directory}/go.mod`)) ?? [];
  const direct = [...block.matchAll(/^\t(\S+) (\S+)$/gm)].map(
    ([, name, version]) => `\`${name ?? ''}\` ${version ?? ''}`,
  );
  expect(direct).toHaveLength(count);
  expect(direct.filter((line) => !note.includes(line))).toEqual([]);
});

test('Debian packages', () => {
  const [, table = ''] = /packages='\n([^']*)'/.exec(text('hack/install-deps.sh')) ?? [];
  const packages = [...table.matchAll(/^(\S+) /gm)].map(([, name]) => name ?? '');
  expect(packages).toContain('buildah');
  expect(packages.filter((name) => !note.includes(`\`${name}\``))).toEqual([]);
});
