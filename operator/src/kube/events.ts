/**
 * Records events (events.k8s.io/v1) for people who ask `kubectl describe`. Events are best effort: recording one neither
 * waits nor fails. A repetition counts up one event instead of making many.
 */
import { Backoff } from '../runtime/backoff.js';
import type { Clock, Random, Timer } from '../runtime/clock.js';
import { withDeadline } from '../runtime/deadline.js';
import type { Logger } from '../runtime/logger.js';
import type { KubeClient } from './client.js';
import { hasCode, toKubeError } from './errors.js';
import { objectKey, type KubeObject } from './object.js';
import { apiVersionOf, events, type Resource } from './resource.js';
import { formatMicroTime } from './times.js';

/** The object that an event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
}

/** Refers to `object`; its own apiVersion and kind are not asked, since items of a list lack them. */
export function referenceTo(resource: Resource<KubeObject>, { metadata }: KubeObject): ObjectReference {
  const { namespace, name, uid } = metadata;
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, namespace, name, uid };
}

export interface EventInput {
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference | undefined;
  readonly type: 'Normal' | 'Warning';
  /** One CamelCase word for why. */
  readonly reason: string;
  /** One CamelCase word for what was done or tried. */
  readonly action: string;
  /** For a person; cut at 1024 characters. */
  readonly note: string;
  /** Tells events of one object and reason apart; repetitions with the same key and note are counted in one event. */
  readonly key?: string | undefined;
}

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A qualified name, `dnsfleet.dev/pool-controller`; also the field manager. */
  readonly controller: string;
  /** The name of our pod. */
  readonly instance: string;
}

/** What happens to the same object for the same reason within this time is one event. */
const seriesMs = 15 * 60_000;
/** A series is written at most this often, however fast it grows. */
const seriesWriteMs = 60_000;
/** Series that are remembered; beyond it the oldest is forgotten, and its next repetition is a new event. */
const rememberedSeries = 2000;
/** Events that wait to be written; beyond it new ones are dropped and counted. */
const longestQueue = 500;
const attempts = 3;
const longestNote = 1024;

interface Series {
  readonly input: EventInput;
  readonly startMs: number;
  count: number;
  lastMs: number;
  /** Name of the event once it was created. */
  name: string | undefined;
  writtenCount: number;
  writtenMs: number;
  isQueued: boolean;
  /** Runs until the series may be written again. */
  timer: Timer | undefined;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #queue: Series[] = [];
  readonly #backoff: Backoff;
  #dropped = 0;
  #wake: () => void = () => undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    const { clock, random } = options;
    this.#backoff = new Backoff({ clock, random, baseMs: 500, capMs: 10_000, resetMs: 60_000 });
  }

  /** Takes the event in. Never waits, never throws. */
  record(input: EventInput): void {
    const nowMs = this.#options.clock.now();
    const { regarding, type, reason, note, key = '' } = input;
    // With the note: counting another one up would show people the numbers of the first for a quarter of an hour.
    const id = JSON.stringify([regarding.uid, type, reason, key, note]);
    const known = this.#series.get(id);
    if (known && nowMs - known.lastMs < seriesMs) {
      known.count += 1;
      known.lastMs = nowMs;
      this.#enqueueWhenDue(known, nowMs);
      return;
    }
    const series: Series = {
      input,
      startMs: nowMs,
      count: 1,
      lastMs: nowMs,
      name: undefined,
      writtenCount: 0,
      writtenMs: 0,
      isQueued: false,
      timer: undefined,
    };
    this.#series.delete(id);
    this.#series.set(id, series);
    const oldest = this.#series.keys().next();
    if (this.#series.size > rememberedSeries && oldest.done !== true) this.#series.delete(oldest.value);
    this.#enqueue(series);
  }

  /** Writes what was recorded until `signal` aborts; what waits then is left to `flush`. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const series = this.#queue.shift();
      if (series) await this.#write(series, signal);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Writes all that waits, series not yet counted up too, within `timeoutMs`. Never throws. */
  async flush(timeoutMs: number): Promise<void> {
    const { clock, logger } = this.#options;
    for (const series of this.#series.values()) {
      series.timer?.cancel();
      series.timer = undefined;
      if (!series.isQueued && series.count > series.writtenCount) this.#enqueue(series);
    }
    try {
      await withDeadline({ clock, timeoutMs, doing: 'flushing events' }, async (signal) => {
        for (let series = this.#queue.shift(); series; series = this.#queue.shift()) await this.#write(series, signal);
      });
    } catch (err) {
      logger.warn('Events were lost at shutdown', { err, events: this.#queue.length });
    }
  }

  #enqueueWhenDue(series: Series, nowMs: number): void {
    if (series.isQueued || series.timer) return;
    const waitMs = series.writtenMs + seriesWriteMs - nowMs;
    if (waitMs <= 0) {
      this.#enqueue(series);
      return;
    }
    series.timer = this.#options.clock.setTimer(waitMs, () => {
      series.timer = undefined;
      if (series.count > series.writtenCount) this.#enqueue(series);
    });
  }

  #enqueue(series: Series): void {
    if (this.#queue.length >= longestQueue) {
      this.#dropped += 1;
      // One line for the first and then each hundredth: a flood of events must not become a flood of lines.
      if (this.#dropped % 100 === 1) this.#options.logger.warn('Dropped events', { events: this.#dropped });
      return;
    }
    series.isQueued = true;
    this.#queue.push(series);
    this.#wake();
  }

  /** Tries a few times, then gives the event up. */
  async #write(series: Series, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    series.isQueued = false;
    for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt++) {
      try {
        await this.#send(series, signal);
        return;
      } catch (error) {
        const err = toKubeError(error, 'writing an event');
        if (err.code === 'NotFound' && series.name !== undefined) {
          // Events live for an hour: the one that we count up is gone.
          series.name = undefined;
        } else if (attempt === attempts || !hasCode(err, 'Unavailable', 'Throttled', 'Timeout')) {
          logger.debug('An event was lost', { reason: series.input.reason, err });
          return;
        }
        await clock.sleep(this.#backoff.nextMs(err.retryAfterSeconds), signal).catch(() => undefined);
      }
    }
  }

  async #send(series: Series, signal: AbortSignal): Promise<void> {
    const { client, clock, controller: manager } = this.#options;
    const { count, lastMs, name, input } = series;
    // The API server takes a series from two on.
    const counted = count > 1 ? { count, lastObservedTime: formatMicroTime(lastMs) } : undefined;
    const namespace = input.regarding.namespace ?? 'default';
    if (name !== undefined) {
      const change = { key: objectKey(namespace, name), patch: { series: counted } };
      await client.patch(events, change, { manager, signal });
    } else {
      const fresh = this.#nameFor(input);
      const { controller: reportingController, instance: reportingInstance } = this.#options;
      const { regarding, related, type, reason, action, note } = input;
      const event = {
        metadata: { namespace, name: fresh },
        eventTime: formatMicroTime(series.startMs),
        reportingController,
        reportingInstance,
        regarding,
        related,
        type,
        reason,
        action,
        note: note.slice(0, longestNote),
        series: counted,
      };
      await client.create(events, event, { manager, signal });
      series.name = fresh;
    }
    series.writtenCount = count;
    series.writtenMs = clock.now();
  }

  /** Unique, and begins with the object's name, as those that client-go makes. */
  #nameFor({ regarding }: EventInput): string {
    const { clock, random } = this.#options;
    const suffix = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return `${regarding.name.slice(0, 200)}.${clock.now().toString(16)}${suffix}`;
  }
}
