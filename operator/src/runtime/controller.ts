/**
 * Runs a reconcile function over the keys of a queue: workers, deadlines, and what becomes of failures. What the function
 * does is its own business; whatever it throws ends with its key.
 */
import { setMaxListeners } from 'node:events';
import { hasCode, toKubeError, type KubeError } from '../kube/errors.js';
import type { Store, StoreEvent } from '../kube/store.js';
import type { Clock, Random } from './clock.js';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';
import { noMetrics, type KubeMetrics, type ReconcileOutcome } from './metrics.js';
import { WorkQueue } from './workqueue.js';

export interface ReconcileResult {
  /** Look at the key again after this time, even if nothing changes. */
  readonly requeueAfterSeconds?: number | undefined;
}

export interface ControllerOptions {
  /** Lower-case; the label `controller` of metrics and logs. */
  readonly name: string;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  /** Brings one object where it should be. Reads the present state; must end soon after `signal` aborts. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined>;
  /** No key is worked on before all of them have synced. */
  readonly caches: readonly { hasSynced(): boolean }[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: KubeMetrics | undefined;
  /** Milliseconds after which a reconcile is aborted. */
  readonly reconcileTimeoutMs?: number | undefined;
  /** Milliseconds that a reconcile has to finish after the controller was told to stop. */
  readonly drainMs?: number | undefined;
}

const defaultReconcileTimeoutMs = 60_000;
/** With the last events, below the 5 s between losing a lease and the time at which somebody else may lead. */
const defaultDrainMs = 3000;
const syncPollMs = 50;
const syncWarningMs = 60_000;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #metrics: KubeMetrics;
  readonly #logger: Logger;
  readonly #queue: WorkQueue;

  constructor(options: ControllerOptions) {
    const { name, clock, random, metrics = noMetrics } = options;
    this.#options = options;
    this.#metrics = metrics;
    this.#logger = options.logger.child({ controller: name });
    this.#queue = new WorkQueue({ name, clock, random, metrics });
  }

  enqueue(key: string): void {
    this.#queue.add(key);
  }

  enqueueAfter(key: string, seconds: number): void {
    this.#queue.addAfter(key, seconds * 1000);
  }

  /** Enqueues, for each change of `store`, the keys that `keysOf` makes of it. Returns how to stop. */
  follow<T>(store: Pick<Store<T>, 'onChange'>, keysOf: (event: StoreEvent<T>) => Iterable<string>): () => void {
    return store.onChange((event) => {
      for (const key of keysOf(event)) this.enqueue(key);
    });
  }

  /**
   * Works until `signal` aborts. Then takes no more keys, lets what is in flight finish for `drainMs`, aborts the rest
   * and returns once nothing is in flight. A controller runs once.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, concurrency, drainMs = defaultDrainMs } = this.#options;
    if (!(await this.#waitForCaches(signal))) {
      this.#queue.close();
      return;
    }
    const inFlight = new AbortController();
    // Each worker listens to it; Node.js takes more than ten listeners for a leak.
    setMaxListeners(0, inFlight.signal);
    let grace: { cancel(): void } | undefined;
    const onStop = () => {
      this.#queue.close();
      grace = clock.setTimer(drainMs, () => inFlight.abort(signal.reason));
    };
    if (signal.aborted) onStop();
    else signal.addEventListener('abort', onStop, { once: true });
    this.#logger.info('Started the controller', { concurrency });
    await Promise.all(Array.from({ length: concurrency }, () => this.#work(inFlight.signal)));
    grace?.cancel();
  }

  async #waitForCaches(signal: AbortSignal): Promise<boolean> {
    const { clock, caches } = this.#options;
    let warnAtMs = clock.monotonic() + syncWarningMs;
    while (!caches.every((cache) => cache.hasSynced())) {
      if (clock.monotonic() >= warnAtMs) {
        this.#logger.warn('Still waiting for the caches');
        warnAtMs += syncWarningMs;
      }
      try {
        await clock.sleep(syncPollMs, signal);
      } catch {
        return false;
      }
    }
    return !signal.aborted;
  }

  async #work(inFlight: AbortSignal): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      await this.#reconcile(key, inFlight);
    }
  }

  async #reconcile(key: string, inFlight: AbortSignal): Promise<void> {
    const { name, clock, reconcileTimeoutMs: timeoutMs = defaultReconcileTimeoutMs } = this.#options;
    const startMs = clock.monotonic();
    const deadline = { clock, timeoutMs, signal: inFlight, doing: `reconciling ${key}` };
    let running: Promise<unknown> = Promise.resolve();
    let outcome: ReconcileOutcome;
    try {
      const result = await withDeadline(deadline, (signal) => {
        const work = this.#call(key, signal);
        running = work.catch(() => undefined);
        return work;
      });
      this.#queue.forget(key);
      const seconds = result?.requeueAfterSeconds;
      if (seconds !== undefined) this.enqueueAfter(key, seconds);
      outcome = seconds === undefined ? 'success' : 'requeue';
    } catch (error) {
      outcome = this.#fail(key, toKubeError(error, `reconciling ${key}`), inFlight);
    }
    // A function that does not heed its signal keeps its key, so that nobody else gets it, but not the worker.
    void running.then(() => this.#queue.done(key));
    if (outcome !== 'error') await running;
    this.#metrics.reconciled(name, outcome, (clock.monotonic() - startMs) / 1000);
  }

  /** As an async function, so that a plain throw becomes a rejection like any other. */
  async #call(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    return this.#options.reconcile(key, signal);
  }

  #fail(key: string, error: KubeError, inFlight: AbortSignal): ReconcileOutcome {
    if (inFlight.aborted) return 'aborted';
    const waitMs = this.#queue.retry(key, error.retryAfterSeconds);
    // What was deleted while we worked on it is a lost race too.
    if (hasCode(error, 'Conflict', 'NotFound')) {
      this.#logger.debug('Lost a race, trying again', { key, err: error, waitMs });
      return 'conflict';
    }
    const transient = hasCode(error, 'Unavailable', 'Throttled', 'Timeout', 'Aborted');
    this.#logger[transient ? 'warn' : 'error']('Reconcile failed', { key, err: error, waitMs });
    return 'error';
  }
}
