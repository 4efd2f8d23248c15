/** Mounts of a cluster: what containerd and the kubelet leave below its directory. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Unmounts everything below `directory`, the innermost first. */
export function unmountBelow(directory: string): void {
  for (const mount of mountsBelow(directory, readFileSync('/proc/self/mounts', 'utf8'))) {
    execFileSync('umount', ['--lazy', mount], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/** Mount points below `directory` in the text of /proc/self/mounts, the innermost first. */
export function mountsBelow(directory: string, mounts: string): string[] {
  return mounts
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(parseInt(octal, 8)),
      ),
    )
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();
}
