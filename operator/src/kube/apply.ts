/**
 * Server-side apply that writes only for a reason, and never to what belongs to somebody else. A restart on an unchanged
 * cluster writes nothing: whether to write is read off the live object, not remembered.
 */
import { coversIntent } from './covers.js';
import type { KubeClient } from './client.js';
import { KubeError, NotOurs } from './errors.js';
import { appliedFields } from './field-set.js';
import { controllerOf, keyOf, type Intent, type KubeObject } from './object.js';
import type { Resource } from './resource.js';

export interface ApplyIfChangedOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'get' | 'apply'>;
  readonly resource: Resource<T>;
  /** The object as a store has it, with its managedFields; without it the API server is asked. */
  readonly live: T | undefined;
  /** All that `manager` wants of the object. */
  readonly intent: Intent;
  readonly manager: string;
  /** The owner that must control the object, if it exists. The intent carries the owner reference itself. */
  readonly owner?: { readonly uid: string } | undefined;
  /** Writes only to the object as it was in this version: throws `Conflict` when it was changed since. */
  readonly resourceVersion?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * - unchanged: the object is as intended; nothing was written.
 * - terminating: it is being deleted; nothing was written. It can be created once it is gone.
 */
export interface Applied<T> {
  readonly outcome: 'unchanged' | 'created' | 'updated' | 'terminating';
  readonly object: T;
}

/**
 * Makes the object as `intent` says, if it is not. Throws NotOurs when it exists and `owner` does not control it, and
 * KubeError when a request fails; `Conflict` means that the object was replaced by another meanwhile.
 */
export async function applyIfChanged<T extends KubeObject>(options: ApplyIfChangedOptions<T>): Promise<Applied<T>> {
  const { client, resource, intent, manager, owner, signal } = options;
  const key = keyOf(intent);
  // A store may lack what exists: it lags behind, or selects by labels that a stranger's object has not.
  const live = options.live ?? (await client.get(resource, key, { signal }));
  if (!live) return { outcome: 'created', object: await client.apply(resource, intent, { manager, signal }) };
  if (keyOf(live) !== key) throw new KubeError('Bug', `applying ${resource.kind} ${key}: compared with ${keyOf(live)}`);
  if (owner) assertControlledBy(live, owner, resource);
  if (live.metadata.deletionTimestamp !== undefined) return { outcome: 'terminating', object: live };
  if (isAsIntended(live, intent, manager)) return { outcome: 'unchanged', object: live };
  // The uid holds us to the object that we looked at: not to one of the same name that a stranger made since.
  const { resourceVersion } = options;
  const object = await client.apply(resource, intent, { manager, signal, uid: live.metadata.uid, resourceVersion });
  return {
    outcome: object.metadata.resourceVersion === live.metadata.resourceVersion ? 'unchanged' : 'updated',
    object,
  };
}

/** True if applying `intent` as `manager` would change nothing. Pure. */
export function isAsIntended(live: KubeObject, intent: Intent, manager: string): boolean {
  return coversIntent(live, intent, appliedFields(live, manager));
}

/** Throws NotOurs unless `owner` controls `object`. */
export function assertControlledBy(
  object: KubeObject,
  owner: { readonly uid: string },
  resource: Pick<Resource<KubeObject>, 'kind'>,
): void {
  const controller = controllerOf(object);
  if (controller?.uid === owner.uid) return;
  throw new NotOurs(`${resource.kind} ${keyOf(object)}`, controller && `${controller.kind} ${controller.name}`);
}
