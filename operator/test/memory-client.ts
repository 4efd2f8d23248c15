/**
 * A KubeClient over a few objects in memory, for tests of what is written in which order. It merges what is applied field
 * by field of `spec`, without defaults or managedFields; what needs those needs a real API server.
 */
import type { KubeClient } from '../src/kube/client.js';
import { KubeError } from '../src/kube/errors.js';
import { type Intent, isRecord, keyOf, type KubeObject } from '../src/kube/object.js';
import type { Resource } from '../src/kube/resource.js';

export interface MemoryClient extends KubeClient {
  /** The writes in their order: `apply DnsPool dns/public-eu`, `status DnsFleet dns/public`. */
  readonly writes: string[];
  /** The object as it is stored. */
  read(resource: Pick<Resource<KubeObject>, 'kind'>, key: string): Record<string, unknown> | undefined;
  /** Puts an object there, as somebody else would. */
  put(resource: Pick<Resource<KubeObject>, 'kind'>, object: object & KubeObject): void;
  /** What a write throws; return undefined to let it pass. */
  fault: (write: string) => Error | undefined;
}

export function memoryClient(): MemoryClient {
  const objects = new Map<string, Record<string, unknown>>();
  const writes: string[] = [];
  const idOf = ({ kind }: Pick<Resource<KubeObject>, 'kind'>, key: string) => `${kind} ${key}`;
  const unsupported = (call: string) => () => Promise.reject(new KubeError('Bug', `${call} is not in the test client`));
  const write = (text: string): void => {
    const error = client.fault(text);
    if (error) throw error;
    writes.push(text);
  };
  const metaOf = (object: Record<string, unknown> | undefined) =>
    isRecord(object?.['metadata']) ? object['metadata'] : {};
  const specOf = (object: Record<string, unknown> | undefined) => (isRecord(object?.['spec']) ? object['spec'] : {});
  const store = <T extends KubeObject>(resource: Resource<T>, intent: Intent, part: 'status' | undefined): T => {
    const id = idOf(resource, keyOf(intent));
    const before = objects.get(id);
    if (part === 'status' && !before) throw new KubeError('NotFound', `${id} is not there`);
    write(`${part ?? 'apply'} ${id}`);
    const version = Number(metaOf(before)['resourceVersion'] ?? 0) + 1;
    const fresh = { uid: `uid of ${id}`, generation: 0, creationTimestamp: '2026-11-24T00:00:00Z', ...metaOf(before) };
    const metadata = {
      ...fresh,
      ...(part === undefined && intent.metadata),
      resourceVersion: String(version),
      generation: fresh.generation + (part === undefined ? 1 : 0),
    };
    const applied: Record<string, unknown> = { ...intent };
    const spec = isRecord(applied['spec']) ? { ...specOf(before), ...applied['spec'] } : before?.['spec'];
    const rest = part === undefined ? { ...applied, spec } : { status: applied['status'] };
    const object = { ...before, ...rest, metadata };
    objects.set(id, object);
    return resource.parse(object);
  };
  const client: MemoryClient = {
    writes,
    fault: () => undefined,
    read: (resource, key) => objects.get(idOf(resource, key)),
    put: (resource, object) => void objects.set(idOf(resource, keyOf(object)), { ...object }),
    get: async (resource, key) => {
      const object = objects.get(idOf(resource, key));
      return Promise.resolve(object && resource.parse(object));
    },
    list: async (resource) =>
      Promise.resolve(
        [...objects].filter(([id]) => id.startsWith(`${resource.kind} `)).map(([, object]) => resource.parse(object)),
      ),
    apply: async (resource, intent) => Promise.resolve().then(() => store(resource, intent, undefined)),
    applyStatus: async (resource, intent) => Promise.resolve().then(() => store(resource, intent, 'status')),
    delete: async (resource, key) =>
      Promise.resolve().then(() => {
        write(`delete ${idOf(resource, key)}`);
        return objects.delete(idOf(resource, key));
      }),
    listPage: unsupported('listPage'),
    watch: () => {
      throw new KubeError('Bug', 'watch is not in the test client');
    },
    create: unsupported('create'),
    patch: unsupported('patch'),
    getScale: unsupported('getScale'),
    setScale: unsupported('setScale'),
  };
  return client;
}
