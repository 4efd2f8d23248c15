/** What is remembered of a running cluster, so that another command, or one after a crash, can use or stop it. */
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDir } from './cache.js';
import { detachedSchema, type Detached } from './detached.js';

const stateSchema = z.object({
  name: z.string(),
  nodes: z.number(),
  program: z.string(),
  processes: z.array(detachedSchema),
});

export type ClusterState = z.infer<typeof stateSchema>;

/** The directory of a cluster. */
export const clusterDir = (name: string): string => join(cacheDir('clusters'), name);

export function clusterExists(name: string): boolean {
  return existsSync(join(clusterDir(name), 'state.json'));
}

/** @throws Error when there is no such cluster. */
export function readState(name: string): ClusterState {
  const file = join(clusterDir(name), 'state.json');
  if (!existsSync(file))
    throw new Error(`cluster '${name}' is not there; start it, or see \`status\` for those that are`);
  return stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Replaces the file as a whole, so that a reader never sees half of it. */
export function writeState(state: ClusterState): void {
  const file = join(clusterDir(state.name), 'state.json');
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2));
  renameSync(`${file}.new`, file);
}

/** Adds a process, or replaces the one of its name. */
export function recordProcess(name: string, process: Detached): void {
  const state = readState(name);
  const others = state.processes.filter((each) => each.name !== process.name);
  writeState({ ...state, processes: [...others, process] });
}

export function clusterNames(): string[] {
  return readdirSync(cacheDir('clusters')).filter(clusterExists);
}

export function removeState(name: string): void {
  rmSync(clusterDir(name), { recursive: true, force: true });
}
