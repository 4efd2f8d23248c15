/** The arguments of `make bench-operator`. */
import { parseArgs } from 'node:util';
import { watchMs } from '../../operator/src/controllers/pool/gather.js';
import { readWholeNumber } from './whole-number.js';

export interface BenchOptions {
  readonly fleets: number;
  /** PoPs of each fleet; each has one server, until the last part of a run. */
  readonly pops: number;
  /** To so many servers each pool grows for the last part, which is left out when there is one. */
  readonly serversPerPool: number;
  /** How long the operator is measured at rest. */
  readonly restSeconds: number;
  /** How long to wait for rest: pools are looked at closely for 300 s after a change. */
  readonly waitSeconds: number;
  readonly restarts: number;
}

/** The API allows no more PoPs in a region, and a fleet of the benchmark has one region. */
const mostPops = 32;

const limits = {
  fleets: { preset: 200, min: 1, max: 5000 },
  pops: { preset: 5, min: 1, max: mostPops },
  'servers-per-pool': { preset: 5, min: 1, max: 50 },
  'rest-seconds': { preset: 180, min: 10, max: 86_400 },
  'wait-seconds': { preset: watchMs / 1000, min: 0, max: 3600 },
  restarts: { preset: 2, min: 1, max: 20 },
} as const;

/** @throws Error that says which argument is wrong, and what would be right. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions {
  const options = Object.fromEntries(Object.keys(limits).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...argv], options });
  const read = (name: keyof typeof limits): number => readWholeNumber(name, values[name], limits[name]);
  return {
    fleets: read('fleets'),
    pops: read('pops'),
    serversPerPool: read('servers-per-pool'),
    restSeconds: read('rest-seconds'),
    waitSeconds: read('wait-seconds'),
    restarts: read('restarts'),
  };
}
