/**
 * The Leases of an API server in memory, for tests of who leads: versions, conflicts and deadlines are as on a real one,
 * time is the test's own, and each call may meet a fault.
 */
import type { CallOptions, KubeClient, KeyedPatch } from '../src/kube/client.js';
import { KubeError, toKubeError } from '../src/kube/errors.js';
import { isRecord, keyOf, type Intent, type KubeObject } from '../src/kube/object.js';
import type { Resource } from '../src/kube/resource.js';
import type { Clock } from '../src/runtime/clock.js';
import { withDeadline } from '../src/runtime/deadline.js';

/**
 * - refused: nothing is done; the call fails.
 * - answer-lost: it is done; the call fails all the same.
 * - hang: nothing is done, and no answer comes.
 * - slow: it is done 3 s later.
 * - answer-late: it is done; the answer comes 4 s later.
 */
export type LeaseFault = 'refused' | 'answer-lost' | 'hang' | 'slow' | 'answer-late';

type Spec = Readonly<Record<string, unknown>>;

export class FakeLeases {
  readonly #clock: Clock;
  readonly #leases = new Map<string, { readonly version: number; readonly spec: Spec }>();
  #version = 0;
  /** The fault that the next call meets. */
  choose: (caller: string) => LeaseFault | undefined = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The spec of a Lease. */
  read(key: string): Spec | undefined {
    return this.#leases.get(key)?.spec;
  }

  /** Writes a Lease as somebody else does. */
  write(key: string, spec: Spec): void {
    this.#leases.set(key, { version: (this.#version += 1), spec: { ...this.read(key), ...spec } });
  }

  /** A client for one caller. */
  client(caller = ''): Pick<KubeClient, 'get' | 'create' | 'patch'> {
    const call = <R>(options: CallOptions | undefined, act: () => R) => this.#call(caller, options, act);
    const parse = <T extends KubeObject>(resource: Resource<T>, key: string): T | undefined => {
      const lease = this.#leases.get(key);
      const metadata = { name: key, uid: key, resourceVersion: String(lease?.version) };
      return lease && resource.parse({ metadata, spec: lease.spec });
    };
    const written = <T extends KubeObject>(resource: Resource<T>, key: string, spec: Spec): T => {
      this.write(key, spec);
      return parse(resource, key) ?? failing('NotFound');
    };
    return {
      get: (resource, key, options) => call(options, () => parse(resource, key)),
      create: (resource, object, options) =>
        call(options, () => {
          const key = keyOf(object);
          return this.#leases.has(key) ? failing('AlreadyExists') : written(resource, key, specOf(object));
        }),
      patch: (resource, { key, patch }, options) =>
        call(options, () => {
          const lease = this.#leases.get(key);
          if (!lease) return failing('NotFound');
          if (versionOf(patch) !== String(lease.version)) return failing('Conflict');
          return written(resource, key, specOf(patch));
        }),
    };
  }

  async #call<R>(caller: string, options: CallOptions = {}, act: () => R): Promise<R> {
    const clock = this.#clock;
    const { signal, timeoutMs = 15_000 } = options;
    try {
      return await withDeadline({ clock, signal, timeoutMs, doing: 'asking' }, async (ending) => {
        const fault = this.choose(caller);
        if (fault === 'refused') return failing('Unavailable');
        if (fault === 'hang') await clock.sleep(3_600_000, ending);
        if (fault === 'slow') await clock.sleep(3000, ending);
        const result = act();
        if (fault === 'answer-late') await clock.sleep(4000, ending);
        return fault === 'answer-lost' ? failing('Unavailable') : result;
      });
    } catch (error) {
      if (signal?.aborted) throw new KubeError('Aborted', 'asking: aborted', { cause: error });
      throw toKubeError(error, 'asking');
    }
  }
}

function failing(code: KubeError['code']): never {
  throw new KubeError(code, `asking: ${code}`);
}

function specOf(object: Intent | KeyedPatch['patch']): Spec {
  const spec = isRecord(object) ? object['spec'] : undefined;
  return isRecord(spec) ? spec : {};
}

function versionOf(patch: KeyedPatch['patch']): unknown {
  const { metadata } = patch;
  return isRecord(metadata) ? metadata['resourceVersion'] : undefined;
}
