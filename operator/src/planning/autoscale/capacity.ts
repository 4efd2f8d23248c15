/** Whether a pool has the servers that its load and its redundancy take: the material of the condition `CapacitySufficient`. */
import { assess } from './assess.js';
import { countOf, loadOf, percentOf, retiringMessage, warmthOf } from './messages.js';
import type { PoolFacts } from './types.js';

export interface CapacityJudgment {
  /** Undefined when it is not known: no `capacityQps`, or servers that do not say their load; and when the pool retires. */
  readonly isSufficient: boolean | undefined;
  /** One sentence without a full stop, with rounded numbers. */
  readonly message: string;
  readonly serving: number;
  /** For the load that is known, without the redundancy; absent when nothing is known of it. */
  readonly needed?: number;
  /** Warm servers that the serving ones are worth, beyond the load and the redundancy; negative when they are missing. */
  readonly headroom?: number;
}

/** Weights are fractions; their sum may fall short of a whole number by so much. */
const rounding = 1e-9;

export function judgeCapacity(facts: PoolFacts): CapacityJudgment {
  const { serving, load, need } = assess(facts);
  const { redundancy } = facts;
  if (facts.isRetiring) return { isSufficient: undefined, message: retiringMessage, serving };
  if (facts.capacityQps === undefined) {
    const message = 'Without `server.capacityQps` it is not known what a server can carry';
    return { isSufficient: undefined, message, serving };
  }
  const unknown = `the load of ${load.unknownServers} of ${countOf(serving, 'serving server')} is not known`;
  if (!need)
    return { isSufficient: undefined, message: `${countOf(serving, 'serving server')} of unknown load`, serving };
  const { needed } = need;
  const { servingWeight } = load;
  const headroom = Math.floor(servingWeight + rounding) - needed - redundancy;
  const numbers = `${countOf(serving, 'serving server')}${warmthOf(load)}, ${needed} needed for ${loadOf(need, 'Rounded')} and ${redundancy} to spare (${percentOf(need.utilization, 'Rounded')})`;
  const judged = { serving, needed, headroom };
  // What is known is a lower bound: too few for a part is too few for all.
  if (headroom < 0) return { isSufficient: false, message: `${numbers}: ${-headroom} missing`, ...judged };
  if (!load.isComplete) return { isSufficient: undefined, message: `${numbers}; ${unknown}`, ...judged };
  return { isSufficient: true, message: `${numbers}: ${headroom} more than that`, ...judged };
}
