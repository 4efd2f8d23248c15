/**
 * What came of the drains of the servers that we took away: whether each was measured quiet before it stopped. Pure; who
 * calls it keeps what it returns for the next look.
 */
import { type AgentReport, type AgentReports, isLost, type Server } from '../servers.js';

/** Quiet and Unproven are what the agent said last; Unknown when the server went without a word of either. */
export type DrainResult = 'Quiet' | 'Unproven' | 'Unknown';

/** A server that is chosen to go, or on its way. */
export interface Drain {
  readonly name: string;
  /** Since when it is on its way; when it was chosen until then. */
  readonly sinceMs: number;
  /** It was seen ready, so that there is something to drain. */
  readonly wasReady: boolean;
  readonly isTold: boolean;
}

/** By the uid of the pod. */
export type Drains = ReadonlyMap<string, Drain>;

export interface DrainEnd {
  readonly server: string;
  readonly result: DrainResult;
  readonly seconds: number;
  /** Clients' queries per second that still came; only when Unproven. */
  readonly queriesPerSecondLeft?: number;
}

export interface DrainsObservation {
  readonly nowMs: number;
  readonly servers: readonly Server[];
  readonly agents: AgentReports;
  /** Of servers that are gone since the last look: a server stops a moment after it was quiet. */
  readonly departed?: AgentReports;
}

/** The drains under way, and those that have ended since `before`. Each end is told once. */
export function followDrains(
  before: Drains,
  observation: DrainsObservation,
): { readonly drains: Drains; readonly ended: readonly DrainEnd[] } {
  const { nowMs, servers } = observation;
  const drains = new Map<string, Drain>();
  const ended: DrainEnd[] = [];
  for (const server of servers) {
    if (!server.mark) continue;
    const known = before.get(server.uid);
    const drain: Drain = {
      name: server.name,
      sinceMs: server.stopRequestedMs ?? server.mark.timeMs ?? nowMs,
      wasReady: server.isReady || known?.wasReady === true,
      isTold: known?.isTold === true,
    };
    const end = drain.isTold ? undefined : endOf(server, drain, observation);
    if (end) ended.push(end);
    drains.set(server.uid, { ...drain, isTold: drain.isTold || end !== undefined });
  }
  const present = new Set(servers.map(({ uid }) => uid));
  for (const [uid, { name, sinceMs, wasReady, isTold }] of before) {
    // Nobody ever asked one that was never ready.
    if (present.has(uid) || isTold || !wasReady) continue;
    const seconds = secondsSince(sinceMs, nowMs);
    const word = lastWord(observation.departed?.get(uid));
    ended.push({ server: name, seconds, ...(word ?? { result: 'Unknown' }) });
  }
  return { drains, ended };
}

function endOf(server: Server, { sinceMs }: Drain, { nowMs, agents }: DrainsObservation): DrainEnd | undefined {
  if (!server.isStopping) return undefined;
  const seconds = secondsSince(sinceMs, nowMs);
  const word = lastWord(agents.get(server.uid));
  if (word) return { server: server.name, seconds, ...word };
  return isLost(server, nowMs) ? { server: server.name, result: 'Unknown', seconds } : undefined;
}

/** What an agent says of the end of the drain; undefined before it. */
function lastWord(report: AgentReport | undefined): Pick<DrainEnd, 'result' | 'queriesPerSecondLeft'> | undefined {
  const { phase, queriesPerSecondLeft } = report?.load?.drain ?? {};
  if (phase === 'Quiet') return { result: 'Quiet' };
  if (phase !== 'Unproven') return undefined;
  return { result: 'Unproven', ...(queriesPerSecondLeft !== undefined && { queriesPerSecondLeft }) };
}

const secondsSince = (sinceMs: number, nowMs: number): number => Math.max(0, Math.round((nowMs - sinceMs) / 1000));
