/** Runs a program beside the demo and hands on its lines, until it ends or the signal has it ended. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Runs `argv` and calls `onLine` for each line of its output. It has a process group of its own: an interrupt at the
 * terminal is ours to handle, and the end of it is the end of all that it started. Resolves when it has ended, by itself
 * with exit code 0 or by the signal.
 * @throws Error with what it wrote to standard error, when it fails
 */
export function followLines(
  argv: readonly string[],
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  const what = `running ${argv.join(' ')}`;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  return new Promise((resolve, reject) => {
    const end = (): void => {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGTERM');
    };
    signal.addEventListener('abort', end, { once: true });
    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        onLine(line);
      } catch (cause) {
        reject(new Error(`${what}: a line that is not understood: ${line.slice(0, 200)}`, { cause }));
        end();
      }
    });
    child.once('error', (cause) => reject(new Error(`${what}: ${cause.message}`, { cause })));
    child.once('close', (code, killedBy) => {
      signal.removeEventListener('abort', end);
      if (code === 0 || signal.aborted) resolve();
      else reject(new Error(`${what}: ended with ${code ?? killedBy ?? 'no code'}\n${stderr}`));
    });
    if (signal.aborted) end();
  });
}
