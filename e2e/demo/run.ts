/** Runs a program to its end; its output is returned, or told line by line while it runs. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Is told each line of standard output and standard error. */
  readonly onLine?: (line: string) => void;
  readonly timeoutSeconds?: number;
}

/**
 * Runs `argv` and returns what it wrote to standard output.
 * @throws Error with the command and its standard error when it does not exit 0 or outlives `timeoutSeconds` (600).
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error('running a program: its name is missing');
  const { input = '', onLine, timeoutSeconds = 600 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', timeout: timeoutSeconds * 1000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    if (onLine) {
      for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
    }
    child.on('error', (error) => reject(new Error(`running ${argv.join(' ')}: ${error.message}`, { cause: error })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(new Error(`running ${argv.join(' ')}: ended with ${code ?? signal ?? 'no code'}\n${stderr || stdout}`));
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
