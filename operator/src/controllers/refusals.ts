/** Remembers which objects the API server refused: bad input is not tried again until the spec changes. */
import { keyOf, type KubeObject } from '../kube/object.js';
import type { Clock } from '../runtime/clock.js';

/** A child that the API server refuses, in its own words. */
export interface RefusedObject {
  readonly kind: string;
  readonly message: string;
}

/** The object whose spec was refused: a new generation is a new try. */
export type Refusable = KubeObject & { readonly metadata: { readonly generation: number } };

/** What refused it, such as an admission policy or a full range of addresses, may have changed after this long. */
const refusalMs = 600_000;

interface Refusal {
  readonly uid: string;
  readonly generation: number;
  readonly object: RefusedObject;
  readonly atMs: number;
}

/** Refusals by the key of the object, in memory: after a restart each is tried once. */
export class Refusals {
  readonly #clock: Clock;
  readonly #known = new Map<string, Refusal>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The refusal of the present generation, if there was one of late. */
  find(object: Refusable): RefusedObject | undefined {
    const known = this.#known.get(keyOf(object));
    const { uid, generation } = object.metadata;
    const isOfNow = known?.uid === uid && known.generation === generation;
    return isOfNow && this.#clock.now() - known.atMs < refusalMs ? known.object : undefined;
  }

  /** Keeps what the API server refused. */
  remember(of: Refusable, object: RefusedObject): void {
    const { uid, generation } = of.metadata;
    this.#known.set(keyOf(of), { uid, generation, object, atMs: this.#clock.now() });
  }

  /** Forgets an object that is gone. */
  forget(key: string): void {
    this.#known.delete(key);
  }
}
