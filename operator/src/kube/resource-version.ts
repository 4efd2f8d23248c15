/**
 * Resource versions: which of two states is the older one. They are opaque by contract, and decimal numbers on every API
 * server there is (since 1.35 by contract too). What is no number is never called older, so that nothing is left out.
 */

/** True only if both are numbers and `a` is the smaller one. They exceed what a JavaScript number can hold. */
export function isOlder(a: string, b: string): boolean {
  const decimal = /^[1-9][0-9]*$/;
  if (!decimal.test(a) || !decimal.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

interface Arrival {
  readonly version: string;
  /** The version that the store has, if it has the object. */
  readonly known: string | undefined;
  readonly isDeletion: boolean;
}

/** So many deletions are remembered; older ones than these are not repeated by any server. */
const remembered = 1000;

/** Sorts out events that come again, or late: an object never goes back to an older state, nor from deleted to it. */
export class Versions {
  /** Key -> version of its deletion, oldest first. */
  readonly #deleted = new Map<string, string>();

  /** True if the event is news. */
  accept(key: string, { version, known, isDeletion }: Arrival): boolean {
    const last = known ?? this.#deleted.get(key);
    // A deletion may carry the version of the last state: it is the end of that state, not a repetition of it.
    if (last !== undefined && (isOlder(version, last) || (version === last && !(isDeletion && known !== undefined)))) {
      return false;
    }
    this.#deleted.delete(key);
    if (isDeletion) {
      this.#deleted.set(key, version);
      const oldest = this.#deleted.keys().next();
      if (this.#deleted.size > remembered && oldest.done !== true) this.#deleted.delete(oldest.value);
    }
    return true;
  }

  /** Forgets everything: a new list is the truth, whatever was before. */
  clear(): void {
    this.#deleted.clear();
  }
}
