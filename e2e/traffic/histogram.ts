/**
 * Latencies in buckets of 0.1 ms: exact enough for percentiles, and of one size however long the run is.
 */

const bucketMs = 0.1;
const bucketCount = 120_000;

/** Percentiles of a set of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Counts latencies up to 12 s; what is longer is counted as 12 s in percentiles and exactly in the maximum. */
export class Histogram {
  readonly #buckets = new Uint32Array(bucketCount);
  #count = 0;
  #max = 0;

  add(ms: number): void {
    const bucket = Math.min(bucketCount - 1, Math.max(0, Math.floor(ms / bucketMs)));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, ms);
  }

  percentiles(): Percentiles {
    return {
      p50: this.#at(0.5),
      p90: this.#at(0.9),
      p99: this.#at(0.99),
      p999: this.#at(0.999),
      max: round(this.#max),
    };
  }

  /** The upper edge of the bucket below which the share `quantile` of all latencies lies; 0 when there are none. */
  #at(quantile: number): number {
    const wanted = Math.ceil(this.#count * quantile);
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount && wanted > 0; bucket += 1) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= wanted) return round((bucket + 1) * bucketMs);
    }
    return 0;
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
