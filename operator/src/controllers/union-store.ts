/**
 * Several stores, one for each namespace, read as one: an operator that has rights in some namespaces only may not list
 * a resource everywhere.
 */
import { splitKey, type KubeObject } from '../kube/object.js';
import type { Store, StoreEvent } from '../kube/store.js';

/** The union of `stores`, by their namespace. */
export function uniteStores<T extends KubeObject>(stores: ReadonlyMap<string, Store<T>>): Store<T> {
  const all = [...stores.values()];
  const storeOf = (key: string) => stores.get(splitKey(key).namespace ?? '');
  return {
    get: (key) => storeOf(key)?.get(key),
    list: () => all.flatMap((store) => store.list()),
    byIndex: (index, value) => all.flatMap((store) => store.byIndex(index, value)),
    invalid: (key) => storeOf(key)?.invalid(key),
    get size() {
      return all.reduce((total, store) => total + store.size, 0);
    },
    hasSynced: () => all.every((store) => store.hasSynced()),
    // As old as the one that was heard of least lately.
    lastEventMs: () => {
      const times = all.map((store) => store.lastEventMs());
      return times.some((time) => time === undefined) ? undefined : Math.min(...times.map((time) => time ?? 0));
    },
    onChange: (fn: (event: StoreEvent<T>) => void) => {
      const stops = all.map((store) => store.onChange(fn));
      return () => stops.forEach((stop) => stop());
    },
  };
}
