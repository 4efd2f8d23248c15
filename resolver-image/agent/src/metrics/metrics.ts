/**
 * The server's Prometheus metrics. Everything is read from state at the scrape, so that counters are the engine's own
 * and nothing has to be kept in step. Label sets are small: response codes, two caches, configured upstreams.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import type { ConfigStatus } from '../contract/config-status.js';
import { type DrainState, drainPhases, type LoadCpu } from '../contract/load.js';
import type { EngineSample, UpstreamSample } from '../engines/engine.js';
import { latencyText } from './latency-histogram.js';

/** What a scrape shows. */
export interface MetricsState {
  readonly sample: EngineSample | undefined;
  /** When the sample was read, in milliseconds since the epoch. */
  readonly sampledAtMs: number;
  /** Undefined where it is not known. */
  readonly cpu: LoadCpu | undefined;
  readonly upstreams: readonly UpstreamSample[];
  readonly config: ConfigStatus;
  readonly refusals: number;
  readonly cacheLimits: { readonly answers: number; readonly records: number } | undefined;
  readonly engine: { readonly answering: boolean; readonly sinceMs: number; readonly noticedAfterMs: number };
  readonly drain: DrainState;
  readonly agentRestarts: number;
  readonly labels: { readonly node: string; readonly namespace: string };
}

type Series = readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];

interface Definition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labelNames?: readonly string[];
  readonly read: (state: MetricsState) => Series;
}

const one = (value: number | undefined): Series => (value === undefined ? [] : [{ value }]);
const fromSample =
  (pick: (sample: EngineSample) => number) =>
  ({ sample }: MetricsState): Series =>
    one(sample && pick(sample));

const fromCpu =
  (pick: (cpu: LoadCpu) => number | undefined) =>
  ({ cpu }: MetricsState): Series =>
    one(cpu && pick(cpu));

const DEFINITIONS: readonly Definition[] = [
  {
    name: 'engine_up',
    help: 'Whether the engine answered the last probes with its own identity.',
    type: 'gauge',
    read: ({ engine }) => one(engine.answering ? 1 : 0),
  },
  {
    name: 'engine_state_changed_timestamp_seconds',
    help: 'When engine_up last changed.',
    type: 'gauge',
    read: ({ engine }) => one(engine.sinceMs / 1000),
  },
  {
    name: 'engine_failure_notice_seconds',
    help: 'Time from the last sign of life to the notice that the engine is gone, while engine_up is 0.',
    type: 'gauge',
    read: ({ engine }) => (engine.answering ? [] : one(engine.noticedAfterMs / 1000)),
  },
  {
    name: 'engine_info',
    help: 'The engine and where it runs.',
    type: 'gauge',
    labelNames: ['version', 'start_id', 'node', 'namespace'],
    read: ({ sample, labels }) =>
      sample ? [{ labels: { version: sample.version, start_id: sample.startId, ...labels }, value: 1 }] : [],
  },
  {
    name: 'engine_uptime_seconds',
    help: 'Time since the start of the engine.',
    type: 'gauge',
    read: fromSample((sample) => sample.uptimeSeconds),
  },
  {
    name: 'engine_cpu_seconds_total',
    help: 'CPU time of the container of the engine, its liveness probe included; read every five seconds.',
    type: 'counter',
    read: fromCpu((cpu) => cpu.usageSeconds),
  },
  {
    name: 'engine_cpu_limit_cores',
    help: 'CPU cores that the container of the engine may use; absent without a limit.',
    type: 'gauge',
    read: fromCpu((cpu) => cpu.limitCores),
  },
  {
    name: 'engine_cpu_periods_total',
    help: 'Periods of the scheduler in which the container of the engine ran under its limit.',
    type: 'counter',
    read: fromCpu((cpu) => cpu.periods),
  },
  {
    name: 'engine_cpu_throttled_periods_total',
    help: 'Those of them in which it had used up its limit.',
    type: 'counter',
    read: fromCpu((cpu) => cpu.throttledPeriods),
  },
  {
    name: 'engine_cpu_throttled_seconds_total',
    help: 'Time for which the container of the engine waited because it had used up its limit.',
    type: 'counter',
    read: fromCpu((cpu) => cpu.throttledSeconds),
  },
  {
    name: 'sample_timestamp_seconds',
    help: 'When the counters of the engine were read last; a silent engine leaves the old ones standing.',
    type: 'gauge',
    read: ({ sample, sampledAtMs }) => (sample ? one(sampledAtMs / 1000) : []),
  },
  {
    name: 'queries_total',
    help: 'Queries of clients, without the probes of the supervisor.',
    type: 'counter',
    read: fromSample((sample) => sample.counters.queries),
  },
  {
    name: 'cache_hits_total',
    help: 'Queries that were answered from the cache.',
    type: 'counter',
    read: fromSample((sample) => sample.counters.cacheHits),
  },
  {
    name: 'cache_misses_total',
    help: 'Queries that needed recursion.',
    type: 'counter',
    read: fromSample((sample) => sample.counters.cacheMisses),
  },
  {
    name: 'expired_answers_total',
    help: 'Answers from expired records (RFC 8767).',
    type: 'counter',
    read: fromSample((sample) => sample.counters.expired),
  },
  {
    name: 'prefetches_total',
    help: 'Records that were refreshed before they expired.',
    type: 'counter',
    read: fromSample((sample) => sample.counters.prefetches),
  },
  {
    name: 'dropped_queries_total',
    help: 'Queries that were dropped: no place to wait, limits of rate or of waiting, or too late to answer.',
    type: 'counter',
    read: fromSample((sample) => sample.counters.dropped),
  },
  {
    name: 'answers_total',
    help: 'Answers by response code.',
    type: 'counter',
    labelNames: ['rcode'],
    read: ({ sample }) =>
      Object.entries(sample?.counters.rcodes ?? {}).map(([rcode, value]) => ({ labels: { rcode }, value })),
  },
  {
    name: 'open_recursions',
    help: 'Recursions in progress.',
    type: 'gauge',
    read: fromSample((sample) => sample.gauges.openRecursions),
  },
  {
    name: 'open_client_recursions',
    help: 'Recursions in progress that a client waits for.',
    type: 'gauge',
    read: fromSample((sample) => sample.gauges.openClientRecursions),
  },
  {
    name: 'cache_bytes',
    help: 'Memory in use for cached answers and cached records.',
    type: 'gauge',
    labelNames: ['cache'],
    read: ({ sample }) => (sample ? byCache(sample.answerBytes, sample.recordBytes) : []),
  },
  {
    name: 'cache_limit_bytes',
    help: 'Memory that cached answers and cached records may use.',
    type: 'gauge',
    labelNames: ['cache'],
    read: ({ cacheLimits }) => (cacheLimits ? byCache(cacheLimits.answers, cacheLimits.records) : []),
  },
  {
    name: 'cache_entries',
    help: 'Cached answers and cached records.',
    type: 'gauge',
    labelNames: ['cache'],
    read: ({ sample }) => (sample ? byCache(sample.answerEntries, sample.recordEntries) : []),
  },
  {
    name: 'upstream_rtt_seconds',
    help: 'Smoothed round-trip time to a configured upstream.',
    type: 'gauge',
    labelNames: ['server', 'zone'],
    read: ({ upstreams }) => upstreams.map((upstream) => ({ labels: ofServer(upstream), value: upstream.rttSeconds })),
  },
  {
    name: 'upstream_timeouts',
    help: 'Queries in a row that timed out at a configured upstream.',
    type: 'gauge',
    labelNames: ['server', 'zone'],
    read: ({ upstreams }) => upstreams.map((upstream) => ({ labels: ofServer(upstream), value: upstream.timeouts })),
  },
  {
    name: 'config_info',
    help: 'The configuration in force.',
    type: 'gauge',
    labelNames: ['hash', 'revision'],
    read: ({ config: { inForce } }) =>
      inForce ? [{ labels: { hash: inForce.hash, revision: String(inForce.revision) }, value: 1 }] : [],
  },
  {
    name: 'config_in_force_timestamp_seconds',
    help: 'When the configuration came into force.',
    type: 'gauge',
    read: ({ config: { inForce } }) => one(inForce && Date.parse(inForce.since) / 1000),
  },
  {
    name: 'config_refused',
    help: 'Whether the last configuration that was offered is refused, so that an older one is in force.',
    type: 'gauge',
    read: ({ config }) => one(config.refused ? 1 : 0),
  },
  {
    name: 'config_refusals_total',
    help: 'Configurations that were refused since the start of the agent.',
    type: 'counter',
    read: ({ refusals }) => one(refusals),
  },
  {
    name: 'drain_phase',
    help: 'The phase of the server: 1 for the one it is in.',
    type: 'gauge',
    labelNames: ['phase'],
    read: ({ drain }) => drainPhases.map((phase) => ({ labels: { phase }, value: drain.phase === phase ? 1 : 0 })),
  },
  {
    name: 'drain_queries_per_second_left',
    help: 'Queries per second of clients at the deadline of a drain that ended unproven.',
    type: 'gauge',
    read: ({ drain }) => one(drain.queriesPerSecondLeft),
  },
  {
    name: 'agent_restarts_total',
    help: 'How often the supervisor started the agent again.',
    type: 'counter',
    read: ({ agentRestarts }) => one(agentRestarts),
  },
];

