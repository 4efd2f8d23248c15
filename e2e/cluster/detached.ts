/**
 * Programs that outlive the command that started them. Each is known by its process id *and* its start time, so that a
 * recycled id is never taken for ours.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

export const detachedSchema = z.object({
  name: z.string(),
  pid: z.number(),
  /** Field 22 of /proc/PID/stat: clock ticks since the machine was started. */
  startTicks: z.string(),
});

export type Detached = z.infer<typeof detachedSchema>;

/** Starts a program on its own, its output in `logFile`. @throws Error when it cannot be started. */
export function startDetached(name: string, argv: readonly string[], logFile: string): Detached {
  const [command = '', ...args] = argv;
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  child.unref();
  child.on('error', () => undefined);
  const startTicks = child.pid === undefined ? undefined : startTicksOf(child.pid);
  if (child.pid === undefined || startTicks === undefined)
    throw new Error(`starting ${name}: ${command} cannot be run`);
  return { name, pid: child.pid, startTicks };
}

/** Whether it still runs; a zombie does not. */
export function isAlive(process: Detached): boolean {
  return startTicksOf(process.pid) === process.startTicks;
}

/** Ends programs (SIGTERM, after `graceMs` SIGKILL) and waits until they are gone. */
export async function stopDetached(processes: readonly Detached[], graceMs = 5000): Promise<void> {
  signal(processes, 'SIGTERM');
  if (!(await allGone(processes, graceMs))) {
    signal(processes, 'SIGKILL');
    if (!(await allGone(processes, 10_000))) {
      const left = processes.filter(isAlive).map((process) => `${process.name} (${process.pid})`);
      throw new Error(`stopping ${left.join(', ')}: still there 10 s after SIGKILL`);
    }
  }
}

/** Sends a signal to those that still run. */
export function signal(processes: readonly Detached[], name: NodeJS.Signals): void {
  for (const each of processes) {
    if (isAlive(each)) process.kill(each.pid, name);
  }
}

async function allGone(processes: readonly Detached[], withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (processes.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in parentheses, may contain spaces; the fields after it are numbered from 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
