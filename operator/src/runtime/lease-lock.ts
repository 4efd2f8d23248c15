/**
 * One Lease and what we have seen of it. By client-go's rule a lease has expired when *we* have seen no change of it for
 * its duration: the holder's clock is never compared with ours, and a timer, which no jump of the wall clock shortens,
 * measures the time.
 */
import type { KubeClient } from '../kube/client.js';
import { hasCode } from '../kube/errors.js';
import { splitKey } from '../kube/object.js';
import { leases, type Lease } from '../kube/resource.js';
import { formatMicroTime } from '../kube/times.js';
import type { Clock, Timer } from './clock.js';
import type { Logger } from './logger.js';

export interface LeaseLockOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  /** `namespace/name` of the Lease. */
  readonly key: string;
  readonly identity: string;
  readonly leaseDurationSeconds: number;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Sight {
  readonly version: string;
  /** '' when nobody holds it. */
  readonly holder: string;
  readonly transitions: number;
}

/** The field manager of the Lease. */
const manager = 'dnsfleet-leader';

export class LeaseLock {
  readonly #options: LeaseLockOptions;
  #seen: Sight | undefined;
  #expiry: Timer | undefined;
  #hasExpired = false;

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** Takes or renews the lease if that may be done. True if it is ours now. Throws KubeError. */
  async attempt(signal: AbortSignal): Promise<boolean> {
    const { identity } = this.#options;
    // Who holds the lease need not read it: if somebody took it, the version tells.
    if (this.#seen?.holder !== identity && !(await this.#read(signal))) return this.#create(signal);
    const seen = this.#seen;
    if (!seen || (seen.holder !== identity && seen.holder !== '' && !this.#hasExpired)) return false;
    const isNew = seen.holder !== identity;
    return this.#write(seen, { signal, spec: this.#claim(isNew ? seen.transitions + 1 : undefined) });
  }

  /** Gives the lease back, so that the next one need not wait. Throws KubeError. */
  async release(signal: AbortSignal): Promise<void> {
    if (!this.#seen) await this.#read(signal);
    const seen = this.#seen;
    if (seen?.holder !== this.#options.identity) return;
    const renewTime = formatMicroTime(this.#options.clock.now());
    await this.#write(seen, { signal, spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime } });
  }

  /** Who held the lease when we saw it last; undefined when we do not know. */
  get holder(): string | undefined {
    return this.#seen?.holder;
  }

  /** Forgets what was seen, and stops the timer that goes with it: whoever tries again has to look anew. */
  forget(): void {
    this.#expiry?.cancel();
    this.#seen = undefined;
  }

  /** False when there is no Lease. */
  async #read(signal: AbortSignal): Promise<boolean> {
    const { client, key, timeoutMs } = this.#options;
    const lease = await client.get(leases, key, { signal, timeoutMs });
    if (lease) this.#see(lease);
    return lease !== undefined;
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { client, key, timeoutMs } = this.#options;
    try {
      const object = { metadata: splitKey(key), spec: this.#claim(0) };
      this.#see(await client.create(leases, object, { manager, signal, timeoutMs }));
      return true;
    } catch (error) {
      if (hasCode(error, 'AlreadyExists')) return false;
      throw error;
    }
  }

  async #write(
    seen: Sight,
    { signal, spec }: { readonly signal: AbortSignal; readonly spec: Readonly<Record<string, unknown>> },
  ): Promise<boolean> {
    const { client, key, timeoutMs } = this.#options;
    const patch = { metadata: { resourceVersion: seen.version }, spec };
    try {
      this.#see(await client.patch(leases, { key, patch }, { manager, signal, timeoutMs }));
      return true;
    } catch (error) {
      // Somebody was faster, or an earlier write of ours arrived whose answer did not: look again before the next try.
      this.#seen = undefined;
      if (hasCode(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  #claim(transitions: number | undefined): Readonly<Record<string, unknown>> {
    const { identity, leaseDurationSeconds, clock } = this.#options;
    const renewTime = formatMicroTime(clock.now());
    const held = { holderIdentity: identity, leaseDurationSeconds, renewTime };
    return transitions === undefined ? held : { ...held, acquireTime: renewTime, leaseTransitions: transitions };
  }

  #see(lease: Lease): void {
    const { clock, logger, leaseDurationSeconds } = this.#options;
    const { resourceVersion: version } = lease.metadata;
    const holder = lease.spec?.holderIdentity ?? '';
    if (this.#seen?.version === version) return;
    if (this.#seen?.holder !== holder) logger.info('Saw who leads', { leader: holder === '' ? 'nobody' : holder });
    this.#seen = { version, holder, transitions: lease.spec?.leaseTransitions ?? 0 };
    this.#hasExpired = false;
    this.#expiry?.cancel();
    const durationMs = (lease.spec?.leaseDurationSeconds ?? leaseDurationSeconds) * 1000;
    this.#expiry = clock.setTimer(durationMs, () => (this.#hasExpired = true));
  }
}
