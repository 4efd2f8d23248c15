/**
 * The text of a Prometheus histogram whose buckets the engine has already counted. prom-client's own histogram can only
 * observe single values, so these lines are written beside its registry's.
 */
import type { LatencyBucket } from '../engines/engine.js';

export interface LatencyReading {
  readonly buckets: readonly LatencyBucket[];
  /** All answers, those above the highest bucket included. */
  readonly count: number;
  readonly sumSeconds: number;
}

/** The lines of the histogram `name` in the Prometheus text format, the last one ended. */
export function latencyText(about: { readonly name: string; readonly help: string }, reading: LatencyReading): string {
  const { name, help } = about;
  const buckets = reading.buckets.map(({ leSeconds, count }) => `${name}_bucket{le="${leSeconds}"} ${count}`);
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_bucket{le="+Inf"} ${reading.count}`,
    `${name}_sum ${reading.sumSeconds}`,
    `${name}_count ${reading.count}`,
    '',
  ].join('\n');
}
