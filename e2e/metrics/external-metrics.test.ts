import { describe, expect, test } from '@jest/globals';
import { listMetrics, listValues, readRequest } from './external-metrics.js';

const root = '/apis/external.metrics.k8s.io/v1beta1';
const rate = (namespace: string, dnspool: string, value: number) => ({
  name: 'dnsfleet_pool_query_rate',
  labels: { namespace, dnsfleet: 'public', dnspool },
  value,
});
const samples = [
  rate('dns', 'public-eu', 1200),
  rate('dns', 'public-us', 0.25),
  rate('other', 'public-eu', 7),
  { name: 'dnsfleet_pool_needed_servers', labels: { namespace: 'dns', dnspool: 'public-eu' }, value: NaN },
  { name: 'process_cpu_seconds_total', labels: {}, value: 3 },
];

describe('a request', () => {
  test.each([
    ['of the list of metrics', root, { type: 'Discovery' }],
    [
      'of one metric of a namespace',
      `${root}/namespaces/dns/rate`,
      { type: 'Values', request: { namespace: 'dns', metric: 'rate', labels: {} } },
    ],
    [
      'of some series, as an autoscaler writes it',
      `${root}/namespaces/dns/rate?labelSelector=dnspool%3Dpublic-eu%2Cdnsfleet%3Dpublic`,
      {
        type: 'Values',
        request: { namespace: 'dns', metric: 'rate', labels: { dnspool: 'public-eu', dnsfleet: 'public' } },
      },
    ],
    ['of something else', '/apis/metrics.k8s.io/v1beta1', { type: 'Refused', answer: { status: 404 } }],
    [
      'with a selector that compares otherwise',
      `${root}/namespaces/dns/rate?labelSelector=dnspool+in+%28a%2Cb%29`,
      { type: 'Refused', answer: { status: 400 } },
    ],
  ])('%s', (_, url, expected) => {
    expect(readRequest(url)).toMatchObject(expected);
  });
});

describe('the values of a metric', () => {
  const valuesOf = (labels: Record<string, string>, metric = 'dnsfleet_pool_query_rate') =>
    listValues(samples, { namespace: 'dns', metric, labels }, 0).body;

  test('are those of the namespace', () => {
    expect(valuesOf({})).toMatchObject({ items: [{ value: '1200000m' }, { value: '250m' }] });
  });

  test('are those with the labels, with all of their labels', () => {
    expect(valuesOf({ dnspool: 'public-eu' })).toEqual({
      kind: 'ExternalMetricValueList',
      apiVersion: 'external.metrics.k8s.io/v1beta1',
      metadata: {},
      items: [
        {
          metricName: 'dnsfleet_pool_query_rate',
          metricLabels: { namespace: 'dns', dnsfleet: 'public', dnspool: 'public-eu' },
          timestamp: '1970-01-01T00:00:00.000Z',
          value: '1200000m',
        },
      ],
    });
  });

  test('are none where there is no number', () => {
    expect(valuesOf({}, 'dnsfleet_pool_needed_servers')).toMatchObject({ items: [] });
  });
});

test('the list of metrics has each once, and none that belongs to no namespace', () => {
  const { body } = listMetrics(samples);
  expect(body).toMatchObject({
    resources: [{ name: 'dnsfleet_pool_query_rate' }, { name: 'dnsfleet_pool_needed_servers' }],
  });
});
