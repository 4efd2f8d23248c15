/**
 * API objects as the kube layer sees them: plain JSON, known by name, namespace, uid and version. Separate from resources
 * because objects are handled in places that never ask where they are served.
 */

/** What the kube layer needs to know of every live object's metadata. */
export interface LiveMeta {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly deletionTimestamp?: string | undefined;
}

/** An object as the API server returned it. */
export interface KubeObject {
  readonly metadata: LiveMeta;
}

/** An object as we want it: what builders make. A field that is undefined is not sent. */
export interface Intent {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
}

/** The owner that controls an object. */
export interface ControllerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** `namespace/name`, or `name` for what has no namespace: the key of stores, queues and calls. */
export function keyOf(object: Intent | KubeObject): string {
  const { name = '', namespace } = object.metadata ?? {};
  return objectKey(namespace, name);
}

/** The key of the object `name` in `namespace`. */
export function objectKey(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** Namespace (undefined for what has none) and name of a key. */
export function splitKey(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** True for a JSON object, false for a list, null or a scalar. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The owner reference with `controller: true`, if there is one. */
export function controllerOf(object: KubeObject): ControllerReference | undefined {
  const metadata: unknown = object.metadata;
  const references = isRecord(metadata) ? metadata['ownerReferences'] : undefined;
  if (!Array.isArray(references)) return undefined;
  for (const reference of references) {
    if (!isRecord(reference) || reference['controller'] !== true) continue;
    const { kind, name, uid } = reference;
    if (typeof kind === 'string' && typeof name === 'string' && typeof uid === 'string') return { kind, name, uid };
  }
  return undefined;
}

/** Freezes `value` at all depths and returns it: what several controllers share, none may change. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
