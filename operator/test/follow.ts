/** Follows the objects of a kind in the namespace of a test, by a watch: nothing between two looks is missed. */
import type { KubeObject } from '../src/kube/object.js';
import type { Resource } from '../src/kube/resource.js';
import type { TestCluster } from './cluster.js';

export interface Following<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Called with each object that is there, each new state of one, and the last of one that is gone. */
  readonly onState: (object: T, isGone: boolean) => void;
}

/** Follows from now on. `stop` throws if the watch broke before. */
export async function follow<T extends KubeObject>(
  { client, namespace }: TestCluster,
  { resource, onState }: Following<T>,
): Promise<{ stop(): Promise<void> }> {
  const { items, resourceVersion } = await client.listPage(resource, { namespace });
  items.forEach((item) => onState(resource.parse(item), false));
  const ending = new AbortController();
  const options = { namespace, resourceVersion, timeoutSeconds: 1800, signal: ending.signal };
  const work = (async () => {
    for await (const line of client.watch(resource, options)) {
      if (line.type === 'malformed' || line.type === 'BOOKMARK') continue;
      if (line.type === 'ERROR') throw new Error(`watching ${resource.plural}: ${JSON.stringify(line.object)}`);
      onState(resource.parse(line.object), line.type === 'DELETED');
    }
    if (!ending.signal.aborted) throw new Error(`watching ${resource.plural}: it ended`);
  })();
  const ended = work.catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  // A failure is told by `stop`, and not to nobody before that.
  ended.catch(() => undefined);
  return {
    stop: () => {
      ending.abort();
      return ended;
    },
  };
}