const byCache = (answers: number, records: number): Series => [
  { labels: { cache: 'answers' }, value: answers },
  { labels: { cache: 'records' }, value: records },
];

const ofServer = ({ server, zone }: UpstreamSample) => ({ server, zone });

export const METRIC_PREFIX = 'dnsfleet_resolver_';

/** Forgets all values; `reset` alone leaves a 0 behind, which would be a reading that nobody took. */
function clear(metric: Counter | Gauge, labelNames: readonly string[]): void {
  metric.reset();
  if (labelNames.length === 0) metric.remove();
}

/** Returns a function that gives the text of a scrape; it shows `state()` at the time of the call. */
export function createMetrics(state: () => MetricsState): () => Promise<string> {
  const registry = new Registry();
  for (const { name, help, type, labelNames = [], read } of DEFINITIONS) {
    const options = { name: `${METRIC_PREFIX}${name}`, help, labelNames: [...labelNames], registers: [registry] };
    if (type === 'counter') {
      new Counter({
        ...options,
        collect() {
          clear(this, labelNames);
          for (const { labels, value } of read(state())) this.inc(labels ?? {}, value);
        },
      });
    } else {
      new Gauge({
        ...options,
        collect() {
          clear(this, labelNames);
          for (const { labels, value } of read(state())) this.set(labels ?? {}, value);
        },
      });
    }
  }
  const about = { name: `${METRIC_PREFIX}recursion_seconds`, help: 'Time that recursions took.' };
  return async () => {
    const text = await registry.metrics();
    const { sample } = state();
    if (sample === undefined) return text;
    const { recursiveReplies, recursionSeconds } = sample.counters;
    const reading = { buckets: sample.recursion, count: recursiveReplies, sumSeconds: recursionSeconds };
    return `${text}\n${latencyText(about, reading)}`;
  };
}

/** The content type of that text. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
