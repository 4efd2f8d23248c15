import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ticks } from '../../operator/src/cli/svg.js';
import { drawChart, type Chart } from './chart.js';
import { cpuPercents, ratesOf } from './operator-chart.js';

const chart = (over: Partial<Chart> = {}): Chart => ({
  title: 'a < b & c',
  subtitle: '',
  bands: [{ label: 'all', fromSeconds: 0, toSeconds: 60 }],
  panels: [
    {
      title: 'p',
      series: [
        {
          label: 's',
          color: 'red',
          points: [
            [0, 1],
            [1, 2],
            [30, 3],
            [31, 4],
          ],
        },
      ],
    },
  ],
  ...over,
});

test('text cannot break the document', () => {
  expect(drawChart(chart())).toContain('a &lt; b &amp; c');
});

test('a line is broken where samples are missing', () => {
  expect(drawChart(chart()).match(/<polyline/g)).toHaveLength(2);
});

test('a stack is drawn from its sum down, so that each area shows its own part', () => {
  const series = (label: string, value: number) => ({
    label,
    color: label,
    points: [
      [0, value],
      [5, value],
    ] as const,
  });
  const svg = drawChart(chart({ panels: [{ title: 'p', series: [], stack: [series('red', 1), series('blue', 2)] }] }));
  const areas = [...svg.matchAll(/<polygon points="[\d.]+,[\d.]+ [\d.]+,([\d.]+) [^"]*" fill="(\w+)"/g)];
  expect(areas.map(([, , color]) => color)).toEqual(['blue', 'red']);
  const [whole = 0, part = 0] = areas.map(([, y]) => 120 + 150 - Number(y));
  expect(whole / part).toBeCloseTo(3, 1);
});

test('a value that holds until the next is drawn as a step', () => {
  const points = [
    [0, 1],
    [5, 2],
  ] as const;
  const series = [{ label: 's', color: 'red', points, isStepped: true }];
  const drawn = /<polyline points="([^"]*)"/.exec(drawChart(chart({ panels: [{ title: 'p', series }] })))?.[1];
  const [first, corner, last] = drawn?.split(' ').map((pair) => pair.split(',')) ?? [];
  expect(corner).toEqual([last?.[0], first?.[1]]);
});

test('values above the most of a panel are drawn at its edge', () => {
  const points = [
    [0, 50],
    [1, 900],
  ] as const;
  const svg = drawChart(chart({ panels: [{ title: 'p', most: 100, series: [{ label: 's', color: 'red', points }] }] }));
  expect(/<polyline points="([^"]*)"/.exec(svg)?.[1]?.endsWith(',120')).toBe(true);
});

test('every point lies within the drawing, whatever the values', () => {
  const value = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
      const points = values.map((each, second) => [second, each] as const);
      const svg = drawChart(chart({ panels: [{ title: 'p', series: [{ label: 's', color: 'red', points }] }] }));
      const height = Number(/viewBox="0 0 1000 (\d+)"/.exec(svg)?.[1]);
      for (const [, x, y] of svg.matchAll(/([-\d.e]+),([-\d.e]+)[ "]/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(1000);
        expect(Number(y)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeLessThanOrEqual(height);
      }
    }),
  );
});

test.each([
  [100, 4, [0, 50, 100]],
  [262.5, 4, [0, 100, 200]],
  [1, 4, [0, 0.5, 1]],
  [27, 10, [0, 5, 10, 15, 20, 25]],
])('the marks up to %d, about %d of them, are round', (most, count, marks) => {
  expect(ticks(most, count)).toEqual(marks);
});

test('rates are counted in steps, and steps without a request are zero', () => {
  expect(ratesOf([-1, 0, 1, 4.9, 12])).toEqual([
    [2.5, 0.6],
    [7.5, 0],
    [12.5, 0.2],
  ]);
});

test('the line of a rate is not broken into its points', () => {
  const series = [{ label: 's', color: 'red', points: ratesOf([0, 60]) }];
  expect(drawChart(chart({ panels: [{ title: 'p', series }] })).match(/<polyline/g)).toHaveLength(1);
});

test('the share of the processor has no value across a restart', () => {
  const sample = (atMs: number, cpuSeconds: number) => ({ atMs, cpuSeconds, rssMb: 1, peakMb: 1 });
  expect(cpuPercents([sample(0, 5), sample(1000, 5.5), sample(2000, 0.1), sample(3000, 0.2)])).toEqual([
    [1000, 50],
    [3000, expect.closeTo(10)],
  ]);
});
