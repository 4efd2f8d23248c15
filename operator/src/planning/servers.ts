/** Servers as decisions see them: what matters of a pod, and of what its agent said. */
import type { V1Pod } from '@kubernetes/client-node';
import type { Manifest } from '../builders/manifest.js';
import { annotations } from '../api/v1alpha1/labels.js';
import { parseMark, type ServerMark } from './removal/mark.js';
import type { Load } from '../../../resolver-image/agent/src/contract/load.js';

/** One pod of a pool that has not ended. */
export interface Server {
  readonly name: string;
  readonly uid: string;
  /** Absent until the pod has an address. */
  readonly ip?: string;
  /** It has a node. */
  readonly isScheduled: boolean;
  readonly isReady: boolean;
  /** It was told to stop, and drains. */
  readonly isStopping: boolean;
  /** When a stopping server should be gone at the latest, in ms since the epoch. */
  readonly stopDeadlineMs?: number;
  /** When it was told to stop. */
  readonly stopRequestedMs?: number;
  /** Its containers were not all started yet; the ReplicaSet controller takes such a pod before one that ran. */
  readonly isPending?: boolean;
  readonly node?: string;
  /** Where the API server copies it from the node to the pod. */
  readonly zone?: string;
  readonly createdMs?: number;
  /** We have chosen it to go. */
  readonly mark?: ServerMark | undefined;
  readonly deletionCost?: number | undefined;
  /** A person wants it replaced. */
  readonly isDrainRequested?: boolean;
  /** Why it does not run, in words of the kubelet or the scheduler; absent when it runs. */
  readonly trouble?: string;
}

/** What is known of the agent of a server. */
export interface AgentReport {
  /** Whether it answered the last time it was asked. */
  readonly isReachable: boolean;
  /** For how long it has not answered; 0 when it did the last time. */
  readonly silentForMs: number;
  /** Its last answer, also when it is silent now. */
  readonly load?: Load;
  /** The configuration that it refused last, if that was not followed by one that it took. */
  readonly refused?: RefusedByServer;
}

export interface RefusedByServer {
  readonly hash: string;
  readonly message: string;
  readonly timeMs: number;
}

/** What is known of agents, by the uid of their pod. */
export type AgentReports = ReadonlyMap<string, AgentReport>;

/** How long after its deadline a stopping server is taken for lost with its node, so that others need not wait for it. */
export const lostServerMs = 60_000;

/** Whether the server should have stopped long ago: nobody can tell any more whether it did. */
export const isLost = ({ stopDeadlineMs }: Server, nowMs: number): boolean =>
  stopDeadlineMs !== undefined && nowMs > stopDeadlineMs + lostServerMs;

/** Reads a pod; undefined for one that has ended, which is no server any more. */
export function readServer(pod: Manifest<V1Pod>): Server | undefined {
  const { metadata, spec, status } = pod;
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return undefined;
  const trouble = troubleOf(pod);
  const zone = metadata?.labels?.['topology.kubernetes.io/zone'];
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ...(status?.podIP !== undefined && { ip: status.podIP }),
    isScheduled: spec?.nodeName !== undefined,
    isReady: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    ...(status?.phase === 'Pending' && { isPending: true }),
    ...(spec?.nodeName !== undefined && { node: spec.nodeName }),
    ...(zone !== undefined && { zone }),
    ...(metadata?.creationTimestamp !== undefined && { createdMs: Date.parse(metadata.creationTimestamp) }),
    ...readStop(metadata),
    ...readOrders(metadata?.annotations ?? {}),
    ...(trouble !== undefined && { trouble }),
  };
}

function readStop(
  metadata: Manifest<V1Pod>['metadata'],
): Pick<Server, 'isStopping' | 'stopDeadlineMs' | 'stopRequestedMs'> {
  if (metadata?.deletionTimestamp === undefined) return { isStopping: false };
  const stopDeadlineMs = Date.parse(metadata.deletionTimestamp);
  const stopRequestedMs = stopDeadlineMs - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return { isStopping: true, stopDeadlineMs, stopRequestedMs };
}

function readOrders(all: Readonly<Record<string, string>>): Pick<Server, 'mark' | 'deletionCost' | 'isDrainRequested'> {
  const mark = all[annotations.draining];
  const deletionCost = Number(all[annotations.deletionCost] ?? 0);
  return {
    ...(mark !== undefined && { mark: parseMark(mark) }),
    ...(Number.isInteger(deletionCost) && deletionCost !== 0 && { deletionCost }),
    ...(all[annotations.drain] === 'true' && { isDrainRequested: true }),
  };
}

function troubleOf({ status }: Manifest<V1Pod>): string | undefined {
  const unscheduled = status?.conditions?.find(
    ({ type, status: value }) => type === 'PodScheduled' && value === 'False',
  );
  if (unscheduled) return unscheduled.message ?? unscheduled.reason ?? 'not scheduled';
  const waiting = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    .map(({ state }) => state?.waiting)
    .find((state) => state?.reason !== undefined && !['ContainerCreating', 'PodInitializing'].includes(state.reason));
  if (!waiting) return undefined;
  // The message of a crash loop counts the seconds until the next start: it would change the status for nothing.
  return waiting.message === undefined || waiting.reason === 'CrashLoopBackOff'
    ? waiting.reason
    : `${waiting.reason ?? ''}: ${waiting.message}`;
}
