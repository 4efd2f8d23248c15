/**
 * Has an agent give back the configuration that its engine runs, when the pool's ConfigMap holds something else: edited,
 * or deleted. It changes nothing, so it belongs to the gathering.
 */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { keyOf } from '../../kube/object.js';
import { type ConfigurationObservation, findTextHolder } from '../../planning/configuration.js';
import type { Server } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import type { AgentDirectory } from './agents.js';
import type { TokenKeeper } from './tokens.js';

export interface Recoverer {
  readonly directory: Pick<AgentDirectory, 'read'>;
  readonly tokens: Pick<TokenKeeper, 'ensure'>;
}

export interface Loss {
  readonly pool: DnsPool;
  readonly servers: readonly Server[];
  readonly observation: ConfigurationObservation;
}

/** The token does not change; it is only read again after this long. */
const tokenAgeMs = 600_000;

/** The text in force that is to be restored, if one is and its holder tells it. Throws only the signal's reason. */
export async function recoverText(
  { directory, tokens }: Recoverer,
  { pool, servers, observation }: Loss,
  signal: AbortSignal,
): Promise<string | undefined> {
  const uid = findTextHolder(observation);
  const server = servers.find((candidate) => candidate.uid === uid);
  if (!server) return undefined;
  try {
    const token = await tokens.ensure(pool, tokenAgeMs, signal);
    const text = await directory.read({ pool: keyOf(pool), server, token, signal });
    const expected = observation.agents.get(server.uid)?.load?.config?.hash;
    return text !== undefined && configHash(text) === expected ? text : undefined;
  } catch {
    // A token or an agent that cannot be had is met again by the judge and by the actions, which say so.
    signal.throwIfAborted();
    return undefined;
  }
}
