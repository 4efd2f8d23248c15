/** Makes a file once, also when several processes ask for it at the same time. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** After this time a lock was left by a process that died: nothing that is built here takes so long. */
const staleMs = 30 * 60_000;

/**
 * Returns `path` when it exists; else calls `make` with a path next to it, and moves what it made into place. Others who
 * ask meanwhile wait.
 */
export async function makeOnce(path: string, make: (target: string) => void): Promise<string> {
  const lock = `${path}.lock`;
  while (!existsSync(path)) {
    if (takeLock(lock)) {
      try {
        rmSync(`${path}.new`, { recursive: true, force: true });
        make(`${path}.new`);
        renameSync(`${path}.new`, path);
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else {
      await sleep(500);
    }
  }
  return path;
}

/** A directory is made by one process only. */
function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > staleMs)
      rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
