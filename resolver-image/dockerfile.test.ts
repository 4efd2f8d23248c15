/** What the build of the resolver image says to a base image whose engine is too old: its RUN step, with a stand-in. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let programs: string;
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'dnsfleet-image-'));
});
afterEach(() => rmSync(programs, { recursive: true, force: true }));

/** The one RUN step that asks the engine for its version, as the shell gets it. */
function versionStep(): string {
  const dockerfile = readFileSync(new URL('Dockerfile', import.meta.url), 'utf8');
  const steps = dockerfile
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => /^RUN .*unbound -V/.test(line));
  expect(steps).toHaveLength(1);
  return steps.join('').replace(/^RUN /, '');
}

function buildWith(engine: string): { readonly code: number | null; readonly says: string } {
  const unbound = join(programs, 'unbound');
  writeFileSync(unbound, `#!/bin/sh\n${engine}\n`);
  chmodSync(unbound, 0o755);
  const env = { PATH: `${programs}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync('/bin/sh', ['-c', versionStep()], { env, encoding: 'utf8' });
  return { code: status, says: stderr };
}
const printing = (version: string) => `printf 'Version ${version}\\n\\nConfigure line: --with-libevent\\n'`;

describe('the build of the resolver image', () => {
  it.each(['1.26.0', '1.26.2', '1.27.0', '1.100.0', '2.0.0'])('takes unbound %s', (version) => {
    expect(buildWith(printing(version))).toEqual({ code: 0, says: '' });
  });

  it.each(['1.22.0', '1.25.9', '1.9.0', '0.99.0'])('ends at unbound %s, and says what is needed', (version) => {
    const { code, says } = buildWith(printing(version));
    expect(code).toBe(1);
    expect(says).toMatch(new RegExp(`^unbound ${version} is too old: .* 1\\.26 or newer.*BASE_IMAGE`));
  });

  it.each(['exit 1', 'exit 0'])('ends at an engine that does not say its version (%s)', (engine) => {
    const { code, says } = buildWith(engine);
    expect(code).toBe(1);
    expect(says).toMatch(/^unbound of unknown version is too old/);
  });
});
