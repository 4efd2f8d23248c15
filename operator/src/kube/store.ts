/**
 * The shared, indexed copy of a resource. Controllers read it (`Store`), one reflector writes it (`IndexedStore`).
 * Objects are frozen, since all readers share them.
 */
import { deepFreeze, keyOf, controllerOf, type KubeObject } from './object.js';

/** An object that exists on the API server and cannot be parsed. */
export interface InvalidObject {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** One change of a store. */
export type StoreEvent<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'updated'; readonly key: string; readonly object: T; readonly old: T }
  /** `object` is the last state that we know, which need not be the last that there was; undefined if none could be parsed. */
  | { readonly type: 'deleted'; readonly key: string; readonly object: T | undefined }
  /** The object exists and cannot be parsed; `old` is the last state that could. */
  | { readonly type: 'invalid'; readonly key: string; readonly invalid: InvalidObject; readonly old: T | undefined };

/** Values under which `object` is found in an index. */
export type Indexer<T> = (object: T) => readonly string[];

export interface Store<T> {
  /** The object; undefined also for one that cannot be parsed, see `invalid`. */
  get(key: string): T | undefined;
  list(): readonly T[];
  /** The objects under `value`, in order of their keys. Throws a `TypeError` when there is no such index. */
  byIndex(index: string, value: string): readonly T[];
  /**
   * The marker of an object that exists and cannot be parsed. A key with a marker is present and unknown: it must
   * never be treated as deleted.
   */
  invalid(key: string): InvalidObject | undefined;
  readonly size: number;
  /** True once the store has held a complete list; it stays true. */
  hasSynced(): boolean;
  /** When the API server was last heard of (event, bookmark or list), ms since the epoch; undefined before the first. */
  lastEventMs(): number | undefined;
  /** Calls `fn` after each change. What it throws is reported, and reaches neither the stream nor other listeners. */
  onChange(fn: (event: StoreEvent<T>) => void): () => void;
}

interface StoreOptions<T> {
  readonly indexes?: Readonly<Record<string, Indexer<T>>> | undefined;
  /** Told what a listener threw. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

/** The writing side, for the reflector alone. */
export class IndexedStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #invalid = new Map<string, InvalidObject>();
  readonly #indexers: Readonly<Record<string, Indexer<T>>>;
  /** index -> value -> keys */
  readonly #index = new Map<string, Map<string, Set<string>>>();
  readonly #listeners = new Set<(event: StoreEvent<T>) => void>();
  readonly #onListenerError: (error: unknown) => void;
  #synced = false;
  #lastEventMs: number | undefined;

