/** docs/guide/operations.md knows every metric and every reason that the code has, and no others; examples/ know metrics. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { reasons } from '../operator/src/api/v1alpha1/reasons.js';
import { describeOptions } from '../operator/src/config/options.js';
import { createDrainMetrics } from '../operator/src/observability/drain-metrics.js';
import { createKubeMetrics, registerBuildInfo } from '../operator/src/observability/metrics.js';
import { registerLoadMetrics } from '../operator/src/observability/load-metrics.js';
import { registerObjectMetrics } from '../operator/src/observability/object-metrics.js';
import { createScaleMetrics } from '../operator/src/observability/scale-metrics.js';
import { scaleReasons } from '../operator/src/planning/autoscale/reasons.js';
import { sumLoads } from '../operator/src/planning/load.js';
import { createMetrics, type MetricsState } from '../resolver-image/agent/src/metrics/metrics.js';
import { sampleOf } from '../resolver-image/agent/test/samples.js';

const guide = readFileSync('docs/guide/operations.md', 'utf8');
const inCode = (pattern: RegExp): readonly string[] => [...guide.matchAll(pattern)].map(([, word]) => word ?? '');
const sorted = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();
const typesIn = (scrape: string): readonly string[] =>
  [...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');

const ofServer: MetricsState = {
  sample: sampleOf(),
  sampledAtMs: 0,
  cpu: { usageSeconds: 1, throttledSeconds: 0, periods: 0, throttledPeriods: 0, limitCores: 1, sampledAtMs: 0 },
  upstreams: [],
  config: {},
  refusals: 0,
  cacheLimits: undefined,
  engine: { answering: true, sinceMs: 0, noticedAfterMs: 0 },
  drain: { phase: 'Serving', sinceMs: 0 },
  agentRestarts: 0,
  labels: { node: '', namespace: '' },
};

async function scrapeOperator(): Promise<string> {
  const registry = new Registry();
  createKubeMetrics(registry);
  createDrainMetrics(registry);
  createScaleMetrics(registry);
  registerBuildInfo(registry, { version: '0', node: '0' });
  registerObjectMetrics(registry, { fleets: () => [], pools: () => [] });
  registerLoadMetrics(registry, { pools: () => [], loadOf: () => sumLoads([], new Map()) });
  return registry.metrics();
}

test('the metrics of operator and servers', async () => {
  const scrapes = [await scrapeOperator(), await createMetrics(() => ofServer)()];
  expect(sorted(inCode(/`(dnsfleet_[a-z0-9_]+)`/g))).toEqual(sorted(scrapes.flatMap(typesIn)));
});

test.each(['hpa-external.yaml', 'keda.yaml'])('examples/%s scales on a metric of the operator', async (file) => {
  const named = [...readFileSync(`examples/${file}`, 'utf8').matchAll(/\bdnsfleet_[a-z0-9_]+/g)].map(([name]) => name);
  expect(named).not.toEqual([]);
  expect(typesIn(await scrapeOperator())).toEqual(expect.arrayContaining(named));
});

test('the reasons', () => {
  const all: readonly string[] = [...Object.values(reasons), ...Object.values(scaleReasons)];
  const known = new Set(all);
  expect(all.filter((reason) => !guide.includes(`\`${reason}\``))).toEqual([]);
  // Reasons are told from conditions and field names by their place after one.
  const named = inCode(/(?:=False`|=Unknown`|=True`), `([A-Za-z]+)`/g);
  expect(named.filter((reason) => !known.has(reason))).toEqual([]);
});

test('the options', () => {
  const options = [...describeOptions().matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name]) => name ?? '');
  expect(options.filter((option) => !guide.includes(`\`${option}\``))).toEqual([]);
  expect(inCode(/`(--[a-z-]+)`/g).filter((option) => !options.includes(option) && !option.startsWith('--set'))).toEqual(
    [],
  );
});
