/** The facts that the autoscaler decides from, out of what was gathered and what was known of the pool before. */
import type { DnsPool } from '../../api/v1alpha1/dns-pool.js';
import { capacityBounds, configuredCapacity } from '../../api/v1alpha1/server-capacity.js';
import { readPauses } from '../../planning/autoscale/pauses.js';
import type { PoolFacts, ScaledServer, ScaleRecord } from '../../planning/autoscale/types.js';
import { weighServers } from '../../planning/cold-servers.js';
import { measureCapacity, recallCapacity } from '../../planning/measured-capacity/measure.js';
import type { CapacityMemory, MeasuredCapacity } from '../../planning/measured-capacity/types.js';
import { clampReplicas } from '../../planning/replicas.js';
import { observeWorkload } from './removal.js';
import type { PoolSight } from './types.js';

/** What the process alone knows, and facts are made of. */
export interface KnownFacts {
  /** A change whose record was persisted and whose number was not: the record of before, and the version of the record. */
  readonly unwritten?: { readonly lastScaleTime: string | undefined; readonly before: ScaleRecord } | undefined;
  /** Present while the capacity of the servers is measured. */
  readonly capacity?: CapacityMemory | undefined;
  /** The hit ratio of the warm servers when there was one last. */
  readonly warmHitPercent?: number | undefined;
}

export interface FactsRead {
  readonly facts: PoolFacts;
  readonly measured?: MeasuredCapacity;
  readonly warmHitPercent?: number;
}

export function readFacts(observation: PoolSight, known: KnownFacts | undefined): FactsRead {
  const { nowMs, pool, deployment, hasOtherScaler } = observation;
  const { spec, status, metadata } = pool;
  const workload = deployment && observeWorkload(deployment);
  const wanted = clampReplicas(spec);
  const { servers, warmHitPercent } = weighServers(serversOf(observation), known?.warmHitPercent);
  const measured = measureServers(observation, servers, known?.capacity);
  const capacityQps = measured?.qps ?? configuredCapacity(spec.server);
  return {
    facts: {
      nowMs,
      autoscaling: spec.autoscaling,
      minServers: spec.minServers,
      maxServers: spec.maxServers,
      redundancy: spec.capacity.redundancy,
      ...(capacityQps !== undefined && { capacityQps }),
      ...(measured && measured.shrinkQps < measured.qps && { shrinkCapacityQps: measured.shrinkQps }),
      wanted,
      servers,
      record: readRecord(status?.scaling, { known, wanted }),
      isRollingOut: workload === undefined || workload.isRollingOut || !workload.isObserved,
      isRetiring: spec.state === 'Retiring',
      pauses: readPauses(metadata.annotations),
      hasOtherScaler,
    },
    ...(measured && { measured }),
    ...(warmHitPercent !== undefined && { warmHitPercent }),
  };
}

const serversOf = ({ servers, loads }: PoolSight): ScaledServer[] =>
  servers.map(({ uid, isReady, isStopping, mark }) => ({
    uid,
    isReady,
    isStopping,
    isMarked: mark !== undefined,
    load: loads.get(uid) ?? { freshness: 'Absent' },
  }));

function measureServers(
  { nowMs, pool: { spec, status } }: PoolSight,
  servers: readonly ScaledServer[],
  memory: CapacityMemory | undefined,
): MeasuredCapacity | undefined {
  const bounds = capacityBounds(spec.server);
  if (!bounds) return undefined;
  return measureCapacity(memory ?? readCapacity(status, nowMs), {
    nowMs,
    servers,
    bounds,
    threads: spec.engine.threads,
    cooldownMs: spec.autoscaling.cooldownSeconds * 1000,
  });
}

/** What a predecessor had learnt and written down. */
function readCapacity(status: DnsPool['status'], nowMs: number): CapacityMemory | undefined {
  const { source, queriesPerSecond = 0, confidencePercent, hitPercent } = status?.capacity ?? {};
  const isKnown = source === 'Measured' && queriesPerSecond > 0;
  if (!isKnown || confidencePercent === undefined || hitPercent === undefined) return undefined;
  return recallCapacity({ qps: queriesPerSecond, confidencePercent, hitPercent }, nowMs);
}

function readRecord(
  scaling: NonNullable<DnsPool['status']>['scaling'],
  { known, wanted }: { readonly known: KnownFacts | undefined; readonly wanted: number },
): ScaleRecord {
  const { unwritten } = known ?? {};
  const isUnwritten = scaling !== undefined && unwritten?.lastScaleTime === scaling.lastScaleTime;
  if (unwritten && isUnwritten && scaling.servers !== wanted) return unwritten.before;
  const lastScaleMs = Date.parse(scaling?.lastScaleTime ?? '');
  return {
    ...(!Number.isNaN(lastScaleMs) && { lastScaleMs }),
    ...(scaling && { wanted: scaling.servers }),
  };
}
