import { expect, test } from '@jest/globals';
import { drawChart } from '../../bench/chart.js';
import { dayChart } from './picture.js';
import { recordingOf } from './testing.js';

test('the picture has a panel of load and capacity, one of the servers by state, and one of the utilization', () => {
  const { panels, moments } = dayChart(recordingOf());
  expect(panels.map(({ title }) => title)).toEqual(['Load, queries/s', 'Servers', 'Utilization, %']);
  expect(panels[1]?.stack?.map(({ label }) => label)).toEqual(['serving', 'starting', 'draining']);
  expect(panels[2]?.limit).toMatchObject([{ value: 70 }, { value: 30 }]);
  expect(moments?.map(({ second, label }) => [second, label])).toEqual([
    [12, '2 → 3 Emergency'],
    [14, '3 → 5 Emergency'],
    [112, '5 → 4 LowUtilization'],
    [126, 'drained, proven quiet'],
    [120, 'the day is over'],
  ]);
});

test('lost queries are dots with their number, and none without a loss', () => {
  expect(dayChart(recordingOf()).panels[0]?.dots).toMatchObject({ label: 'lost: 0', points: [] });
  const chart = dayChart(recordingOf(12));
  expect(chart.panels[0]?.dots).toMatchObject({ label: 'lost: 12', points: [[17.5, 12]] });
  expect(drawChart(chart)).toMatch(/<circle[^>]*\/>\n<text[^>]*>12<\/text>/);
});
