/** How a few measurements are spread. Pure. */

export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

/** The spread of `values`, percentiles by the nearest rank; undefined without any. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = Float64Array.from(values).sort();
  const at = (percent: number): number => sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
  if (sorted.length === 0) return undefined;
  return { least: at(0), median: at(50), p95: at(95), most: at(100) };
}
