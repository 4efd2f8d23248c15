/** An agent without a network, for tests with a clock that stands still: it holds long polls, and says what it is told to. */
import type { Clock } from '../src/runtime/clock.js';
import type { AgentQuestions } from '../src/controllers/pool/follower.js';
import type { ConfigStatus } from '../../resolver-image/agent/src/contract/config-status.js';
import type { Load } from '../../resolver-image/agent/src/contract/load.js';
import { agentReport } from './agent-report.js';

export class ScriptedAgent {
  readonly #clock: Clock;
  readonly #held = new Set<() => void>();
  #sequence = 1;
  #countedMs: number;
  #queries = 0;
  /** Waits of all questions for the load, in seconds. */
  readonly asked: number[] = [];
  configQuestions = 0;
  refused: ConfigStatus['refused'];
  text: string | undefined;
  phase: Load['drain']['phase'] = 'Serving';
  rate = 100;
  isAway = false;
  /** It answers every question at once. */
  holdsNothing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedMs = clock.monotonic();
  }

  /** How many questions wait for an answer. */
  get held(): number {
    return this.#held.size;
  }

  /** Changes something, and says so to whoever waits. */
  change(change: Partial<Pick<ScriptedAgent, 'text' | 'refused' | 'phase' | 'rate' | 'isAway'>>): void {
    this.#count();
    Object.assign(this, change);
    this.#sequence += 1;
    for (const answer of [...this.#held]) answer();
  }

  questions: AgentQuestions = {
    load: async ({ waitSeconds, since, signal }) => {
      this.asked.push(waitSeconds);
      const isHeld = waitSeconds > 0 && since === this.#sequence && !this.isAway && !this.holdsNothing;
      if (isHeld) await this.#hold(waitSeconds, signal);
      signal.throwIfAborted();
      if (this.isAway) throw new Error('away');
      return this.#load();
    },
    config: () => {
      this.configQuestions += 1;
      return Promise.resolve(this.refused ? { refused: this.refused } : {});
    },
  };

  #hold(seconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const answer = () => {
        this.#held.delete(answer);
        timer.cancel();
        signal.removeEventListener('abort', answer);
        resolve();
      };
      const timer = this.#clock.setTimer(seconds * 1000, answer);
      signal.addEventListener('abort', answer, { once: true });
      this.#held.add(answer);
    });
  }

  #count(): void {
    const nowMs = this.#clock.monotonic();
    this.#queries += (this.rate * (nowMs - this.#countedMs)) / 1000;
    this.#countedMs = nowMs;
  }

  #load(): Load {
    this.#count();
    const { load } = agentReport(this.text === undefined ? {} : { text: this.text });
    if (!load?.counters) throw new Error('a report without counters');
    return {
      ...load,
      sequence: this.#sequence,
      sampledAtMs: this.#clock.now(),
      queriesPerSecond: this.rate,
      counters: { ...load.counters, queries: this.#queries },
      drain: { phase: this.phase, sinceMs: 0 },
    };
  }
}
