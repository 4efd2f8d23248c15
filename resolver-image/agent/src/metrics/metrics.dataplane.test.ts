/** What a Prometheus server gets from a real pod: text that it can read, with exactly what clients did. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../e2e/traffic/upstream.js';
import { configFor, forwardTo } from '../../test/configs.js';
import { ask, firstAnswer, portOf, upstreamOn } from '../../test/dns.js';
import { Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';
import { type Metrics, parseMetrics } from '../../test/prometheus-text.js';

jest.setTimeout(60_000);

const PREFIX = 'dnsfleet_resolver_';

let programs: Awaited<ReturnType<typeof testPrograms>>;
let a: Upstream;
let b: Upstream;
let pod: Pod;
let cgroup: string;
beforeAll(async () => {
  cgroup = mkdtempSync(join(tmpdir(), 'dnsfleet-cgroup-'));
  programs = await testPrograms();
  [a, b] = await Promise.all([upstreamOn('a'), upstreamOn('b')]);
  const zones = [
    { name: 'corp.example', mode: 'Forward' as const, servers: [{ address: '127.0.0.1', port: portOf(b) }] },
  ];
  const upstreams = forwardTo(portOf(a), { zones });
  pod = await Pod.start({
    programs,
    config: configFor(portOf(a), { revision: 5, upstreams }),
    environment: { DNSFLEET_CGROUP: cgroup },
  });
  await pod.ready();
});
afterAll(async () => {
  await pod.stop();
  await Promise.all([a.close(), b.close()]);
  await programs.remove();
  rmSync(cgroup, { recursive: true });
});

const scrape = async () => parseMetrics(await pod.metrics());
/** Scrapes until `queries` of clients are counted, and as many answers: the agent reads the engine once a second. */
const scrapeAt = (queries: number) =>
  until(`${queries} queries are counted`, async () => {
    const metrics = await scrape();
    const answers = Object.values(byLabels(metrics, 'answers_total')).reduce((sum, count) => sum + count, 0);
    return metrics.get(`${PREFIX}queries_total`) === queries && answers === queries && metrics;
  });

