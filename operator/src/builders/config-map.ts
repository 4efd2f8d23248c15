/**
 * The ConfigMap of a pool: the configuration on which its servers start. It only ever holds what an engine accepted,
 * or, in a pool that has no server yet, what its first server is about to judge (annotation `accepted: "false"`).
 */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { annotations } from '../api/v1alpha1/labels.js';
import { configKey } from './contract.js';
import { poolChildMeta } from './names.js';
import type { Manifest } from './manifest.js';

/** What a pool's ConfigMap holds. */
export interface PublishedConfig {
  /** The exact text of `config.json`; its hash identifies the configuration. */
  readonly text: string;
  /** Whether an engine has accepted it. */
  readonly isAccepted: boolean;
}

/** The ConfigMap that publishes `config` for the servers of `pool`. */
export function buildConfigMap(pool: DnsPool, config: PublishedConfig): Manifest<V1ConfigMap> {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...poolChildMeta(pool), annotations: { [annotations.accepted]: String(config.isAccepted) } },
    data: { [configKey]: config.text },
  };
}

/** Reads a pool's ConfigMap back; undefined if it holds no configuration. */
export function readConfigMap(configMap: Manifest<V1ConfigMap>): PublishedConfig | undefined {
  const text = configMap.data?.[configKey];
  if (text === undefined) return undefined;
  return { text, isAccepted: configMap.metadata?.annotations?.[annotations.accepted] === 'true' };
}
