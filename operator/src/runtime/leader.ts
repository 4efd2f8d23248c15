/**
 * Leader election: who leads, for how long, and what happens when the lease is lost. How a lease is taken and judged is
 * in lease-lock.ts.
 */
import type { KubeClient } from '../kube/client.js';
import { toKubeError } from '../kube/errors.js';
import { jitter } from './backoff.js';
import type { Clock, Random, Timer } from './clock.js';
import { withDeadline } from './deadline.js';
import { LeaseLock } from './lease-lock.js';
import type { Logger } from './logger.js';
import { noMetrics, type KubeMetrics } from './metrics.js';

export interface LeaderElectorOptions {
  /** A client of its own: the limiter of the controllers' client must not hold up a renewal. */
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  /** `namespace/name` of the Lease. */
  readonly key: string;
  /** Unique to this process: the name of our pod and something random. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: KubeMetrics | undefined;
  /** 15/10/2 s, client-go's numbers, unless told otherwise. */
  readonly timing?: LeaseTiming | undefined;
}

export interface LeaseTiming {
  /** Others may take the lease when it has not changed for so long. */
  readonly leaseDurationSeconds: number;
  /** A leader that could not renew for so long stops. Below `leaseDurationSeconds`. */
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
}

export interface LeadershipRun {
  /** Aborts when the process shuts down. */
  readonly signal: AbortSignal;
  /** What a leader does. Its signal aborts at shutdown and when the lease is lost; it must end soon after. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

export type LeadershipEnding = 'released' | 'lost' | 'stuck';

/** A time of leadership. Its deadline counts from before the last successful renewal was sent. */
interface Term {
  readonly lost: AbortController;
  deadline: Timer;
}

const defaultTiming: LeaseTiming = { leaseDurationSeconds: 15, renewDeadlineSeconds: 10, retryPeriodSeconds: 2 };

export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #timing: LeaseTiming;
  readonly #metrics: KubeMetrics;
  readonly #lock: LeaseLock;

  constructor(options: LeaderElectorOptions) {
    const { client, key, identity, clock, logger, timing = defaultTiming } = options;
    this.#options = options;
    this.#timing = timing;
    this.#metrics = options.metrics ?? noMetrics;
    // Half of the deadline, so that a call that hangs leaves time for another.
    const timeoutMs = (timing.renewDeadlineSeconds * 1000) / 2;
    const { leaseDurationSeconds } = timing;
    this.#lock = new LeaseLock({ client, key, identity, leaseDurationSeconds, timeoutMs, clock, logger });
  }

  /**
   * Waits for the lease, leads, and keeps the lease until `lead` has ended. Rejects with what `lead` throws by itself.
   * Returns
   * - 'released' when the lease was given back, or was never ours;
   * - 'lost' when it was lost and `lead` has ended since: nothing of ours is under way, and we may stand again;
   * - 'stuck' when it was lost and `lead` did not end before somebody else may lead: then the process has to end.
   */
  async run(run: LeadershipRun): Promise<LeadershipEnding> {
    this.#metrics.leading(false);
    try {
      const term = await this.#acquire(run.signal);
      return term ? await this.#hold(term, run) : 'released';
    } finally {
      this.#lock.forget();
      this.#metrics.leading(false);
    }
  }

  /** Waits until the lease is ours; undefined when `signal` aborts first. */
  async #acquire(signal: AbortSignal): Promise<Term | undefined> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      const lost = new AbortController();
      const deadline = this.#armDeadline(lost);
      // An answer that came after the deadline proves nothing any more.
      if ((await this.#attempt(signal)) && !lost.signal.aborted) return { lost, deadline };
      deadline.cancel();
      // Those that wait must not all ask at the same moment.
      const waitMs = jitter(this.#timing.retryPeriodSeconds * 1000, 1.2, random);
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
    return undefined;
  }

  async #hold(term: Term, { signal, lead }: LeadershipRun): Promise<LeadershipEnding> {
    const { logger, identity } = this.#options;
    logger.info('Became the leader', { identity });
    this.#metrics.leading(true);
    const renewing = new AbortController();
    const leading = AbortSignal.any([signal, term.lost.signal]);
    const lost = new Promise<'lost'>((resolve) => {
      term.lost.signal.addEventListener('abort', () => resolve('lost'), { once: true });
    });
    const renewal = this.#renew(term, renewing.signal);
    try {
      const ended = lead(leading).then(() => 'released' as const);
      const outcome = await Promise.race([ended, lost]);
      if (outcome === 'released') return outcome;
      logger.error('Lost the lease', { identity, reason: describe(term.lost.signal.reason) });
      return await this.#waitForEnd(ended);
    } finally {
      renewing.abort();
      await renewal;
      term.deadline.cancel();
      if (!term.lost.signal.aborted) await this.#release();
    }
  }

  /** Waits for work that has lost its lease. What it throws has no reader left. */
  async #waitForEnd(work: Promise<unknown>): Promise<'lost' | 'stuck'> {
    const { clock, logger } = this.#options;
    const { leaseDurationSeconds, renewDeadlineSeconds } = this.#timing;
    // The deadline counts from our last renewal, and whoever comes next from when he saw it, which was later.
    const timeoutMs = (leaseDurationSeconds - renewDeadlineSeconds) * 1000;
    try {
      const settled = work.then(
        () => undefined,
        () => undefined,
      );
      await withDeadline({ clock, timeoutMs, doing: 'ending the work of a leader' }, () => settled);
      return 'lost';
    } catch (err) {
      logger.error('Work goes on without a lease', { err });
      return 'stuck';
    }
  }

  /** Renews until `signal` aborts. Its only effect is to put off the deadline of `term`. */
  async #renew(term: Term, signal: AbortSignal): Promise<void> {
    const { clock, identity } = this.#options;
    while (!signal.aborted && !term.lost.signal.aborted) {
      await clock.sleep(this.#timing.retryPeriodSeconds * 1000, signal).catch(() => undefined);
      if (isAborted(signal)) return;
      const deadline = this.#armDeadline(term.lost);
      if (await this.#attempt(signal)) {
        term.deadline.cancel();
        term.deadline = deadline;
      } else {
        deadline.cancel();
        const { holder } = this.#lock;
        if (holder !== undefined && holder !== identity) term.lost.abort(new Error(`${holder} took the lease`));
      }
    }
  }

  #armDeadline(lost: AbortController): Timer {
    const { clock, identity } = this.#options;
    const { renewDeadlineSeconds } = this.#timing;
    const error = new Error(`${identity} could not renew its lease for ${renewDeadlineSeconds} s`);
    return clock.setTimer(renewDeadlineSeconds * 1000, () => lost.abort(error));
  }

  async #attempt(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#lock.attempt(signal);
    } catch (error) {
      if (!signal.aborted) {
        this.#options.logger.warn('Asking for the lease failed', { err: toKubeError(error, 'asking for the lease') });
      }
      return false;
    }
  }

  /** A lease that is not given back expires by itself. */
  async #release(): Promise<void> {
    try {
      await this.#lock.release(new AbortController().signal);
      this.#options.logger.info('Gave the lease back');
    } catch (error) {
      this.#options.logger.warn('Giving the lease back failed', { err: toKubeError(error, 'releasing the lease') });
    }
  }
}

/** As a function, since TypeScript believes that a signal cannot abort during an await. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const describe = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason));
