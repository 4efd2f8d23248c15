/**
 * Runs `unbound-checkconf` on a candidate file. It parses the file as the engine does and sets up zones, access lists
 * and local data; what it does not look at (whether a running engine can take the change) only `fast_reload` tells.
 */
import { execFile } from 'node:child_process';
import type { CheckOutcome } from '../engine.js';

/** Milliseconds; a file with 256 zones takes about 10. */
const CHECK_TIMEOUT_MS = 4000;

/** Judges the file at `path`. Throws if the checker cannot be run or does not end in time. */
export function checkFile(checker: string, path: string, signal: AbortSignal): Promise<CheckOutcome> {
  return new Promise((resolve, reject) => {
    execFile(
      checker,
      [path],
      { signal, timeout: CHECK_TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 20 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ ok: true });
        else if (typeof error.code === 'number')
          resolve({ ok: false, messages: readable(`${stdout}\n${stderr}`, path) });
        else reject(new Error(`run ${checker}: ${error.message}`, { cause: error }));
      },
    );
  });
}

/** The checker's lines without times, process numbers and our file name, at most ten. */
export function readable(output: string, path: string): string[] {
  const lines = output
    .split('\n')
    .map((line) =>
      line
        .replace(/^\[\d+\] unbound-checkconf\[\d+:\d+\] /, '')
        .replaceAll(path, 'unbound.conf')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('unbound-checkconf: no errors'));
  return lines.length === 0 ? ['the checker refused the configuration and did not say why'] : lines.slice(0, 10);
}
