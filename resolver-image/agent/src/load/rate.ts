/**
 * The rate of queries, and when it has moved enough to tell those who wait. Pure. The threshold knows how much a count
 * varies by chance, so that a quiet server does not wake its operator every second.
 */

/** A reading of a counter. */
export interface Reading {
  readonly timeMs: number;
  readonly startId: string;
  readonly count: number;
}

/** Milliseconds over which the rate is taken: a step is seen within two samples. */
export const WINDOW_MS = 2000;

/** The readings that matter from now on: those of the same engine start, and one that is at least a window old. */
export function withReading(readings: readonly Reading[], next: Reading): Reading[] {
  const same = readings.filter((reading) => reading.startId === next.startId && reading.count <= next.count);
  const firstNeeded = same.findLastIndex((reading) => next.timeMs - reading.timeMs >= WINDOW_MS);
  return [...same.slice(Math.max(0, firstNeeded)), next];
}

/** Counts per second from the oldest to the newest reading; 0 with fewer than two. */
export function ratePerSecond(readings: readonly Reading[]): number {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || last.timeMs <= first.timeMs) return 0;
  return ((last.count - first.count) * 1000) / (last.timeMs - first.timeMs);
}

/**
 * Whether `now` differs from `told` by more than 10 % and by more than three standard deviations of a count over the
 * window (Poisson), and by at least one query a second.
 */
export function hasMoved(told: number, now: number): boolean {
  const noise = 3 * Math.sqrt(Math.max(told, now) / (WINDOW_MS / 1000));
  return Math.abs(now - told) > Math.max(1, 0.1 * told, noise);
}
