/** Builds the one program that is every Kubernetes component of the test cluster (components/main.go), once. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheKey } from './cache.js';
import { makeOnce } from './make-once.js';

const source = join(import.meta.dirname, 'components');

/** The version of Kubernetes that the program reports; go.mod names the modules. */
const kubernetes = { version: 'v1.34.4', major: '1', minor: '34' };

/**
 * Returns the path of the program, building it when the cache lacks it (about seven minutes on two cores).
 * Processes that ask at the same time wait for the one that builds.
 * @throws Error when Go is missing or the build fails.
 */
export function ensureComponents(progress: (message: string) => void): Promise<string> {
  return makeOnce(join(cacheDir('components'), `kubernetes-${key()}`), (target) => build(target, progress));
}

function key(): string {
  const files = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(source, file)));
  return cacheKey(...files, goVersion());
}

function goVersion(): string {
  const result = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', cwd: source });
  if (result.status !== 0)
    throw new Error('building the test cluster: Go 1.24 or newer is needed on PATH, and was not found');
  return result.stdout.trim();
}

function build(target: string, progress: (message: string) => void): void {
  const version = 'k8s.io/component-base/version';
  const flags = `-s -w -X ${version}.gitVersion=${kubernetes.version} -X ${version}.gitMajor=${kubernetes.major} -X ${version}.gitMinor=${kubernetes.minor}`;
  const env = { ...process.env, CGO_ENABLED: '0' };
  const go = (args: readonly string[]) =>
    execFileSync('go', args, { cwd: source, env, stdio: ['ignore', 'inherit', 'inherit'] });
  progress('Downloading the Go modules of Kubernetes and etcd (about 800 MB once)');
  go(['mod', 'download']);
  progress('Compiling Kubernetes (about seven minutes on two cores, once)');
  go(['build', '-ldflags', flags, '-o', target, '.']);
}
