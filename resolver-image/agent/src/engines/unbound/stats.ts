/**
 * Reads the answer of `stats_noreset` and of `dump_infra`. Pure. Separate because it is the one place that knows how
 * Unbound names its counters, and which of them our own probes inflate.
 */
import type { EngineSample, LatencyBucket, UpstreamSample } from '../engine.js';

/** The upper bounds, in seconds, of the latency histogram that we publish: every second of Unbound's powers of two. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.000256, 0.001024, 0.004096, 0.016384, 0.065536, 0.262144, 0.524288, 1, 2, 4, 8, 16,
];

export interface StatsContext {
  readonly startId: string;
  readonly version: string;
}

/** `name=value` lines as numbers; lines of another form are skipped. */
export function parseStats(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return values;
}

/**
 * Clients' queries: all queries less those of class CHAOS, which are our probes. Both are in one answer of the engine,
 * so there is no race between them.
 */
export const clientQueries = (values: ReadonlyMap<string, number>): number =>
  Math.max(0, (values.get('total.num.queries') ?? 0) - (values.get('num.query.class.CH') ?? 0));

/** Queries that came over TCP, encrypted or not. */
export const queriesOverTcp = (values: ReadonlyMap<string, number>): number => values.get('num.query.tcp') ?? 0;

/** Recursions that a client waits for. */
export const openClientRecursions = (values: ReadonlyMap<string, number>): number =>
  values.get('total.requestlist.current.user') ?? 0;

/** Turns the counters into a sample. Throws if the text is not an answer of `stats_noreset`. */
export function toSample(text: string, context: StatsContext): EngineSample {
  const values = parseStats(text);
  if (!values.has('total.num.queries') || !values.has('time.up')) {
    throw new Error(`statistics of the engine: unexpected answer ${JSON.stringify(text.slice(0, 80))}`);
  }
  const value = (name: string) => values.get(name) ?? 0;
  const probes = value('num.query.class.CH');
  const replies = value('total.num.recursivereplies');
  const answerBytes = value('mem.cache.message');
  const recordBytes = value('mem.cache.rrset');
  return {
    startId: context.startId,
    version: context.version,
    uptimeSeconds: value('time.up'),
    counters: {
      queries: clientQueries(values),
      // The engine answers a probe by itself and counts it as a hit with NOERROR.
      cacheHits: Math.max(0, value('total.num.cachehits') - probes),
      cacheMisses: value('total.num.cachemiss'),
      expired: value('total.num.expired'),
      prefetches: value('total.num.prefetch'),
      recursiveReplies: replies,
      recursionSeconds: value('total.recursion.time.avg') * replies,
      dropped:
        value('total.requestlist.exceeded') +
        value('total.requestlist.overwritten') +
        value('total.num.queries_discard_timeout') +
        value('total.num.queries_wait_limit') +
        value('total.num.queries_replyaddr_limit') +
        value('total.num.queries_ip_ratelimited') +
        value('num.query.ratelimited'),
      probes,
      rcodes: rcodes(values, probes),
    },
    gauges: {
      openRecursions: value('total.requestlist.current.all'),
      openClientRecursions: openClientRecursions(values),
      cacheBytes: answerBytes + recordBytes,
      cacheEntries: value('msg.cache.count'),
    },
    recursion: latencies(values),
    answerEntries: value('msg.cache.count'),
    recordEntries: value('rrset.cache.count'),
    answerBytes,
    recordBytes,
    knownServers: value('infra.cache.count'),
  };
}

function rcodes(values: ReadonlyMap<string, number>, probes: number): Record<string, number> {
  const prefix = 'num.answer.rcode.';
  const counts: Record<string, number> = {};
  for (const [name, value] of values) {
    if (!name.startsWith(prefix) || name === `${prefix}nodata`) continue;
    const rcode = name.slice(prefix.length);
    counts[rcode] = rcode === 'NOERROR' ? Math.max(0, value - probes) : value;
  }
  return counts;
}

/** Unbound's buckets count each answer once, by the range it fell in; ours count up to a bound. */
function latencies(values: ReadonlyMap<string, number>): LatencyBucket[] {
  const counts = LATENCY_BOUNDS.map(() => 0);
  for (const [name, count] of values) {
    const match = /^histogram\.\d+\.\d+\.to\.(\d+)\.(\d+)$/.exec(name);
    if (match === null || count === 0) continue;
    const upper = Number(match[1]) + Number(match[2]) / 1e6;
    LATENCY_BOUNDS.forEach((bound, index) => {
      if (upper <= bound) counts[index] = (counts[index] ?? 0) + count;
    });
  }
  return LATENCY_BOUNDS.map((leSeconds, index) => ({ leSeconds, count: counts[index] ?? 0 }));
}

/** Reads `dump_infra`: one line for each server and zone. Lines without a round-trip time (expired) are skipped. */
export function parseInfra(text: string): UpstreamSample[] {
  const samples: UpstreamSample[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\S+) (\S+) ttl \d+ .*\brtt (\d+) .*\btA (\d+) tAAAA (\d+) tother (\d+) /.exec(line);
    if (match === null) continue;
    const [, server = '', zone = '', rtt, ...timeouts] = match;
    samples.push({
      server,
      zone,
      rttSeconds: Number(rtt) / 1000,
      timeouts: timeouts.reduce((sum, count) => sum + Number(count), 0),
    });
  }
  return samples;
}
