/**
 * Keeps the agent running: starts it again within a second after it ended, and kills it when it has been silent for
 * too long. A crash loop is slowed down, because each start costs a good part of a second of processor time that
 * belongs to the engine. Nothing here touches readiness.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Clock, Timer } from '../../../../operator/src/runtime/clock.js';
import type { Logger } from '../platform/log.js';
import type { FromSupervisor } from './messages.js';

/** Milliseconds before the first restart. */
export const FIRST_RESTART_MS = 200;
/** The longest pause between restarts. */
export const LONGEST_RESTART_MS = 10_000;
/** An agent that ran for so long has earned a quick restart. */
export const STEADY_MS = 60_000;
/** Milliseconds from SIGTERM to SIGKILL; the agent needs 200. */
const STOP_GRACE_MS = 2000;
/** The agent sends a sign of life each 5 s; after so many milliseconds without one it hangs. */
const SILENCE_MS = 20_000;

/** Milliseconds to wait before restart number `failures` in a row (from 1): 0.2, 0.8, 3.2, then 10 s. */
export const restartDelayMs = (failures: number): number =>
  Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 4 ** (failures - 1));

export interface AgentProcessOptions {
  /** The program. */
  readonly path: string;
  readonly execArgv: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the agent is told, less what is known here. */
export type SupervisorNews = Omit<FromSupervisor, 'agentRestarts'>;

export interface AgentStatus {
  readonly running: boolean;
  readonly restarts: number;
  readonly lastExit: string;
}

export class AgentProcess {
  readonly #options: AgentProcessOptions;
  #child: ChildProcess | undefined;
  #last: SupervisorNews | undefined;
  #failures = 0;
  #restarts = 0;
  #lastExit = '';
  #startedMs = 0;
  #silence: Timer | undefined;
  #pending: Timer | undefined;
  #stopped = false;

  constructor(options: AgentProcessOptions) {
    this.#options = options;
  }

  get status(): AgentStatus {
    return { running: this.#child !== undefined, restarts: this.#restarts, lastExit: this.#lastExit };
  }

  start(): void {
    const { path, execArgv, clock, log } = this.#options;
    const child = fork(path, [], { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    this.#startedMs = clock.monotonic();
    let ended = false;
    const end = (why: string) => {
      if (ended) return;
      ended = true;
      this.#ended(why);
    };
    child.on('message', () => this.#heard());
    // A message to a process that is just ending fails here and not in send().
    child.on('error', (error) => {
      log.warn('agent process', { error: error.message });
      if (child.pid === undefined) end(`could not be started: ${error.message}`);
    });
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`));
    this.#heard();
    if (this.#last) this.send(this.#last);
  }

  /** Tells the agent, and tells it again after each of its restarts, with the number of them. */
  send(news: SupervisorNews): void {
    this.#last = news;
    const message: FromSupervisor = { ...news, agentRestarts: this.#restarts };
    if (this.#child?.connected) this.#child.send(message);
  }

  /** Ends the agent for good. */
  stop(): void {
    this.#stopped = true;
    this.#silence?.cancel();
    this.#pending?.cancel();
    const child = this.#child;
    child?.kill('SIGTERM');
    // Its container ends with the supervisor, which ends with its last child: an agent that hangs would hold up the pod.
    this.#options.clock.setTimer(STOP_GRACE_MS, () => child?.kill('SIGKILL'));
  }

  #heard(): void {
    this.#silence?.cancel();
    this.#silence = this.#options.clock.setTimer(SILENCE_MS, () => {
      this.#options.log.error('agent hangs; killing it', { silentMs: SILENCE_MS });
      this.#child?.kill('SIGKILL');
    });
  }

  #ended(why: string): void {
    const { clock, log } = this.#options;
    this.#child = undefined;
    this.#silence?.cancel();
    if (this.#stopped) return;
    const ranMs = Math.round(clock.monotonic() - this.#startedMs);
    this.#failures = ranMs >= STEADY_MS ? 1 : this.#failures + 1;
    this.#lastExit = why;
    const delayMs = restartDelayMs(this.#failures);
    log.error('agent ended', { why, ranMs, restartInMs: delayMs });
    this.#pending = clock.setTimer(delayMs, () => {
      this.#restarts += 1;
      this.start();
    });
  }
}
