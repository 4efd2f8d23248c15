/** Names that are in an engine's cache, to see whether it still has them after something was done to it. */
import { expect } from '@jest/globals';
import { addressOf } from '../../../e2e/traffic/names.js';
import { firstAnswer } from './dns.js';
import type { Pod } from './pod.js';

/** `count` names of an hour's time to live, below `zone`. */
export const longLived = (zone: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `kept-${index}.ttl-3600.${zone}`);

/** Asks all `names` and returns how many of them the engine had to ask an upstream for. Throws unless all answers are right. */
export async function missesOf(pod: Pod, names: readonly string[]): Promise<number> {
  const before = await pod.stat('total.num.cachemiss');
  for (const name of names)
    expect([name, await firstAnswer({ name, port: pod.dnsPort })]).toEqual([name, addressOf(name)]);
  return (await pod.stat('total.num.cachemiss')) - before;
}
