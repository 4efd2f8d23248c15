/** The arguments of `make bench-drain`. */
import { parseArgs } from 'node:util';
import { readWholeNumber } from '../whole-number.js';

/** What is done to both, in this order, and how tables call it. */
export const phaseTitles = {
  scale: 'scale 8 to 3',
  rollout: 'rolling change',
  drain: 'drain a node',
  delete: 'delete a pod',
} as const;

export type PhaseName = keyof typeof phaseTitles;

export const phaseNames: readonly PhaseName[] = ['scale', 'rollout', 'drain', 'delete'];

export interface DrainOptions {
  /** All of them, as a rule. */
  readonly phases: readonly PhaseName[];

  /** How often all phases are gone through. */
  readonly repeats: number;
  /** Queries per second on each of the two; found by a calibration when absent. */
  readonly rate?: number;
  /** A cluster that runs already, which is left running. */
  readonly cluster?: string;
}

const string = { type: 'string' } as const;

/** @throws Error that says which argument is wrong, and what would be right. */
export function parseDrainOptions(argv: readonly string[]): DrainOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { repeats: string, rate: string, cluster: string, phases: string },
  });
  const repeats = readWholeNumber('repeats', values.repeats, { preset: 3, min: 1, max: 20 });
  const rate = readWholeNumber('rate', values.rate, { preset: 0, min: 100, max: 10_000 });
  const wanted = values.phases?.split(',') ?? phaseNames;
  const unknown = wanted.find((name) => !phaseNames.some((phase) => phase === name));
  if (unknown !== undefined) throw new Error(`--phases must be some of ${phaseNames.join(',')}, but has '${unknown}'`);
  const phases = phaseNames.filter((phase) => wanted.includes(phase));
  return {
    repeats,
    phases,
    ...(rate > 0 && { rate }),
    ...(values.cluster !== undefined && { cluster: values.cluster }),
  };
}
