/**
 * Processes inside of a pod, seen from the machine, so that a test can kill or freeze exactly one of them. Found by
 * the uid of the pod in the name of their control group: nothing outside of the pod can be hit.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Pod } from './objects.js';

/** Programs of ours, by the file that is run. */
export type ServerProgram = 'unbound' | 'agent.mjs' | 'supervisor.mjs' | 'operator.mjs';

/** Process ids of `program` in `pod` now; empty when none runs. */
export function processesOf(pod: Pod, program: ServerProgram): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => read(pid, 'cgroup').includes(pod.metadata.uid))
    .filter((pid) => isProgram(read(pid, 'cmdline').split('\0'), program))
    .map(Number);
}

/** Sends a signal to every process of `program` in `pod`. @throws Error when there is none */
export function signalProgram(pod: Pod, program: ServerProgram, signal: NodeJS.Signals): void {
  const pids = processesOf(pod, program);
  if (pids.length === 0) throw new Error(`sending ${signal} to ${program} of ${pod.metadata.name}: it does not run`);
  for (const pid of pids) process.kill(pid, signal);
}

/** True if the program itself, or the script that Node runs, is `program`; not if it is an argument of another. */
function isProgram(commandLine: readonly string[], program: ServerProgram): boolean {
  return commandLine.slice(0, 6).some((word) => word === program || word.endsWith(`/${program}`));
}

/** A file of a process, or nothing when the process has gone. */
function read(pid: string, file: 'cgroup' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
