/**
 * The tokens with which agents are ordered. A Secret is made once for each pool and read by name when it is needed:
 * the operator neither lists nor watches Secrets, so it cannot read those of others.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { fieldManagers } from '../../api/v1alpha1/labels.js';
import { buildTokenSecret, readTokenSecret } from '../../builders/secret.js';
import type { KubeClient } from '../../kube/client.js';
import { hasCode, KubeError, NotOurs } from '../../kube/errors.js';
import { controllerOf, keyOf } from '../../kube/object.js';
import { secrets } from '../../kube/resource.js';
import type { Clock } from '../../runtime/clock.js';

/** Bytes from a source that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

/** The Secret is ours and holds no token. Who emptied it has to say whether it may go. */
export class NoToken extends KubeError {
  override readonly name = 'NoToken';

  constructor(key: string) {
    super('Conflict', `Secret ${key} holds no token`);
  }
}

export interface TokenKeeper {
  /**
   * The token of the pool, whose Secret existed `maxAgeMs` ago or later and is made if it does not exist. Throws
   * KubeError; NotOurs if the Secret belongs to another, NoToken if there is none in it.
   */
  ensure(pool: DnsPool, maxAgeMs: number, signal: AbortSignal): Promise<string>;
  /** Forgets a pool that is gone. */
  forget(pool: string): void;
}

export interface TokenKeeperOptions {
  readonly client: Pick<KubeClient, 'get' | 'create'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** A TokenKeeper on the API server. */
export function createTokenKeeper({ client, clock, randomBytes }: TokenKeeperOptions): TokenKeeper {
  const known = new Map<string, { readonly uid: string; readonly token: string; readonly atMs: number }>();

  async function read(pool: DnsPool, signal: AbortSignal): Promise<string | undefined> {
    const secret = await client.get(secrets, keyOf(pool), { signal });
    if (!secret) return undefined;
    const owner = controllerOf(secret);
    if (owner?.uid !== pool.metadata.uid) {
      throw new NotOurs(`Secret ${keyOf(pool)}`, owner && `${owner.kind} ${owner.name}`);
    }
    const token = readTokenSecret(secret);
    if (token === undefined) throw new NoToken(keyOf(pool));
    return token;
  }

  async function create(pool: DnsPool, signal: AbortSignal): Promise<string | undefined> {
    const token = Buffer.from(randomBytes(32)).toString('base64url');
    try {
      await client.create(secrets, buildTokenSecret(pool, token), { signal, manager: fieldManagers.pool });
      return token;
    } catch (error) {
      if (hasCode(error, 'AlreadyExists')) return undefined;
      throw error;
    }
  }

  return {
    async ensure(pool, maxAgeMs, signal) {
      const key = keyOf(pool);
      const before = known.get(key);
      if (before?.uid === pool.metadata.uid && clock.now() - before.atMs < maxAgeMs) return before.token;
      const token = (await read(pool, signal)) ?? (await create(pool, signal)) ?? (await read(pool, signal));
      if (token === undefined) throw new Error(`making Secret ${key}: it comes and goes`);
      known.set(key, { uid: pool.metadata.uid, token, atMs: clock.now() });
      return token;
    },
    forget: (pool) => void known.delete(pool),
  };
}
