/** Checks that what a store tells its listeners is a possible life of each object, and that it agrees with the store. */
import { isOlder } from '../src/kube/resource-version.js';
import type { KubeObject } from '../src/kube/object.js';
import type { Store, StoreEvent } from '../src/kube/store.js';

export class SequenceChecker<T extends KubeObject> {
  readonly #known = new Map<string, T>();
  /** What was impossible, in words; empty if nothing was. */
  readonly violations: string[] = [];
  /** How many events came. */
  count = 0;

  constructor(store: Pick<Store<T>, 'onChange'>) {
    store.onChange((event) => {
      this.count += 1;
      this.#check(event);
    });
  }

  /** Keys and versions as the events tell them, to be compared with the store. */
  versions(): ReadonlyMap<string, string> {
    return new Map([...this.#known].map(([key, { metadata }]) => [key, metadata.resourceVersion]));
  }

  #check(event: StoreEvent<T>): void {
    const known = this.#known.get(event.key);
    switch (event.type) {
      case 'added':
        if (known) this.violations.push(`${event.key} was added twice`);
        this.#known.set(event.key, event.object);
        break;
      case 'updated':
        if (!known) this.violations.push(`${event.key} was updated before it was added`);
        else if (known !== event.old) this.violations.push(`${event.key}: 'old' is not the state before`);
        else this.#checkOrder(event.key, known, event.object);
        this.#known.set(event.key, event.object);
        break;
      case 'deleted':
        if (!known) this.violations.push(`${event.key} was deleted before it was added`);
        this.#known.delete(event.key);
        break;
      case 'invalid':
        this.#known.delete(event.key);
        break;
    }
  }

  #checkOrder(key: string, before: T, after: T): void {
    const [old, fresh] = [before.metadata, after.metadata];
    if (old.uid !== fresh.uid) this.violations.push(`${key} became another object without being deleted`);
    else if (!isOlder(old.resourceVersion, fresh.resourceVersion)) {
      this.violations.push(`${key} went from version ${old.resourceVersion} to ${fresh.resourceVersion}`);
    }
  }
}
