import { expect, test } from '@jest/globals';
import { beginStory, hasShrunk, tell, type News, type Story } from './story.js';
import { storyOf } from './testing.js';

const begin = (): Story => beginStory({ capacityQps: 300, redundancy: 1 });
const tellAll = (...news: readonly News[]): Story => news.reduce((story, each) => tell(story, each, 7), begin());
const counts = (sent: number) => ({ sent, answered: sent, lost: 0, wrong: 0 });
const scaled = (lastScaleTime: string, lastScale: string): News => ({
  type: 'Pool',
  reason: 'WithinThresholds',
  message: 'enough',
  lastScaleTime,
  lastScale,
});

test('the rate is what was sent between two reports, whatever time lies between them', () => {
  const { samples } = tellAll(
    { type: 'Load', second: 1, total: counts(100) },
    { type: 'Load', second: 3, total: counts(500) },
  );
  expect(samples.map(({ queriesPerSecond }) => queriesPerSecond)).toEqual([100, 200]);
});

test('a report that comes twice counts once', () => {
  const report: News = { type: 'Load', second: 1, total: counts(100) };
  expect(tellAll(report, report).samples).toHaveLength(1);
});

test('capacity is that of the serving servers without the spare one, and a server that drains or starts has none', () => {
  const { samples } = tellAll(
    { type: 'Server', name: 'a', state: 'serving' },
    { type: 'Server', name: 'b', state: 'serving' },
    { type: 'Server', name: 'c', state: 'serving' },
    { type: 'Server', name: 'd', state: 'starting' },
    { type: 'Server', name: 'e', state: 'draining' },
    { type: 'Load', second: 1, total: counts(300) },
  );
  expect(samples).toEqual([
    {
      second: 1,
      queriesPerSecond: 300,
      servers: { serving: 3, starting: 1, draining: 1 },
      carried: 600,
      utilizationPercent: 50,
    },
  ]);
});

test('with nothing but spare servers the utilization is not a number', () => {
  const [sample] = tellAll(
    { type: 'Server', name: 'a', state: 'serving' },
    { type: 'Load', second: 1, total: counts(300) },
  ).samples;
  expect(sample).toMatchObject({ carried: 0 });
  expect(sample).not.toHaveProperty('utilizationPercent');
});

test('a server that is gone is counted no more', () => {
  const story = tellAll({ type: 'Server', name: 'a', state: 'serving' }, { type: 'Server', name: 'a' });
  expect(story.servers.size).toBe(0);
});

test('each change of the number is told once, with its direction and its reason', () => {
  const grown = scaled('2030-01-01T00:00:01Z', 'Emergency: From 2 to 4 servers: much');
  const shrunk = scaled('2030-01-01T00:02:01Z', 'LowUtilization: From 4 to 3 servers: little');
  expect(tellAll(grown, grown, shrunk, shrunk).happenings).toEqual([
    { second: 7, type: 'Grow', reason: 'Emergency', message: 'From 2 to 4 servers: much', change: [2, 4] },
    { second: 7, type: 'Shrink', reason: 'LowUtilization', message: 'From 4 to 3 servers: little', change: [4, 3] },
  ]);
});

test.each([
  ['has not begun', 100, false],
  ['is under way', 120, false],
  ['has ended, but the server is still there', 127, false],
  ['has ended, and the server is gone', 128, true],
])('when the first drain %s, at %d s, the day may end: %p', (_, second, expected) => {
  expect(hasShrunk(storyOf(second))).toBe(expected);
});
