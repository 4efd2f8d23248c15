/**
 * Load: what one server says about its work, the answer of `GET /v1/load`. Counters only grow while `engine.startId`
 * stays the same; a new id means that the engine was restarted and counts from zero.
 */
import { z } from 'zod';

const count = () => z.number().min(0);

/**
 * The phases of a server's life, in order. Everything after Serving is a way out. A server goes back to Serving, and
 * nowhere else, when nobody renews the order to drain.
 */
export const drainPhases = ['Serving', 'LameDuck', 'NotReady', 'Quiet', 'Unproven'] as const;

export const drainStateSchema = z.object({
  /** LameDuck: stopping, still ready. NotReady: proving quiet. Quiet: proven. Unproven: the deadline came first. */
  phase: z.enum(drainPhases),
  /** Milliseconds since the epoch at which the phase began. */
  sinceMs: z.number(),
  /** Clients' queries per second that were left at the deadline; only in phase Unproven. */
  queriesPerSecondLeft: count().optional(),
});

export const engineSchema = z.object({
  /** Whether the engine answered the last probe, with the right identity. */
  answering: z.boolean(),
  /** Changes with each start of the engine; empty before the first. */
  startId: z.string(),
  version: z.string(),
});

export const countersSchema = z.object({
  /** Queries of clients: all less our own CHAOS probes. */
  queries: count(),
  cacheHits: count(),
  cacheMisses: count(),
  /** Answers from expired records. */
  expired: count(),
  prefetches: count(),
  /** Answers for which the engine had to ask upstream, and the seconds spent on them. */
  recursiveReplies: count(),
  recursionSeconds: count(),
  /** Queries that were dropped because all places for waiting queries were taken. */
  dropped: count(),
  /**
   * The supervisor's own CHAOS probes, five a second: counters in which they do not grow are frozen. Absent from agents
   * that do not report them yet.
   */
  probes: count().optional(),
  /** Answers by response code, such as NOERROR, NXDOMAIN, SERVFAIL. */
  rcodes: z.record(z.string(), count()),
});

export const gaugesSchema = z.object({
  /** Recursions in progress, and those of them that a client waits for. */
  openRecursions: count(),
  openClientRecursions: count(),
  cacheBytes: count(),
  cacheLimitBytes: count(),
  /** Cached answers. */
  cacheEntries: count(),
});

export const configInForceSchema = z.object({
  hash: z.string(),
  revision: z.int(),
  /** ISO 8601. */
  since: z.string(),
});

export const loadSchema = z.object({
  /** Grows by one with each change that is worth an answer, and starts elsewhere with each agent; hand it back as `since`. */
  sequence: z.int().min(0),
  /** When the counters were read, in milliseconds since the epoch of the server's clock. */
  sampledAtMs: z.number(),
  engine: engineSchema,
  /** Absent until the engine was read for the first time. */
  counters: countersSchema.optional(),
  gauges: gaugesSchema.optional(),
  /** Clients' queries per second over the last seconds. */
  queriesPerSecond: count(),
  /** Absent until a configuration was accepted. */
  config: configInForceSchema.optional(),
  drain: drainStateSchema,
});

export type Load = z.infer<typeof loadSchema>;
export type LoadCounters = z.infer<typeof countersSchema>;
export type LoadGauges = z.infer<typeof gaugesSchema>;
export type DrainState = z.infer<typeof drainStateSchema>;
export type DrainPhase = DrainState['phase'];
export type ConfigInForce = z.infer<typeof configInForceSchema>;
