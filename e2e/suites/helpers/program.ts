/** Runs programs: to their end, or in the background with their output read line by line. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program is killed after this; 120 s when omitted. */
  readonly timeoutMs?: number;
}

/**
 * Runs `argv` to its end and returns its standard output.
 * @throws Error with the command line and what it wrote, when it fails or takes too long.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 120_000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', (cause) => reject(new Error(`running ${argv.join(' ')}: ${cause.message}`, { cause })));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`running ${argv.join(' ')}: ${signal ?? `exit code ${String(code)}`}\n${stderr}${stdout}`));
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** A program that runs in the background. */
export interface Background {
  /** The first line that it wrote. */
  readonly firstLine: string;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  /** All lines that it wrote, once it has ended; none if they were taken as they came. @throws Error when it did not end with exit code 0 */
  readonly lines: Promise<readonly string[]>;
  /** Closes its standard input, which ends the traffic tools, and waits; after 20 s it is killed. */
  end(): Promise<void>;
  /** Ends with SIGTERM what does not read its standard input, and waits; after 20 s it is killed. */
  terminate(): Promise<void>;
}

export interface BackgroundOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line as it comes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Starts `argv` and waits for its first line of output.
 * @throws Error with what it wrote to standard error, when it ends before, or writes nothing within 20 s.
 */
export async function startInBackground(argv: readonly string[], options: BackgroundOptions = {}): Promise<Background> {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  const what = `running ${argv.join(' ')}`;
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)));
  child.stdin.on('error', () => undefined);
  const written: string[] = [];
  const output = createInterface({ input: child.stdout });
  if (options.onLine) output.on('line', options.onLine);
  else output.on('line', (line) => written.push(line));
  const lines = new Promise<readonly string[]>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${what}: ${cause.message}`, { cause })));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(written);
      else reject(new Error(`${what}: ${signal ?? `exit code ${String(code)}`}\n${stderr}`));
    });
  });
  // Whoever wants the lines handles the failure; nobody has to.
  lines.catch(() => undefined);
  const ended = lines.then(() => undefined).catch(() => undefined);
  const firstLine = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${what}: wrote nothing within 20 s\n${stderr}`));
    }, 20_000);
    output.once('line', (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    lines.catch((error: unknown) => {
      clearTimeout(timer);
      reject(error instanceof Error ? error : new Error(what));
    });
  });
  const goneIn20Seconds = async (): Promise<void> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  };
  return {
    firstLine,
    lines,
    tell: (line) => void child.stdin.write(`${line}\n`),
    end() {
      child.stdin.end();
      return goneIn20Seconds();
    },
    terminate() {
      child.kill('SIGTERM');
      return goneIn20Seconds();
    },
  };
}