  constructor(options: StoreOptions<T> = {}) {
    this.#indexers = options.indexes ?? {};
    for (const name of Object.keys(this.#indexers)) this.#index.set(name, new Map());
    this.#onListenerError = options.onListenerError ?? (() => undefined);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): readonly T[] {
    const values = this.#index.get(index);
    if (!values) throw new TypeError(`the store has no index '${index}'`);
    const keys = [...(values.get(value) ?? [])].sort();
    return keys.flatMap((key) => this.#objects.get(key) ?? []);
  }

  invalid(key: string): InvalidObject | undefined {
    return this.#invalid.get(key);
  }

  get size(): number {
    return this.#objects.size;
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  lastEventMs(): number | undefined {
    return this.#lastEventMs;
  }

  /** Notes that the API server was heard of. */
  markHeard(atMs: number): void {
    this.#lastEventMs = atMs;
  }

  onChange(fn: (event: StoreEvent<T>) => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** Takes in the present state of an object; the same version again is no change. */
  put(object: T): void {
    this.#emit(this.#put(object));
  }

  /** Takes in that an object exists and cannot be parsed: it leaves the lists, and a marker stays. */
  putInvalid(invalid: InvalidObject): void {
    this.#emit(this.#putInvalid(invalid));
  }

  /** Takes in that the object is gone. `last` is its last state where the API server sent it. */
  remove(key: string, last?: T): void {
    this.#emit(this.#remove(key, last));
  }

  /**
   * Takes in a complete list. Listeners are told of the differences once all of it is in the store, deletions first:
   * none of them sees half of a list.
   */
  replace(objects: readonly T[], invalid: readonly InvalidObject[]): void {
    const present = new Set([...objects.map(keyOf), ...invalid.map(({ key }) => key)]);
    const vanished = [...this.#objects.keys(), ...this.#invalid.keys()].filter((key) => !present.has(key));
    const events = [
      ...vanished.flatMap((key) => this.#remove(key)),
      ...objects.flatMap((object) => this.#put(object)),
      ...invalid.flatMap((marker) => this.#putInvalid(marker)),
    ];
    this.#synced = true;
    this.#emit(events);
  }

  #put(object: T): readonly StoreEvent<T>[] {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    this.#invalid.delete(key);
    const sameLife = old?.metadata.uid === object.metadata.uid;
    if (sameLife && old.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    // Another uid is another object of the same name: whoever counts on one life of an object must see the old one end.
    const ended = sameLife ? [] : this.#remove(key);
    if (sameLife) this.#unindex(key, old);
    this.#objects.set(key, deepFreeze(object));
    this.#addToIndex(key, object);
    return [...ended, sameLife ? { type: 'updated', key, object, old } : { type: 'added', key, object }];
  }

  #putInvalid(invalid: InvalidObject): readonly StoreEvent<T>[] {
    const { key } = invalid;
    const known = this.#invalid.get(key);
    if (known?.resourceVersion === invalid.resourceVersion && known.uid === invalid.uid) return [];
    const old = this.#objects.get(key);
    if (old) {
      this.#unindex(key, old);
      this.#objects.delete(key);
    }
    this.#invalid.set(key, deepFreeze(invalid));
    return [{ type: 'invalid', key, invalid, old }];
  }

  #remove(key: string, last?: T): readonly StoreEvent<T>[] {
    const old = this.#objects.get(key);
    const marker = this.#invalid.get(key);
    this.#invalid.delete(key);
    if (old) {
      this.#unindex(key, old);
      this.#objects.delete(key);
    }
    const object = last ? deepFreeze(last) : old;
    return (old ?? marker) ? [{ type: 'deleted', key, object }] : [];
  }

  #emit(events: readonly StoreEvent<T>[]): void {
    for (const event of events) {
      for (const listener of [...this.#listeners]) {
        try {
          listener(event);
        } catch (error) {
          this.#onListenerError(error);
        }
      }
    }
  }

  #addToIndex(key: string, object: T): void {
    this.#eachIndexed(object, (values, value) => {
      const keys = values.get(value);
      if (keys) keys.add(key);
      else values.set(value, new Set([key]));
    });
  }

  #unindex(key: string, object: T): void {
    this.#eachIndexed(object, (values, value) => {
      const keys = values.get(value);
      keys?.delete(key);
      if (keys?.size === 0) values.delete(value);
    });
  }

  #eachIndexed(object: T, fn: (values: Map<string, Set<string>>, value: string) => void): void {
    for (const [name, indexer] of Object.entries(this.#indexers)) {
      const values = this.#index.get(name);
      if (values) for (const value of indexer(object)) fn(values, value);
    }
  }
}

/** Indexes objects under the uid of the owner that controls them. */
export const byControllerUid: Indexer<KubeObject> = (object) => {
  const controller = controllerOf(object);
  return controller ? [controller.uid] : [];
};

/** Indexes objects under their namespace ('' for what has none). */
export const byNamespace: Indexer<KubeObject> = (object) => [object.metadata.namespace ?? ''];

/** Indexes objects under `namespace/value` of the label `label`. */
export const byLabel =
  (label: string): Indexer<KubeObject> =>
  ({ metadata }) => {
    const value = metadata.labels?.[label];
    return value === undefined ? [] : [`${metadata.namespace ?? ''}/${value}`];
  };
