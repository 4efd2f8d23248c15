/**
 * Whether the figures of a run may be called a result. A generator that was itself too slow, or lost answers that had
 * reached its machine, must say so instead of blaming the servers.
 */

/** How the generator itself did. */
export interface GeneratorFigures {
  /** The longest delay between the time a query was due and the time it was sent. */
  readonly lateMs: number;
  /** The longest time for which the event loop did not come round. */
  readonly maxLagMs: number;
  /** By how much an answer that was counted may have come after its deadline. */
  readonly maxGraceMs: number;
  /** Answers that the kernel dropped at the generator's own sockets. */
  readonly socketDrops: number;
  /** Failed sends by error code. */
  readonly sendErrors: Readonly<Record<string, number>>;
  /** CPU time of the generator's process as a share of one core. */
  readonly cpuPercent: number;
}

/** A load that falls behind by more than this was not steady. */
export const maxLateMs = 1000;
/** Two per cent of the time-out of 5 s: doubt of that size about one answer is accepted. */
export const maxGraceMs = 100;
/** Shortages of the generator's machine. Other codes (EPERM, EHOSTUNREACH) are what the network under test answered. */
const localShortages = ['ENOBUFS', 'ENOMEM', 'EMFILE', 'ENFILE', 'EAGAIN', 'EADDRINUSE'];

/** The reasons why the figures are no result; empty when they are one. */
export function objections(figures: GeneratorFigures): readonly string[] {
  const shortages = Object.entries(figures.sendErrors).filter(([code]) => localShortages.includes(code));
  return [
    figures.lateMs > maxLateMs &&
      `queries were sent up to ${figures.lateMs} ms late: the load was not steady (limit ${maxLateMs} ms)`,
    figures.maxGraceMs > maxGraceMs &&
      `answers were read up to ${figures.maxGraceMs} ms after their deadline: losses may be hidden (limit ${maxGraceMs} ms)`,
    figures.socketDrops > 0 && `the kernel dropped ${figures.socketDrops} answers at the generator's sockets`,
    ...shortages.map(([code, count]) => `${count} sends failed with ${code} on the generator's machine`),
  ].filter((reason) => reason !== false);
}
