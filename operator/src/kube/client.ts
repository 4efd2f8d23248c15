/**
 * What can be asked of the API server. Separate from how it is asked (http-client.ts), so that everything above is
 * written, and read, without HTTP.
 *
 * Every call takes an AbortSignal and has a deadline (`timeoutMs`, 15 s unless told otherwise), and throws nothing but
 * KubeError. Objects come back as plain JSON, frozen, and checked by `resource.parse`.
 */
import type { Intent, KubeObject } from './object.js';
import type { Resource } from './resource.js';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call ends with `Timeout`. */
  readonly timeoutMs?: number | undefined;
}

/** Which objects of a resource are meant. Both list and watch take it, so that they always mean the same objects. */
export interface Selection {
  /** All namespaces when undefined. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface PageOptions extends CallOptions, Selection {
  readonly limit?: number | undefined;
  readonly continueToken?: string | undefined;
  /** '0' lets the server answer from its cache; undefined asks for the newest. */
  readonly resourceVersion?: string | undefined;
}

/** One page of a list: items as parsed JSON, not yet checked. */
export interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  /** After which the server closes the watch. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** One line of a watch, as parsed JSON. `malformed`: a line that was no such thing, with the reason. */
export type WatchLine =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; readonly object: unknown }
  | { readonly type: 'malformed'; readonly reason: string };

export interface ApplyOptions extends CallOptions {
  readonly manager: string;
  /** Take fields over from other managers; true unless told otherwise. */
  readonly force?: boolean | undefined;
  /** The object must still be this one, else `Conflict`: not one of the same name that was made anew. */
  readonly uid?: string | undefined;
  /** `Conflict` when the object was changed since. */
  readonly resourceVersion?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Preconditions: `Conflict` when the object is another, or was changed since. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

export interface PatchOptions extends CallOptions {
  readonly manager: string;
  readonly subresource?: 'status' | 'scale' | undefined;
}

/** The `/scale` of an object. */
export interface Scale {
  readonly replicas: number;
  readonly statusReplicas: number;
  readonly selector: string;
  readonly resourceVersion: string;
}

export interface ScaleOptions extends CallOptions {
  readonly manager: string;
  /** `Conflict` when the object was changed since. */
  readonly resourceVersion?: string | undefined;
}

export interface KubeClient {
  /** The object, or undefined when there is none. */
  get<T extends KubeObject>(resource: Resource<T>, key: string, options?: CallOptions): Promise<T | undefined>;
  /** All objects of `selection`, page by page; throws `Invalid` when one cannot be parsed. */
  list<T extends KubeObject>(resource: Resource<T>, options?: CallOptions & Selection): Promise<readonly T[]>;
  /** One page, for those who cope with objects that cannot be parsed (the reflector). */
  listPage(resource: Resource<KubeObject>, options?: PageOptions): Promise<Page>;
  /**
   * Opens a watch with bookmarks and returns its lines. Ends without an error when the server closes it; throws when
   * it cannot be opened or breaks. It has no deadline of its own: whoever reads it decides how long silence may last.
   */
  watch(resource: Resource<KubeObject>, options: WatchOptions): AsyncIterable<WatchLine>;
  /** Server-side apply of the full intent of `manager`; creates the object if there is none. */
  apply<T extends KubeObject>(resource: Resource<T>, intent: Intent, options: ApplyOptions): Promise<T>;
  /** Server-side apply on `/status`; `NotFound` when there is no object. */
  applyStatus<T extends KubeObject>(resource: Resource<T>, intent: Intent, options: ApplyOptions): Promise<T>;
  /** Creates the object; `AlreadyExists` when there is one. */
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: Intent,
    options: CallOptions & { readonly manager: string },
  ): Promise<T>;
  /** Merge patch (RFC 7386). A `metadata.resourceVersion` in it makes it conditional. `NotFound` without an object. */
  patch<T extends KubeObject>(resource: Resource<T>, change: KeyedPatch, options: PatchOptions): Promise<T>;
  /** Deletes the object; false when there was none. */
  delete(resource: Resource<KubeObject>, key: string, options?: DeleteOptions): Promise<boolean>;
  /** The `/scale` of an object, or undefined when there is no object. */
  getScale(resource: Resource<KubeObject>, key: string, options?: CallOptions): Promise<Scale | undefined>;
  /** Writes `spec.replicas` through `/scale`; `NotFound` without an object. */
  setScale(
    resource: Resource<KubeObject>,
    wish: { readonly key: string; readonly replicas: number },
    options: ScaleOptions,
  ): Promise<Scale>;
}

/** What to change, in which object. */
export interface KeyedPatch {
  readonly key: string;
  readonly patch: Readonly<Record<string, unknown>>;
}
