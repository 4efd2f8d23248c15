/** Memory and processor time of a process, as the kernel counts them. */
import { readdirSync, readFileSync } from 'node:fs';

/** What a process uses at one moment. */
export interface Usage {
  readonly atMs: number;
  /** Resident memory now (VmRSS), and the most that it ever was (VmHWM), in megabytes of 1,000,000 bytes. */
  readonly rssMb: number;
  readonly peakMb: number;
  /** Processor time since its start, user and system. */
  readonly cpuSeconds: number;
}

/** The kernel counts processor time in hundredths of a second on all platforms that run Linux for people. */
const ticksPerSecond = 100;

/** Reads the use of process `pid`. @throws Error when there is none. */
export function readUsage(pid: number, atMs: number): Usage {
  return {
    atMs,
    ...parseMemory(readFileSync(`/proc/${pid}/status`, 'utf8')),
    cpuSeconds: parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8')),
  };
}

/** How many files process `pid` has open, sockets among them. @throws Error when there is none. */
export const countOpenFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Out of /proc/PID/status. */
export function parseMemory(status: string): Pick<Usage, 'rssMb' | 'peakMb'> {
  const megabytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`reading memory of a process: there is no ${field}`);
    return Math.round((Number(kibibytes) * 1024) / 1e5) / 10;
  };
  return { rssMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}

/** Out of /proc/PID/stat. The name of the program may hold anything, also spaces and brackets, so count from its end. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // The fields after the name begin with the third, `state`; utime is the 14th, stime the 15th (proc(5)).
  const [user, system] = [fields[11], fields[12]].map(Number);
  const ticks = (user ?? Number.NaN) + (system ?? Number.NaN);
  if (Number.isNaN(ticks)) throw new Error('reading processor time of a process: the line has too few fields');
  return ticks / ticksPerSecond;
}
