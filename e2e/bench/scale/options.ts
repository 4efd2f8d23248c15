/** The arguments of `make bench-scale`. */
import { parseArgs } from 'node:util';
import { readWholeNumber } from '../whole-number.js';

/** What the HorizontalPodAutoscaler looks at: processor time of the engines, queries/s of the pool, or the higher of both. */
export type HpaMetric = 'cpu' | 'queries' | 'both';

export interface ScaleOptions {
  /** Steps of the load on pools that scale by themselves. */
  readonly steps: number;
  /** Steps on pools that a HorizontalPodAutoscaler scales, each followed by a share of the others. */
  readonly repeats: number;
  readonly metric: HpaMetric;
  /** A cluster that runs already, and is left as it is but for what was installed. */
  readonly cluster?: string;
}

const metrics: readonly HpaMetric[] = ['cpu', 'queries', 'both'];
const string = { type: 'string' } as const;

/** @throws Error that says which argument is wrong, and what would be right. */
export function parseScaleOptions(argv: readonly string[]): ScaleOptions {
  const options = { steps: string, repeats: string, metric: { ...string, default: 'queries' }, cluster: string };
  const { values } = parseArgs({ args: [...argv], options });
  const metric = metrics.find((each) => each === values.metric);
  if (!metric) throw new Error(`--metric must be one of ${metrics.join(', ')}, but is '${values.metric}'`);
  const steps = readWholeNumber('steps', values.steps, { preset: 20, min: 1, max: 100 });
  const repeats = readWholeNumber('repeats', values.repeats, { preset: 5, min: 0, max: 20 });
  return { steps, repeats, metric, ...(values.cluster !== undefined && { cluster: values.cluster }) };
}

/** One step of the load: for whom, and whether what the clients notice is counted, which takes a minute. */
export interface PlannedStep {
  readonly scaler: 'Builtin' | 'Hpa';
  readonly isCounted: boolean;
}

/**
 * The order of all steps. Each step of an HPA has one of ours behind it that is counted as long, and the others of ours
 * are spread evenly between, so that whatever changes on the machine while they run is shared by all.
 */
export function planSteps({ steps, repeats }: Pick<ScaleOptions, 'steps' | 'repeats'>): PlannedStep[] {
  const rounds = Math.max(1, repeats);
  return Array.from({ length: rounds }, (_, round) => {
    const ours = Math.floor(((round + 1) * steps) / rounds) - Math.floor((round * steps) / rounds);
    const hpa: PlannedStep[] = round < repeats ? [{ scaler: 'Hpa', isCounted: true }] : [];
    return [
      ...hpa,
      ...Array.from({ length: ours }, (_each, index) => ({ scaler: 'Builtin' as const, isCounted: index === 0 })),
    ];
  }).flat();
}
