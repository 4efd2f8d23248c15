/**
 * Keeps a store equal to what the API server has: lists once, then follows the watch, and starts over wherever that may
 * have missed something. It never ends by itself and never throws; whatever happens, it goes on trying.
 *
 * What heals what: a closed, broken, silent or half-written watch is opened again where it stopped, so that the server
 * sends again what was lost on the way; an expired version (410), repeated failure or anything that we do not
 * understand leads to a new list, whose differences the store tells as events; an event that was lost without a trace
 * is found by the list that comes round every `resyncMs`.
 */
import { Backoff, jitter } from '../runtime/backoff.js';
import type { Clock, Random } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { noMetrics, type KubeMetrics, type WatchRestartReason } from '../runtime/metrics.js';
import type { KubeClient, Page, Selection, WatchLine } from './client.js';
import { errorOfStatus, hasCode, KubeError, toKubeError } from './errors.js';
import { withAppliedFieldsOnly } from './field-set.js';
import { isRecord, objectKey, type KubeObject } from './object.js';
import type { Resource } from './resource.js';
import { isOlder, Versions } from './resource-version.js';
import { IndexedStore, type Indexer, type InvalidObject, type Store } from './store.js';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'listPage' | 'watch'>;
  readonly resource: Resource<T>;
  /** Applied to list and watch alike; all objects unless told otherwise. */
  readonly selection?: Selection | undefined;
  readonly indexes?: Readonly<Record<string, Indexer<T>>> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: KubeMetrics | undefined;
  /** Milliseconds after which everything is listed again, plus up to a fifth. */
  readonly resyncMs?: number | undefined;
  /** Milliseconds of silence after which a watch is opened again. */
  readonly inactivityMs?: number | undefined;
  /** Delays after failures. */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number } | undefined;
}

const pageSize = 500;
const defaultResyncMs = 30 * 60_000;
/** The server sends a bookmark about once a minute; two may be lost. */
const defaultInactivityMs = 150_000;
/**
 * client-go's numbers, but for its cap of 30 s, which spares an API server thousands of clients. We have eight watches,
 * and after an outage nothing goes on before the last of them is back.
 */
