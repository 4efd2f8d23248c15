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
  /** Since the start of the engine, when the counters were read. Absent from agents that do not report it yet. */
  uptimeSeconds: count().optional(),
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

/** Buckets that one histogram may have. */
const mostBuckets = 64;

/**
 * The time that answers took for which the engine had to ask upstream. All others, the queries that are cache hits, are
 * answered at once: faster than the first bound.
 */
export const latencySchema = z.object({
  /** Upper bounds in seconds, rising. */
  boundsSeconds: z.array(count()).max(mostBuckets),
  /** How many recursions took no longer than each bound, since the start of the engine; `recursiveReplies` are all. */
  recursions: z.array(count()).max(mostBuckets),
});

/**
 * The CPU time of the engine's container, from its cgroup. It grows while the container runs; what is started in it
 * beside the engine (its liveness probe, and the preStop hook at the end) is counted too.
 */
export const cpuSchema = z.object({
  usageSeconds: count(),
  /** Seconds for which the container had to wait for its next period, having used up its limit. */
  throttledSeconds: count(),
  /** Periods of the scheduler (100 ms) in which it ran under a limit, and those of them in which it was throttled. */
  periods: count(),
  throttledPeriods: count(),
  /** The cores that it may use; absent without a limit. */
  limitCores: z.number().positive().optional(),
  /** When this was read, in milliseconds since the epoch of the server's clock: every five seconds. */
  sampledAtMs: z.number(),
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
  /** Absent from agents that do not report it yet, and with `counters`. */
  latency: latencySchema.optional(),
  /** Absent from agents that do not report it yet, without a reading of the last 30 s, and where the cgroup does not tell. */
  cpu: cpuSchema.optional(),
  /** Clients' queries per second over the last seconds. */
  queriesPerSecond: count(),
  /** Absent until a configuration was accepted. */
  config: configInForceSchema.optional(),
  drain: drainStateSchema,
});

export type Load = z.infer<typeof loadSchema>;
export type LoadCounters = z.infer<typeof countersSchema>;
export type LoadLatency = z.infer<typeof latencySchema>;
export type LoadCpu = z.infer<typeof cpuSchema>;
export type LoadGauges = z.infer<typeof gaugesSchema>;
export type DrainState = z.infer<typeof drainStateSchema>;
export type DrainPhase = DrainState['phase'];
export type ConfigInForce = z.infer<typeof configInForceSchema>;
