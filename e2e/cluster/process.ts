/** Long-running programs of the test cluster: started with a log file, ended by their process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface StartedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Whether it still runs. */
  alive(): boolean;
  /** Ends it (SIGTERM, after `graceMs` SIGKILL) and waits until it is gone. */
  stop(graceMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program whose output goes to its log file. @throws Error when it cannot be started. */
export function startProcess(options: StartOptions): StartedProcess {
  const [command = '', ...args] = options.argv;
  const log = openSync(options.logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...options.env } });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  if (child.pid === undefined) throw new Error(`starting ${options.name}: ${command} cannot be run`);
  return {
    name: options.name,
    pid: child.pid,
    logFile: options.logFile,
    alive: () => isRunning(child),
    kill: (signal) => void child.kill(signal),
    async stop(graceMs = 5000) {
      if (isRunning(child)) {
        child.kill('SIGTERM');
        const hard = setTimeout(() => child.kill('SIGKILL'), graceMs);
        await exited;
        clearTimeout(hard);
      }
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** The last lines of a log file, for an error message. */
export function logTail(file: string, lines = 15): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