const defaultBackoff = { baseMs: 800, capMs: 10_000 };
const backoffResetMs = 120_000;
/** A watch that ends sooner, with nothing said, counts as a failure: else we would ask in a busy loop. */
const shortWatchMs = 1000;
/** So often a watch may fail in a row before we doubt the version that we ask for. */
const failuresBeforeRelist = 5;

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #metrics: KubeMetrics;
  readonly #logger: Logger;
  readonly #store: IndexedStore<T>;
  readonly #backoff: Backoff;
  readonly #versions = new Versions();
  /** Where the next watch starts; undefined when everything has to be listed first. */
  #position: string | undefined;
  #failures = 0;
  #resyncDueMs = 0;

  constructor(options: ReflectorOptions<T>) {
    const { clock, random, resource, indexes } = options;
    this.#options = options;
    this.#metrics = options.metrics ?? noMetrics;
    this.#logger = options.logger.child({ resource: resource.plural });
    this.#backoff = new Backoff({ ...(options.backoff ?? defaultBackoff), resetMs: backoffResetMs, clock, random });
    const onListenerError = (err: unknown) => this.#logger.error('Listener of a store threw', { err });
    this.#store = new IndexedStore({ indexes, onListenerError });
  }

  get store(): Store<T> {
    return this.#store;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#position ??= await this.#relist(signal);
        await this.#watch(this.#position, signal);
      } catch (error) {
        if (isAborted(signal)) return;
        await this.#recover(toKubeError(error, `following ${this.#options.resource.plural}`), signal);
      }
    }
  }

  /** Decides where to go on after a failure, and waits. */
  async #recover(error: KubeError, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    const expired = error.code === 'Gone';
    const transient = hasCode(error, 'Unavailable', 'Throttled', 'Timeout');
    if (expired || !transient || this.#failures >= failuresBeforeRelist) this.#position = undefined;
    this.#metrics.watchRestarted(this.#options.resource.plural, expired ? 'expired' : 'error');
    // An expired version is everyday life, and listing again is its cure: only a repetition has to wait.
    if (expired && this.#failures === 1) return;
    const waitMs = this.#backoff.nextMs(error.retryAfterSeconds);
    this.#logger.warn('Following a resource failed', { err: error, waitMs, relist: this.#position === undefined });
    await this.#options.clock.sleep(waitMs, signal).catch(() => undefined);
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { clock, random, resource, resyncMs = defaultResyncMs } = this.#options;
    const { items, resourceVersion } = await this.#listAll(signal);
    const objects: T[] = [];
    const invalid: InvalidObject[] = [];
    for (const item of items) {
      const found = this.#read(item);
      if (found && 'object' in found) objects.push(found.object);
      else if (found) invalid.push(found.invalid);
    }
    this.#versions.clear();
    this.#store.replace(objects, invalid);
    this.#heard();
    this.#metrics.storeSize(resource.plural, this.#store.size);
    this.#resyncDueMs = clock.now() + jitter(resyncMs, 0.2, random);
    return resourceVersion;
  }

  async #listAll(signal: AbortSignal): Promise<Pick<Page, 'items' | 'resourceVersion'>> {
    const { client, resource, selection } = this.#options;
    const items: unknown[] = [];
    let continueToken: string | undefined;
    for (;;) {
      let page: Page;
      try {
        page = await client.listPage(resource, { ...selection, signal, limit: pageSize, continueToken });
      } catch (error) {
        if (continueToken === undefined || !hasCode(error, 'Gone')) throw error;
        // The list changed too fast to be read in pages: take it whole.
        return client.listPage(resource, { ...selection, signal });
      }
      items.push(...page.items);
      if (page.continueToken === undefined) return { items, resourceVersion: page.resourceVersion };
      continueToken = page.continueToken;
    }
  }

  /** Follows one watch to its end, whichever that is. Throws a KubeError when it ends badly. */
  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { client, clock, random, resource, selection } = this.#options;
    const startMs = clock.now();
    const guard = this.#guard(signal);
    let lines = 0;
    try {
      const timeoutSeconds = 300 + Math.floor(300 * random());
      const options = { ...selection, resourceVersion: from, timeoutSeconds, signal: guard.signal };
      for await (const line of client.watch(resource, options)) {
        guard.touch();
        this.#take(line);
        this.#failures = 0;
        lines += 1;
      }
    } catch (error) {
      const reason = guard.reason();
      if (reason === undefined || signal.aborted) throw error;
      if (reason === 'resync') this.#position = undefined;
      this.#restarted(reason);
      return;
    } finally {
      guard.release();
    }
    if (lines === 0 && clock.now() - startMs < shortWatchMs) {
      throw new KubeError('Unavailable', `watching ${resource.plural}: closed at once`);
    }
    this.#restarted('closed');
  }

  /** Ends a watch that is silent for too long, or when it is time for a new list. */
  #guard(signal: AbortSignal) {
    const { clock, inactivityMs = defaultInactivityMs } = this.#options;
    const controller = new AbortController();
    let reason: WatchRestartReason | undefined;
    let touchedMs = clock.now();
    const end = (why: WatchRestartReason) => {
      reason = why;
      controller.abort(new KubeError('Aborted', `watching ${this.#options.resource.plural}: ${why}`));
    };
    // One timer that looks at the time, and not one a line: a busy watch has thousands of lines a second.
    const checkSilence = () => {
      const leftMs = touchedMs + inactivityMs - clock.now();
      if (leftMs <= 0) end('inactive');
      else silence = clock.setTimer(leftMs, checkSilence);
    };
    let silence = clock.setTimer(inactivityMs, checkSilence);
    const resync = clock.setTimer(this.#resyncDueMs - clock.now(), () => end('resync'));
    const onAbort = () => controller.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return {
      signal: controller.signal,
      reason: () => reason,
      touch: () => (touchedMs = clock.now()),
      release: () => {
        silence.cancel();
        resync.cancel();
        signal.removeEventListener('abort', onAbort);
      },
    };
  }

  #take(line: WatchLine): void {
    const doing = `watching ${this.#options.resource.plural}`;
    switch (line.type) {
      case 'malformed':
        throw new KubeError('Unavailable', `${doing}: ${line.reason}`);
      case 'ERROR':
        throw errorOfStatus(line.object, doing);
      case 'BOOKMARK':
        this.#moveTo(versionOf(line.object));
        break;
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        this.#takeEvent(line.type, line.object);
        break;
    }
    this.#heard();
  }

  #takeEvent(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: unknown): void {
    const found = this.#read(raw);
    const version = versionOf(raw);
    if (!found || version === undefined) return;
    this.#moveTo(version);
    const key =
      'object' in found ? objectKey(found.object.metadata.namespace, found.object.metadata.name) : found.invalid.key;
    const known = this.#store.get(key)?.metadata.resourceVersion ?? this.#store.invalid(key)?.resourceVersion;
    if (!this.#versions.accept(key, { version, known, isDeletion: type === 'DELETED' })) return;
    if (type === 'DELETED') this.#store.remove(key, 'object' in found ? found.object : undefined);
    else if ('object' in found) this.#store.put(found.object);
    else this.#store.putInvalid(found.invalid);
    this.#metrics.storeSize(this.#options.resource.plural, this.#store.size);
  }

  /** Parses an object; undefined for what is none, which the next list has to sort out. */
  #read(raw: unknown): { readonly object: T } | { readonly invalid: InvalidObject } | undefined {
    const metadata = isRecord(raw) ? raw['metadata'] : undefined;
    const { name, namespace, uid, resourceVersion } = isRecord(metadata) ? metadata : {};
    if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') {
      this.#logger.warn('Left out something that is no object');
      return undefined;
    }
    try {
      return { object: this.#options.resource.parse(withAppliedFieldsOnly(raw)) };
    } catch (error) {
      const key = objectKey(typeof namespace === 'string' ? namespace : undefined, name);
      const message = error instanceof Error ? error.message : String(error);
      this.#logger.warn('An object cannot be read', { key, reason: message });
      return { invalid: { key, uid, resourceVersion, message } };
    }
  }

  #moveTo(version: string | undefined): void {
    if (version !== undefined && !(this.#position !== undefined && isOlder(version, this.#position))) {
      this.#position = version;
    }
  }

  #restarted(reason: WatchRestartReason): void {
    this.#metrics.watchRestarted(this.#options.resource.plural, reason);
  }

  #heard(): void {
    const nowMs = this.#options.clock.now();
    this.#store.markHeard(nowMs);
    this.#metrics.storeEvent(this.#options.resource.plural, nowMs);
  }
}

/** What can be waited for. */
export interface Synced {
  hasSynced(): boolean;
}

export interface WaitForSyncOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Resolves to true once all of `stores` hold a complete list, to false at the deadline; rejects when aborted. */
export async function waitForSync(stores: readonly Synced[], options: WaitForSyncOptions): Promise<boolean> {
  const { clock, signal, timeoutMs } = options;
  const untilMs = clock.now() + timeoutMs;
  while (!stores.every((store) => store.hasSynced())) {
    if (clock.now() >= untilMs) return false;
    await clock.sleep(50, signal);
  }
  return true;
}

function versionOf(raw: unknown): string | undefined {
  const metadata = isRecord(raw) ? raw['metadata'] : undefined;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : undefined;
}

/** As a function, since TypeScript believes that a signal cannot abort during an await. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;