/** The values of one metric by the values of its labels. */
function byLabels(metrics: Metrics, name: string): Readonly<Record<string, number>> {
  const found = [...metrics.values()].filter((sample) => sample.name === `${PREFIX}${name}`);
  return Object.fromEntries(found.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

describe('the metrics of a pod', () => {
  it('count the queries of clients, and nothing that we ask ourselves', async () => {
    for (const name of ['x.example', 'y.example', 'x.corp.example', 'x.nx.example', 'x.servfail.example']) {
      await ask({ name, port: pod.dnsPort });
    }
    for (let hit = 0; hit < 7; hit += 1) await ask({ name: 'x.example', port: pod.dnsPort });
    await firstAnswer({ name: 'x.slow.example', port: pod.dnsPort });
    const metrics = await scrapeAt(13);
    expect(metrics.get(`${PREFIX}cache_hits_total`)).toBe(7);
    expect(metrics.get(`${PREFIX}cache_misses_total`)).toBe(6);
    expect(byLabels(metrics, 'answers_total')).toMatchObject({ NOERROR: 11, NXDOMAIN: 1, SERVFAIL: 1 });
    expect(metrics.get(`${PREFIX}open_client_recursions`)).toBe(0);
    expect(metrics.get(`${PREFIX}dropped_queries_total`)).toBe(0);
    const later = await until('a second has gone by', async () => {
      const next = await scrape();
      return (
        (next.get(`${PREFIX}engine_uptime_seconds`) ?? 0) > (metrics.get(`${PREFIX}engine_uptime_seconds`) ?? 0) + 1 &&
        next
      );
    });
    expect(later.get(`${PREFIX}queries_total`)).toBe(13);
    expect(later.get(`${PREFIX}cache_hits_total`)).toBe(7);
  });

  it('show latency, cache and configuration', async () => {
    const metrics = await scrapeAt(13);
    expect(metrics.get(`${PREFIX}recursion_seconds_count`)).toBe(6);
    expect(metrics.get(`${PREFIX}recursion_seconds_sum`)).toBeGreaterThan(2.9);
    const buckets = byLabels(metrics, 'recursion_seconds_bucket');
    expect(buckets['+Inf']).toBe(6);
    expect(buckets['1']).toBe(5);
    const bounds = Object.entries(buckets).map(
      ([bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), count] as const,
    );
    const counts = bounds.sort(([left], [right]) => left - right).map(([, count]) => count);
    expect(counts).toEqual([...counts].sort((left, right) => left - right));
    expect(byLabels(metrics, 'cache_entries')['answers']).toBeGreaterThanOrEqual(4);
    expect(byLabels(metrics, 'cache_limit_bytes')).toEqual({ answers: 26843546, records: 40265318 });
    expect(byLabels(metrics, 'cache_bytes')['answers']).toBeGreaterThan(0);
    const { inForce } = await pod.client.config();
    expect(byLabels(metrics, 'config_info')).toEqual({ [`${inForce?.hash ?? ''} 5`]: 1 });
    expect(metrics.get(`${PREFIX}engine_up`)).toBe(1);
    expect(Object.keys(byLabels(metrics, 'engine_info')).join()).toMatch(/^1\.\d+\.\d+ \S+ node-1 dns$/);
  });

  it('show each upstream of the configuration with the zone it is asked for', async () => {
    const wanted = [`127.0.0.1@${portOf(a)} .`, `127.0.0.1@${portOf(b)} corp.example.`];
    const rtt = await until(
      'the table of servers is read anew',
      async () => {
        const seen = byLabels(await scrape(), 'upstream_rtt_seconds');
        return Object.keys(seen).length === wanted.length && seen;
      },
      15_000,
    );
    expect(Object.keys(rtt).sort()).toEqual(wanted.sort());
    expect(Math.min(...Object.values(rtt))).toBeGreaterThanOrEqual(0);
    expect(Object.keys(byLabels(await scrape(), 'upstream_timeouts')).sort()).toEqual(wanted);
  });

  it('show the CPU time that the probe of the engine read, as the load does', async () => {
    writeFileSync(join(cgroup, 'cpu.max'), '50000 100000\n');
    writeFileSync(
      join(cgroup, 'cpu.stat'),
      'usage_usec 2500000\nnr_periods 90\nnr_throttled 8\nthrottled_usec 500000\n',
    );
    expect(await pod.client.load()).not.toHaveProperty('cpu');
    expect(await pod.engineAlive()).toBe(0);
    const { cpu, sampledAtMs } = await until('the agent has read it', async () => {
      const load = await pod.client.load();
      return load.cpu && { ...load, cpu: load.cpu };
    });
    expect(cpu).toMatchObject({ usageSeconds: 2.5, throttledSeconds: 0.5, throttledPeriods: 8, limitCores: 0.5 });
    expect(Math.abs(sampledAtMs - cpu.sampledAtMs)).toBeLessThan(5000);
    const metrics = await scrape();
    expect(metrics.get(`${PREFIX}engine_cpu_seconds_total`)).toBe(2.5);
    expect(metrics.get(`${PREFIX}engine_cpu_limit_cores`)).toBe(0.5);
  });

  it('begin anew with another start of the engine, and say that it is another', async () => {
    const before = Object.keys(byLabels(await scrape(), 'engine_info'));
    pod.engine?.kill('SIGKILL');
    await until('it is gone', async () => (await scrape()).get(`${PREFIX}engine_up`) === 0);
    pod.startEngine();
    await pod.ready();
    await ask({ name: 'x.example', port: pod.dnsPort });
    const metrics = await scrapeAt(1);
    // What was read of the container of the engine before says nothing of this one.
    expect(await pod.client.load()).not.toHaveProperty('cpu');
    expect(Object.keys(byLabels(metrics, 'engine_info'))).not.toEqual(before);
    expect(metrics.get(`${PREFIX}cache_misses_total`)).toBe(1);
  });
});
