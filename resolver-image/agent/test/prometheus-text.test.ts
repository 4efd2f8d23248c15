import { expect, it } from '@jest/globals';
import { parseMetrics } from './prometheus-text.js';

it('reads counters, labels and histograms', () => {
  const metrics = parseMetrics(
    '# HELP a b\n# TYPE a counter\na{x="1",y="q\\"}"} 2\na 3e+5\n\n# TYPE h histogram\nh_bucket{le="+Inf"} 4\nh_sum 0.5\nh_count 4\n',
  );
  expect(metrics.get('a')).toBe(300_000);
  expect(metrics.get('h_sum')).toBe(0.5);
  expect(metrics.values().map(({ labels }) => labels)).toEqual([{ x: '1', y: 'q\\"}' }, {}, { le: '+Inf' }, {}, {}]);
});

it.each([
  ['a line without an end', '# TYPE a gauge\na 1'],
  ['a sample without a type', 'a 1\n'],
  ['a type that nobody knows', '# TYPE a sum\na 1\n'],
  ['two types of one metric', '# TYPE a gauge\na 1\n# TYPE a gauge\n'],
  ['a value that is none', '# TYPE a gauge\na undefined\n'],
  ['a name with a blank', '# TYPE a gauge\na b 1\n'],
  ['an open quotation', '# TYPE a gauge\na{x="1} 1\n'],
  ['the same sample twice', '# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 1\n'],
])('refuses %s', (_, text) => {
  expect(() => parseMetrics(text)).toThrow();
});
