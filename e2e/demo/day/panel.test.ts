import { describe, expect, test } from '@jest/globals';
import { stripVTControlCharacters } from 'node:util';
import { expectGolden } from '../../../operator/test/golden.js';
import { thousands } from '../../../operator/src/planning/thousands.js';
import { leastColumns, renderLine, renderPanel } from './panel.js';
import { beginStory } from './story.js';
import { storyOf } from './testing.js';

const stories = [
  ['before the first report', beginStory({ capacityQps: 300, redundancy: 1 })],
  ['when servers start', storyOf(15)],
  ['at the peak', storyOf(30)],
  ['while a server drains', storyOf(120)],
  ['when the day is over', storyOf(128)],
  ['with losses', storyOf(30, 12)],
] as const;

describe('the panel', () => {
  test.each(stories)('%s', (name, story) => {
    const lines = renderPanel(story, { columns: 100, hasColors: false });
    const file = `testdata/panel-${name.replaceAll(' ', '-')}.golden`;
    expectGolden(new URL(file, import.meta.url), `${lines.join('\n')}\n`);
  });

  test.each(stories)('%s has as many lines as always, and says the same in colours', (_, story) => {
    const lines = renderPanel(story, { columns: 100, hasColors: false });
    expect(lines).toHaveLength(renderPanel(storyOf(60), { columns: 100, hasColors: true }).length);
    const colored = renderPanel(story, { columns: 100, hasColors: true });
    expect(colored.join('')).toContain('\u001b[');
    expect(colored.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(lines);
  });

  test('fits into the narrowest terminal, and nothing wraps in any', () => {
    for (const columns of [20, 40, leastColumns, 200]) {
      for (const line of renderPanel(storyOf(30), { columns, hasColors: true })) {
        expect(Array.from(stripVTControlCharacters(line)).length).toBeLessThanOrEqual(columns);
      }
    }
  });
});

test('where nothing can be redrawn, a line says where the day stands', () => {
  expect(renderLine(storyOf(15))).toBe(
    '08:00  15 of 120 s | 762 of 300 queries/s (254 %) | 2 serving, 3 starting | 4,155 answered, 0 lost | last: 07:48 3 → 5 servers: Emergency',
  );
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1234567, '1,234,567'],
])('%d is written %s', (value, text) => {
  expect(thousands(value)).toBe(text);
});
