/** containerd's shims: parents of containers that outlive containerd by design, and so have to be ended apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends the shims whose containerd socket lies below `directory`. @throws Error when one stays for 10 s. */
export async function stopShims(directory: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (let shims = shimsOf(directory); shims.length > 0; shims = shimsOf(directory)) {
    if (Date.now() > deadline) throw new Error(`stopping containerd shims ${shims.join(', ')}: still there after 10 s`);
    for (const pid of shims) process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Process ids of the shims whose containerd socket lies below `directory`. */
export function shimsOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const command = commandOf(pid);
      return command.includes('containerd-shim') && command.includes(`${directory}/`);
    });
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
