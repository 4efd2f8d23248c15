/**
 * The load of a pool out of what its agents count. Rates are made of two samples of the same engine process; numbers
 * are rounded, because every change of them is a write.
 */
import type { Load } from '../../../resolver-image/agent/src/contract/load.js';
import type { PoolLoad } from './rollout-types.js';
import type { AgentReports, Server } from './servers.js';

/**
 * The load of all servers together; undefined unless it is known for every server that answers, because a part of it
 * would look like a loss.
 */
export function measureLoad(servers: readonly Server[], agents: AgentReports): PoolLoad | undefined {
  const answering = servers.filter(({ isReady }) => isReady);
  const rates = servers.map((server) => ({ server, rate: rateOf(agents.get(server.uid)) }));
  const known = rates.flatMap(({ rate }) => (rate ? [rate] : []));
  const isComplete = answering.every(({ uid }) => rates.some(({ server, rate }) => server.uid === uid && rate));
  if (answering.length === 0 || !isComplete) return undefined;
  const queries = sum(known.map((rate) => rate.queriesPerSecond));
  const servfails = sum(known.map((rate) => rate.servfailsPerSecond));
  return {
    queriesPerSecond: roundToTwoDigits(queries),
    servfailPercent: queries > 0 ? Math.min(100, Math.round((100 * servfails) / queries)) : 0,
  };
}

interface Rate {
  readonly queriesPerSecond: number;
  readonly servfailsPerSecond: number;
}

function rateOf(report: { readonly load?: Load; readonly previous?: Load } | undefined): Rate | undefined {
  const { load, previous } = report ?? {};
  if (!load?.counters || !previous?.counters || load.engine.startId !== previous.engine.startId) return undefined;
  const seconds = (load.sampledAtMs - previous.sampledAtMs) / 1000;
  if (seconds <= 0) return undefined;
  return {
    queriesPerSecond: (load.counters.queries - previous.counters.queries) / seconds,
    servfailsPerSecond:
      ((load.counters.rcodes['SERVFAIL'] ?? 0) - (previous.counters.rcodes['SERVFAIL'] ?? 0)) / seconds,
  };
}

/** 1234 is 1200: two digits are what a decision needs. */
export function roundToTwoDigits(value: number): number {
  if (value < 1) return value >= 0.5 ? 1 : 0;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / step) * step;
}

/** Constant load, give or take this share, is rest (design, section 3): nothing is written. */
const restPercent = 20;
/** Points of SERVFAIL that are worth a write; below the rise that stops a rollout. */
const restServfailPoints = 2;

/** Whether `next` says something that `written` does not. */
export function isOtherLoad(written: PoolLoad | undefined, next: PoolLoad | undefined): boolean {
  if (!written || !next) return written !== next;
  const difference = Math.abs(next.queriesPerSecond - written.queriesPerSecond);
  const largest = Math.max(next.queriesPerSecond, written.queriesPerSecond);
  return (
    difference * 100 > largest * restPercent ||
    Math.abs(next.servfailPercent - written.servfailPercent) >= restServfailPoints
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
