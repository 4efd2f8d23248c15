/** Control groups of a node: made before its kubelet starts, emptied and removed after it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const mountPoint = '/sys/fs/cgroup';

/** The directory of each hierarchy: one with cgroup v2, several with v1. */
function hierarchies(): string[] {
  if (existsSync(join(mountPoint, 'cgroup.controllers'))) return [mountPoint];
  return readdirSync(mountPoint).map((name) => join(mountPoint, name));
}

export function createCgroup(name: string): void {
  for (const hierarchy of hierarchies()) mkdirSync(join(hierarchy, name), { recursive: true });
}

/** The directories of a group, in every hierarchy where it exists. */
export function cgroupDirectories(name: string): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy, name))
    .filter(existsSync);
}

/** Ends every process below the group with SIGKILL and removes the group. @throws Error when something stays for 20 s. */
export async function removeCgroup(name: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (const root of cgroupDirectories(name)) {
    while (!tryRemove(root)) {
      if (Date.now() > deadline) throw new Error(`removing the control group ${root}: its processes do not end`);
      await sleep(50);
    }
  }
}

function tryRemove(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory() && !tryRemove(join(group, entry.name))) return false;
    }
    for (const pid of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n')) {
      if (pid !== '') killIfThere(Number(pid));
    }
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}

/** Ends a process that may be gone already. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between being listed and now, which is what is wanted.
  }
}
