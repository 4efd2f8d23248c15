/** What the benchmark ran on, and of which commit. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  const [first, ...others] = cpus();
  return {
    processor: first?.model ?? 'unknown',
    cores: 1 + others.length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
  };
}

/** The commit of the work tree, with `+changes` when it differs from it; `unknown` outside of a repository. */
export function describeCommit(): string {
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changes = git('status', '--porcelain', '--untracked-files=no');
    return `${git('rev-parse', '--short', 'HEAD')}${changes === '' ? '' : '+changes'}`;
  } catch {
    return 'unknown';
  }
}
