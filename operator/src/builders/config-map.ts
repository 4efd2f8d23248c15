/**
 * The ConfigMap of a pool: the configuration on which its servers start. It only ever holds what an engine accepted,
 * or, in a pool that has no server yet, what its first server is about to judge (annotation `accepted: "false"`).
 */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { annotations } from '../api/v1alpha1/labels.js';
import { configHash } from '../../../resolver-image/agent/src/contract/resolver-config.js';
import { configKey } from './contract.js';
import { poolChildMeta } from './names.js';
import type { Manifest } from './manifest.js';
import { type PoolWorkload, readWorkload, renderWorkload } from './workload.js';

/** What is published for the servers of a pool. */
export interface ConfigToPublish {
  /** The exact text of `config.json`; its hash identifies the configuration. */
  readonly text: string;
  /** Whether an engine has accepted it. */
  readonly isAccepted: boolean;
  /** What the other children of the pool are made from; absent when it is not known. */
  readonly workload?: PoolWorkload;
}

/** What a pool's ConfigMap holds. */
export interface PublishedConfig extends ConfigToPublish {
  /** The hash of the text that we wrote; absent if somebody took it away. */
  readonly recordedHash?: string;
}

/** Whether the text is the one that we wrote: any other is somebody's edit, whatever the annotations say. */
export const isIntact = ({ text, recordedHash }: PublishedConfig): boolean => configHash(text) === recordedHash;

/** The ConfigMap that publishes `config` for the servers of `pool`. */
export function buildConfigMap(pool: DnsPool, { text, isAccepted, workload }: ConfigToPublish): Manifest<V1ConfigMap> {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...poolChildMeta(pool),
      annotations: {
        [annotations.accepted]: String(isAccepted),
        [annotations.hash]: configHash(text),
        ...(workload && { [annotations.workload]: renderWorkload(workload) }),
      },
    },
    data: { [configKey]: text },
  };
}

/** Reads a pool's ConfigMap back; undefined if it holds no configuration. */
export function readConfigMap({ data, metadata }: Manifest<V1ConfigMap>): PublishedConfig | undefined {
  const text = data?.[configKey];
  if (text === undefined) return undefined;
  const notes = metadata?.annotations ?? {};
  const recordedHash = notes[annotations.hash];
  const workload = readWorkload(notes[annotations.workload] ?? '');
  return {
    text,
    isAccepted: notes[annotations.accepted] === 'true',
    ...(recordedHash !== undefined && { recordedHash }),
    ...(workload && { workload }),
  };
}
