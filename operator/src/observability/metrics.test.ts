import { beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { DnsFleet } from '../api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../api/v1alpha1/dns-pool.js';
import { testFleet, testPool } from '../../test/objects.js';
import { createKubeMetrics, registerBuildInfo } from './metrics.js';
import type { LoadSum } from '../planning/load.js';
import { registerLoadMetrics } from './load-metrics.js';
import { registerObjectMetrics } from './object-metrics.js';

let registry: Registry;
beforeEach(() => {
  registry = new Registry();
});

/** The samples whose name begins with `name`, as lines of the exposition. */
async function samples(name: string): Promise<readonly string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));
}

describe('metrics of the kube layer', () => {
  test('begin at 0 for all results once a controller is heard of', async () => {
    createKubeMetrics(registry).queueDepth('pool', 3);
    expect(await samples('dnsfleet_reconcile_total')).toEqual(
      ['success', 'requeue', 'conflict', 'error', 'aborted'].map(
        (result) => `dnsfleet_reconcile_total{controller="pool",result="${result}"} 0`,
      ),
    );
    expect(await samples('dnsfleet_workqueue_')).toContain('dnsfleet_workqueue_retries_total{controller="pool"} 0');
    expect(await samples('dnsfleet_workqueue_depth')).toEqual(['dnsfleet_workqueue_depth{controller="pool"} 3']);
  });

  test('count what is reported', async () => {
    const metrics = createKubeMetrics(registry);
    metrics.reconciled('pool', 'error', 0.2);
    metrics.reconciled('pool', 'error', 0.3);
    metrics.queueRetried('pool');
    metrics.apiRequest({ verb: 'apply', resource: 'dnspools/status', code: '409', seconds: 0.01 });
    metrics.storeSize('pods', 7);
    metrics.storeEvent('pods', 1_500);
    metrics.watchRestarted('pods', 'expired');
    expect(await samples('dnsfleet_')).toEqual(
      expect.arrayContaining([
        'dnsfleet_reconcile_total{controller="pool",result="error"} 2',
        'dnsfleet_reconcile_duration_seconds_sum{controller="pool"} 0.5',
        'dnsfleet_workqueue_retries_total{controller="pool"} 1',
        'dnsfleet_api_requests_total{verb="apply",resource="dnspools/status",code="409"} 1',
        'dnsfleet_store_objects{resource="pods"} 7',
        'dnsfleet_store_last_event_timestamp_seconds{resource="pods"} 1.5',
        'dnsfleet_watch_restarts_total{resource="pods",reason="expired"} 1',
        'dnsfleet_watch_restarts_total{resource="pods",reason="closed"} 0',
      ]),
    );
  });

  test('tell who leads', async () => {
    const metrics = createKubeMetrics(registry);
    expect(await samples('dnsfleet_leader')).toEqual(['dnsfleet_leader 0']);
    metrics.leading(true);
    expect(await samples('dnsfleet_leader')).toEqual(['dnsfleet_leader 1']);
  });

  test('tell what runs', async () => {
    registerBuildInfo(registry, { version: '1.2.3', node: 'v20.19.0' });
    expect(await samples('dnsfleet_build_info')).toEqual(['dnsfleet_build_info{version="1.2.3",node="v20.19.0"} 1']);
  });
});

describe('metrics of objects', () => {
  const pool: DnsPool = {
    ...testPool(),
    status: {
      servers: { desired: 3, ready: 2, updated: 1, stopping: 0, fresh: 1, stale: 1, absent: 0, summary: '2/3' },
      load: { queriesPerSecond: 1200, servfailPercent: 0 },
      conditions: [condition('Ready', 'False')],
    },
  };
  const fleet: DnsFleet = { ...testFleet(), status: { conditions: [condition('Accepted', 'True')] } };
  let pools: readonly DnsPool[] = [pool];
  beforeEach(() => {
    pools = [pool];
    registerObjectMetrics(registry, { fleets: () => [fleet], pools: () => pools });
  });

  test('are what status says', async () => {
    const labels = 'namespace="dns",dnsfleet="public",dnspool="public-eu"';
    expect(await samples('dnsfleet_')).toEqual([
      `dnsfleet_pool_servers{${labels},state="desired"} 3`,
      `dnsfleet_pool_servers{${labels},state="ready"} 2`,
      `dnsfleet_pool_servers{${labels},state="updated"} 1`,
      `dnsfleet_pool_servers{${labels},state="stopping"} 0`,
      `dnsfleet_pool_servers{${labels},state="fresh"} 1`,
      `dnsfleet_pool_servers{${labels},state="stale"} 1`,
      `dnsfleet_pool_servers{${labels},state="absent"} 0`,
      `dnsfleet_pool_query_rate{${labels}} 1200`,
      'dnsfleet_condition{namespace="dns",dnsfleet="public",type="Accepted",status="True"} 1',
      `dnsfleet_pool_condition{${labels},type="Ready",status="False"} 1`,
    ]);
  });

  test('go with the object', async () => {
    await registry.metrics();
    pools = [];
    expect(await samples('dnsfleet_pool')).toEqual([]);
  });

  test('are what the servers say now', async () => {
    const load: LoadSum = { queriesPerSecond: 1, servfailPercent: 0, isComplete: true };
    const known = { hitPercent: 80, latencyP99Milliseconds: 12, recursionP99Milliseconds: 250, cpuCores: 1.5 };
    let heard: LoadSum = { ...load, ...known };
    registerLoadMetrics(registry, { pools: () => pools, loadOf: () => heard });
    const labels = 'namespace="dns",dnsfleet="public",dnspool="public-eu"';
    const series = async () => {
      const names = ['dnsfleet_pool_hit', 'dnsfleet_pool_latency', 'dnsfleet_pool_cpu'];
      return (await Promise.all(names.map(samples))).flat();
    };
    expect(await series()).toEqual([
      `dnsfleet_pool_hit_ratio{${labels}} 0.8`,
      `dnsfleet_pool_latency_p99_seconds{${labels},answers="all"} 0.012`,
      `dnsfleet_pool_latency_p99_seconds{${labels},answers="recursive"} 0.25`,
      `dnsfleet_pool_cpu_cores{${labels}} 1.5`,
    ]);
    heard = load;
    expect(await series()).toEqual([]);
  });

  test('leave no series of a status that a condition had before', async () => {
    await registry.metrics();
    pools = [{ ...pool, status: { conditions: [condition('Ready', 'True')] } }];
    expect(await samples('dnsfleet_pool_condition')).toEqual([expect.stringContaining('status="True"')]);
  });
});

function condition(type: string, status: 'True' | 'False') {
  return { type, status, lastTransitionTime: '2026-11-24T00:00:00Z', reason: 'Test', message: '' };
}
