import { expect, test } from '@jest/globals';
import { isClean, keep, summarize } from './summary.js';
import { recordingOf, storyOf } from './testing.js';

test('the summary of a day without a loss', () => {
  expect(summarize(recordingOf())).toMatchInlineSnapshot(`
   [
     "Queries   37,102 sent, 37,102 answered, 0 lost, 0 wrong",
     "p99       1.2 ms from the cache, 4.5 ms by way of the upstream",
     "Scaling   2 times up, 1 times down",
     "          07:24  2 → 3 servers: Emergency",
     "          07:48  3 → 5 servers: Emergency",
     "          03:24  5 → 4 servers: LowUtilization",
     "          06:12  drained, proven quiet",
     "Drains    1 of 1 proven quiet before the server stopped",
   ]
  `);
});

test('the summary says what is in doubt, and that no drain has ended', () => {
  const { result } = recordingOf();
  const doubtful = { ...result, objections: ['queries were sent up to 1500 ms late'] };
  const lines = summarize({ story: storyOf(90), result: doubtful });
  expect(lines).toContain('Drains    none has ended within 90 s');
  expect(lines.at(-1)).toBe('Doubt     queries were sent up to 1500 ms late');
});

test.each([
  [{ lost: 0, wrong: 0 }, true],
  [{ lost: 1, wrong: 0 }, false],
  [{ lost: 0, wrong: 1 }, false],
])('a day with %j is clean: %p', (counts, clean) => {
  const { result } = recordingOf();
  expect(isClean({ ...result, total: { ...result.total, ...counts } })).toBe(clean);
});

test('all figures are kept', () => {
  const recording = recordingOf(3);
  expect(keep(recording, { cores: 2 })).toMatchObject({
    name: 'demo-load',
    machine: { cores: 2 },
    result: { total: { lost: 3 } },
    happenings: recording.story.happenings,
    samples: recording.story.samples,
  });
});
