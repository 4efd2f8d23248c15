/** Builds a program of the test cluster from a Go module of ours, once. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheKey } from './cache.js';
import { makeOnce } from './make-once.js';

export interface GoProgram {
  readonly name: string;
  /** The directory of its module: go.mod, go.sum, main.go. */
  readonly source: string;
  readonly linkerFlags: string;
  /** What is said before its modules are downloaded, and before it is compiled. */
  readonly progress: { readonly download: string; readonly compile: string };
}

/**
 * Returns the path of the program, building it when the cache lacks it. Processes that ask at the same time wait for the
 * one that builds.
 * @throws Error when Go is missing or the build fails.
 */
export function ensureGoProgram(program: GoProgram, progress: (message: string) => void): Promise<string> {
  const path = join(cacheDir('components'), `${program.name}-${keyOf(program)}`);
  return makeOnce(path, (target) => build(program, target, progress));
}

function keyOf({ source }: GoProgram): string {
  const files = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(source, file)));
  return cacheKey(...files, goVersion(source));
}

function goVersion(source: string): string {
  const result = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', cwd: source });
  if (result.status !== 0)
    throw new Error('building the test cluster: Go 1.24 or newer is needed on PATH, and was not found');
  return result.stdout.trim();
}

function build({ source, linkerFlags, ...program }: GoProgram, target: string, progress: (text: string) => void): void {
  const env = { ...process.env, CGO_ENABLED: '0' };
  const go = (args: readonly string[]) =>
    execFileSync('go', args, { cwd: source, env, stdio: ['ignore', 'inherit', 'inherit'] });
  progress(program.progress.download);
  go(['mod', 'download']);
  progress(program.progress.compile);
  go(['build', '-ldflags', linkerFlags, '-o', target, '.']);
}
