import { describe, expect, test } from '@jest/globals';
import { annotations } from '../../api/v1alpha1/labels.js';
import { readPauses } from './pauses.js';

const end = '2030-01-31T18:00:00Z';
const endMs = Date.UTC(2030, 0, 31, 18);

describe('pauses', () => {
  test('there are none without annotations', () => {
    expect(readPauses()).toEqual({});
    expect(readPauses({ other: 'x' })).toEqual({});
  });

  test.each([end, '2030-01-31T19:00:00+01:00', '2030-01-31T18:00:00.000z'])('end at %s', (text) => {
    expect(readPauses({ [annotations.pauseScaling]: text })).toEqual({ allUntilMs: endMs });
    expect(readPauses({ [annotations.pauseShrinking]: text })).toEqual({ shrinkUntilMs: endMs });
  });

  test.each(['', 'true', 'tomorrow', '2030-01-31', '2030-01-31T18:00:00', '2030-13-31T18:00:00Z', '300s'])(
    'without a readable end (%p) there is a problem, and it is said what would be right',
    (text) => {
      for (const name of [annotations.pauseScaling, annotations.pauseShrinking]) {
        const pauses = readPauses({ [name]: text });
        expect(pauses).toEqual({ problem: expect.stringContaining(`\`${name}\``) });
        expect(pauses.problem).toContain("such as '2030-01-31T18:00:00Z'");
      }
    },
  );

  test('each is read for itself', () => {
    const pauses = readPauses({ [annotations.pauseScaling]: 'x', [annotations.pauseShrinking]: end });
    expect(pauses).toEqual({ shrinkUntilMs: endMs, problem: expect.stringContaining("is 'x'") });
    expect(readPauses({ [annotations.pauseScaling]: end, [annotations.pauseShrinking]: end })).toEqual({
      allUntilMs: endMs,
      shrinkUntilMs: endMs,
    });
  });
});
