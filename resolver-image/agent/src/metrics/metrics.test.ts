import { describe, expect, it } from '@jest/globals';
import { configFor, forwardTo } from '../../test/configs.js';
import { sampleOf } from '../../test/samples.js';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import { createMetrics, type MetricsState } from './metrics.js';
import { configuredServers, UpstreamReader } from './upstream-reader.js';

const empty: MetricsState = {
  sample: undefined,
  sampledAtMs: 0,
  cpu: undefined,
  upstreams: [],
  config: {},
  refusals: 0,
  cacheLimits: undefined,
  engine: { answering: false, sinceMs: 2000, noticedAfterMs: 550 },
  drain: { phase: 'Serving', sinceMs: 0 },
  agentRestarts: 0,
  labels: { node: 'node-1', namespace: 'dns' },
};

describe('createMetrics', () => {
  it('shows no reading that nobody took', async () => {
    const text = await createMetrics(() => empty)();
    expect(text).not.toMatch(
      /^dnsfleet_resolver_(queries_total|engine_cpu_\w+|sample_timestamp_seconds|cache_bytes|config_info|recursion_seconds)/m,
    );
    expect(text).toContain('dnsfleet_resolver_engine_up 0\n');
    expect(text).toContain('dnsfleet_resolver_engine_failure_notice_seconds 0.55\n');
  });

  it("shows the engine's own counters, again at each scrape", async () => {
    let state: MetricsState = { ...empty, sample: sampleOf({ queries: 70 }) };
    const scrape = createMetrics(() => state);
    await scrape();
    state = {
      ...empty,
      sample: sampleOf({ queries: 71 }),
      sampledAtMs: 1_500_000,
      cpu: { usageSeconds: 12.5, throttledSeconds: 0.5, periods: 90, throttledPeriods: 8, sampledAtMs: 0 },
      upstreams: [{ server: '192.0.2.1@53', zone: '.', rttSeconds: 0.02, timeouts: 3 }],
      config: { inForce: { hash: 'abc', revision: 7, since: '2026-01-01T00:00:00.000Z' } },
      cacheLimits: { answers: 40, records: 60 },
      drain: { phase: 'Unproven', sinceMs: 0, queriesPerSecondLeft: 2.5 },
    };
    const text = await scrape();
    for (const line of [
      'sample_timestamp_seconds 1500',
      'queries_total 71',
      'engine_cpu_seconds_total 12.5',
      'engine_cpu_throttled_seconds_total 0.5',
      'engine_cpu_periods_total 90',
      'engine_cpu_throttled_periods_total 8',
      'answers_total{rcode="NOERROR"} 71',
      'cache_bytes{cache="answers"} 100',
      'cache_limit_bytes{cache="records"} 60',
      'upstream_rtt_seconds{server="192.0.2.1@53",zone="."} 0.02',
      'upstream_timeouts{server="192.0.2.1@53",zone="."} 3',
      'config_info{hash="abc",revision="7"} 1',
      'drain_phase{phase="Unproven"} 1',
      'drain_phase{phase="Serving"} 0',
      'drain_queries_per_second_left 2.5',
      'recursion_seconds_bucket{le="+Inf"} 0',
    ]) {
      expect(text).toContain(`dnsfleet_resolver_${line}\n`);
    }
    expect(text).not.toMatch(/^dnsfleet_resolver_engine_cpu_limit_cores /m);
  });
});

describe('UpstreamReader', () => {
  const config = configFor(53, {
    upstreams: forwardTo(5300, {
      zones: [{ name: 'Corp.example', mode: 'Stub', servers: [{ address: '192.0.2.1', tlsServerName: 'a.example' }] }],
    }),
  });

  it('knows the servers that the configuration names', () => {
    expect([...configuredServers(config)]).toEqual(['127.0.0.1@5300 .', '192.0.2.1@853 corp.example.']);
  });

  it('shows those alone, asks once in ten seconds, and not for a large table', async () => {
    let calls = 0;
    const rtt = { rttSeconds: 0.1, timeouts: 0 };
    const upstreams = () => {
      calls += 1;
      return Promise.resolve([
        { server: '127.0.0.1@5300', zone: '.', ...rtt },
        { server: '198.51.100.1@53', zone: 'elsewhere.', ...rtt },
      ]);
    };
    const clock = new FakeClock();
    const reader = new UpstreamReader({ upstreams }, clock);
    expect(await reader.read(config, { ...sampleOf(), knownServers: 100_000 })).toEqual([]);
    expect(calls).toBe(0);
    expect(await reader.read(config, sampleOf())).toHaveLength(1);
    await reader.read(config, sampleOf());
    expect(calls).toBe(1);
    await clock.advance(10_000);
    await reader.read(config, sampleOf());
    expect(calls).toBe(2);
  });
});
