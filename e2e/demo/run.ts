/** Runs a program to its end; its output is returned, or part of the error. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Where to print the program's output while it runs, instead of returning it. */
  readonly inherit?: boolean;
  readonly timeoutSeconds?: number;
}

/**
 * Runs `argv` and returns what it wrote to standard output.
 * @throws Error with the command and its standard error when it does not exit 0 or outlives `timeoutSeconds` (600).
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error('running a program: its name is missing');
  return new Promise((resolve, reject) => {
    const output = options.inherit ? 'inherit' : 'pipe';
    const child = spawn(command, args, {
      stdio: ['pipe', output, output],
      timeout: (options.timeoutSeconds ?? 600) * 1000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) => reject(new Error(`running ${argv.join(' ')}: ${error.message}`, { cause: error })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(new Error(`running ${argv.join(' ')}: ended with ${code ?? signal ?? 'no code'}\n${stderr || stdout}`));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
