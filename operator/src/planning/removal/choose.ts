/**
 * Which server is the next to go (design, section 6, 1). The choice ends where the ReplicaSet controller's begins: it
 * takes a pod without a node first, then one that is not ready, and heeds a deletion cost only among equals. So the
 * victim is always one of those that it would take.
 */
import { byHand } from './mark.js';
import type { ServerLoads } from '../server-load.js';
import type { Server } from '../servers.js';

/** The order in which the ReplicaSet controller takes pods, before their deletion cost counts: the lower goes first. */
export function deletionRank({ isScheduled, isPending = false, isReady }: Server): number {
  if (!isScheduled) return 0;
  if (isPending) return 1;
  return isReady ? 3 : 2;
}

/**
 * The server of `running` that should go next; undefined when there is none. In this order: what a person asked for;
 * what was chosen before, so that the choice holds still; one whose loss leaves the rest spread as well as it is; the
 * most crowded zone, then node; the least loaded; the youngest.
 */
export function chooseVictim(running: readonly Server[], loads: ServerLoads): Server | undefined {
  const rank = Math.min(...running.map(deletionRank));
  const judge = judgeOf(running, loads);
  const judged = running
    .filter((server) => deletionRank(server) === rank)
    .map((server) => ({ server, keys: judge(server) }));
  return judged.sort((a, b) => compare(a.keys, b.keys) || (a.server.name < b.server.name ? -1 : 1))[0]?.server;
}

type Topology = 'zone' | 'node';

/** What is compared of a server, the most important first; the smaller goes first. */
function judgeOf(running: readonly Server[], loads: ServerLoads): (server: Server) => readonly number[] {
  const zones = countBy(running, 'zone');
  const nodes = countBy(running, 'node');
  const loadClass = loadClasses(running, loads);
  return (server) => [
    Number(server.isDrainRequested !== true),
    orderOfMark(server),
    Number(breaksSpread(zones, server.zone)),
    Number(breaksSpread(nodes, server.node)),
    -(zones.get(server.zone) ?? 0),
    -(nodes.get(server.node) ?? 0),
    loadClass(server),
    -(server.createdMs ?? 0),
  ];
}

/** One that was chosen for a person who thought better of it is the last to go. */
function orderOfMark({ mark, isDrainRequested }: Server): number {
  if (mark === undefined) return 1;
  return mark.reason === byHand && !isDrainRequested ? 2 : 0;
}

const compare = (a: readonly number[], b: readonly number[]): number =>
  a.map((key, at) => key - (b[at] ?? 0)).find((difference) => difference !== 0) ?? 0;

/** How many servers are in each place; those of which it is not known are in none. */
function countBy(servers: readonly Server[], topology: Topology): ReadonlyMap<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const { [topology]: place } of servers) {
    if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}

/** The skew that the pods' topology spread constraints allow (builders/spread.ts). */
const maxSkew = 1;

/** Whether the places hold equally many servers, give or take one, and would not without one of `place`. */
function breaksSpread(counts: ReadonlyMap<string | undefined, number>, place: string | undefined): boolean {
  const before = counts.get(place);
  if (before === undefined) return false;
  const most = Math.max(...counts.values());
  const least = Math.min(...counts.values());
  return most - least <= maxSkew && most - (before - 1) > maxSkew;
}

/** Loads that differ by less than a fifth of the mean differ by chance. */
const classesInMean = 5;

/** Compares loads only where all are known: a server of which nothing is heard is not idle for that. */
function loadClasses(running: readonly Server[], loads: ServerLoads): (server: Server) => number {
  const rateOf = ({ uid }: Server) => {
    const load = loads.get(uid);
    return load?.freshness === 'Fresh' ? load.queriesPerSecond : undefined;
  };
  const known = running.flatMap((server) => rateOf(server) ?? []);
  const mean = known.reduce((sum, rate) => sum + rate, 0) / running.length;
  if (known.length < running.length || mean === 0) return () => 0;
  return (server) => Math.round((classesInMean * (rateOf(server) ?? 0)) / mean);
}
