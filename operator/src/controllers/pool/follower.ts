/**
 * Follows the agent of one server: one long poll after the other, until it is stopped. It keeps what is known of the
 * server, also while the agent is silent: an agent that is away for a moment has not lost its configuration.
 */
import type { AgentReport, RefusedByServer } from '../../planning/servers.js';
import {
  freshnessOf,
  freshRate,
  loadOfServer,
  type LoadTrack,
  newTrack,
  takeLoad,
  waitSecondsOf,
} from '../../planning/load-track.js';
import type { ServerLoad } from '../../planning/server-load.js';
import { exponentialMs, jitter } from '../../runtime/backoff.js';
import type { Clock, Random } from '../../runtime/clock.js';
import type { ConfigStatus } from '../../../../resolver-image/agent/src/contract/config-status.js';
import type { Load } from '../../../../resolver-image/agent/src/contract/load.js';
import type { AskLoad } from './load-poll.js';

/** How an agent is asked. Both throw AgentError when there is no answer, or the signal's reason. */
export interface AgentQuestions {
  readonly load: AskLoad;
  readonly config: (ip: string, signal: AbortSignal) => Promise<ConfigStatus>;
}

export interface FollowerOptions {
  readonly ip: string;
  readonly questions: AgentQuestions;
  readonly clock: Clock;
  readonly random: Random;
  /** Called after each answer, and each time that there is none. */
  readonly onOutcome: (follower: Follower) => void;
}

/** A question that is to be answered at once is, within this, or not at all. */
const questionTimeoutMs = 1000;
/** How long the answer to a long poll may take after its wait. */
const pollTimeoutMs = 2000;
/** An agent that does not answer is asked ever less often. */
const backoff = { baseMs: 1000, capMs: 30_000 };
/** Waits vary by so much, so that a thousand agents do not answer in the same moment. */
const spread = 0.2;
/** From this on a wait is long enough to be varied. */
const longWaitSeconds = 20;
/** An agent that answers at once, and always something else, is asked no more often. */
const leastPollMs = 200;

/** A promise that others wait for. */
interface Asked {
  readonly answered: Promise<void>;
  readonly end: () => void;
}

export class Follower {
  readonly ip: string;
  /** Whether the kubelet took the server for ready at the last look. */
  isReady = false;
  readonly #options: FollowerOptions;
  #track: LoadTrack;
  #load: Load | undefined;
  #refused: RefusedByServer | undefined;
  #isReachable = false;
  #answeredMs: number;
  #failures = 0;
  #hasEnded = false;
  /** The hash of the published configuration: of a server that runs another one, the refusal is of interest. */
  #hash: string | undefined;
  /** Ends what is waited for: an answer, or the next attempt. */
  #cut = new AbortController();
  #asked: Asked | undefined = ask();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.ip = options.ip;
    this.#answeredMs = options.clock.monotonic();
    this.#track = newTrack(this.#answeredMs);
  }

  /** Follows until `stop`. Never rejects. */
  async run(): Promise<void> {
    while (!this.#hasEnded) {
      const { signal } = this.#cut;
      const pauseMs = await this.#ask(signal);
      if (signal.aborted) continue;
      this.#settle();
      this.#options.onOutcome(this);
      if (pauseMs > 0) await this.#options.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  stop(): void {
    this.#hasEnded = true;
    this.#cut.abort();
    this.#settle();
  }

  /** Asks now, whatever is under way: what is known may not be true any more. */
  askNow(): void {
    if (this.#hasEnded) return;
    this.#asked ??= ask();
    this.#cut.abort();
    this.#cut = new AbortController();
  }

  /** Resolves when the question that must be answered now has been, or has failed; at once if there is none. */
  get answered(): Promise<void> {
    return this.#asked?.answered ?? Promise.resolve();
  }

  /** Which configuration the server should have. One that has another is asked, if it is not known why. */
  expect(hash: string | undefined): void {
    const isNews = this.#hash !== hash;
    this.#hash = hash;
    if (isNews && this.#load && this.#load.config?.hash !== hash) this.askNow();
  }

  /** What is known of the agent; undefined before its first answer, or the first lack of one. */
  get report(): AgentReport | undefined {
    if (!this.#load && this.#failures === 0) return undefined;
    const refused = this.#load?.config?.hash === this.#hash ? undefined : this.#refused;
    return {
      isReachable: this.#isReachable,
      silentForMs: this.#isReachable ? 0 : this.#options.clock.monotonic() - this.#answeredMs,
      ...(this.#load && { load: this.#load }),
      ...(refused && { refused }),
    };
  }

  load(capacityQps?: number): ServerLoad {
    return loadOfServer(this.#track, this.#options.clock.monotonic(), capacityQps);
  }

  /** Queries per second if the server is fresh, else 0. */
  freshRate(capacityQps?: number): number {
    return freshRate(this.#track, this.#options.clock.monotonic(), capacityQps);
  }

  /** All that a decision could need but the rate, which moves all the time. */
  get state(): string {
    const { config, engine, drain } = this.#load ?? {};
    const freshness = freshnessOf(this.#track, this.#options.clock.monotonic());
    const told = [freshness, this.#isReachable, config?.hash, config?.revision, engine?.startId, engine?.answering];
    return [...told, drain?.phase, drain?.queriesPerSecondLeft, this.#refused?.hash, this.#refused?.timeMs].join(' ');
  }

  /** Asks once. Returns for how many milliseconds to wait before the next time. */
  async #ask(signal: AbortSignal): Promise<number> {
    const { clock, random, questions, ip } = this.#options;
    const startMs = clock.monotonic();
    const isUrgent = this.#asked !== undefined || this.#failures > 0;
    const since = this.#load?.sequence ?? 0;
    const waitSeconds = isUrgent ? 0 : this.#waitSeconds();
    try {
      const timeoutMs = isUrgent ? questionTimeoutMs : pollTimeoutMs;
      const load = await questions.load({ ip, waitSeconds, since, timeoutMs, signal });
      const isExpected = load.config?.hash === this.#hash;
      const refused = isExpected ? undefined : (await questions.config(ip, signal)).refused;
      this.#take(load, refused);
      if (isUrgent) return 0;
      const takenMs = clock.monotonic() - startMs;
      // One that cannot hold the answer back, though nothing changed, is not asked in a busy loop.
      const leastMs = load.sequence === since ? waitSeconds * 1000 : leastPollMs;
      return Math.max(0, leastMs - takenMs);
    } catch {
      if (signal.aborted) return 0;
      this.#failures += 1;
      this.#isReachable = false;
      return jitter(exponentialMs(this.#failures, backoff), spread, random);
    }
  }

  #waitSeconds(): number {
    const { clock, random } = this.#options;
    const seconds = waitSecondsOf(this.#track, clock.monotonic());
    return seconds < longWaitSeconds ? seconds : Math.round(1000 * seconds * (1 - spread * random())) / 1000;
  }

  #take(load: Load, refused: ConfigStatus['refused']): void {
    const nowMs = this.#options.clock.monotonic();
    this.#failures = 0;
    this.#isReachable = true;
    this.#answeredMs = nowMs;
    this.#load = load;
    this.#refused = refused && { hash: refused.hash, message: refused.message, timeMs: Date.parse(refused.time) };
    this.#track = takeLoad(this.#track, load, nowMs);
  }

  #settle(): void {
    this.#asked?.end();
    this.#asked = undefined;
  }
}

function ask(): Asked {
  let end: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { answered, end };
}
