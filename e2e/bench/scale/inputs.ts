/** What the benchmark puts on its pools, and why these numbers. */

/** Servers before the step, which is the floor too. */
export const servers = 2;
/** None: with spare servers the same aim would be another number for an HPA, which does not know of them. */
export const redundancy = 0;
/**
 * What an engine gets of the processor: little enough for a small machine to overload it. With less, its supervisor cannot
 * tell that it is overloaded and not dead (resolver-image/agent/src/supervisor/control-question.ts).
 */
export const cpu = '100m';
/** Share of names that nobody asked before: all, since a miss costs the engine several times of what a hit does. */
export const missPercent = 100;
/** The upper threshold of the pool, which is its default, and the target of the HPA. */
export const targetPercent = 70;
/** The least that the API allows. */
export const cooldownSeconds = 60;
export const beforePercent = 40;
export const afterPercent = 140;
/** A source port of the clients is in use for so long: until then its queries go to the server that it has. */
export const portSeconds = 2;
/** Load at rest before a step. */
export const restSeconds = 8;
/** From the step on, where losses are counted; an HPA needs most of it. */
export const countedSeconds = 60;
/** From the step on where the time of the decision and of the servers is all that is asked, and all of it seen. */
export const watchedSeconds = 15;

/** The load of `percent` of what the servers before the step carry, in queries per second. */
export function loadOf(percent: number, capacityQps: number): number {
  return (percent / 100) * (servers - redundancy) * capacityQps;
}

/** Servers that the load after the step takes at the target. */
export const serversAfter = Math.ceil(((servers - redundancy) * afterPercent) / targetPercent) + redundancy;
