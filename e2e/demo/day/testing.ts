/** A day as the tests tell it: half of it played, with growth, a drain, and nothing lost. */
import { courseAt } from './curve.js';
import type { LoadFigures } from './news.js';
import type { Recording } from './play.js';
import { beginStory, tell, type News, type Story } from './story.js';

const capacity = { capacityQps: 300, redundancy: 1 };

const servers = (names: readonly string[], state: 'starting' | 'serving' | 'draining'): readonly News[] =>
  names.map((name) => ({ type: 'Server', name, state }));

const quiet: News = { type: 'Pool', reason: 'WithinThresholds', message: '90 queries/s take about 30 % of 2 servers' };

const growth = (from: number, to: number, time: string): News => ({
  type: 'Pool',
  reason: 'ServersStarting',
  message: `${from} of ${to} wanted servers serve`,
  lastScaleTime: time,
  lastScale: `Emergency: From ${from} to ${to} servers: 480 queries/s take 160 % of 2 serving servers`,
});

const shrink: News = {
  type: 'Pool',
  reason: 'ServersLeaving',
  message: '5 servers are there and 4 wanted: nothing shrinks until the others are gone',
  lastScaleTime: '2030-01-01T00:02:00Z',
  lastScale: 'LowUtilization: From 5 to 4 servers: at most 100 queries/s take 8 % of 5 servers with 1 to spare',
};

/** News by the second of the play in which they come. */
const course: Readonly<Record<number, readonly News[]>> = {
  0: [quiet, ...servers(['a', 'b'], 'serving')],
  12: [growth(2, 3, '2030-01-01T00:00:12Z'), ...servers(['c'], 'starting')],
  14: [growth(3, 5, '2030-01-01T00:00:14Z'), ...servers(['d', 'e'], 'starting')],
  17: servers(['c', 'd'], 'serving'),
  19: servers(['e'], 'serving'),
  112: [shrink, ...servers(['e'], 'draining')],
  126: [{ type: 'Drain', isProven: true, message: 'e was quiet after 12 s' }],
  128: [{ type: 'Server', name: 'e' }],
};

/** The story up to `seconds`; `lost` are those lost in second 15. */
export function storyOf(seconds: number, lost = 0): Story {
  let story = beginStory(capacity);
  let sent = 0;
  for (let second = 0; second <= seconds; second += 1) {
    for (const news of course[second] ?? []) story = tell(story, news, second);
    if (second === 0) continue;
    sent += Math.round(courseAt(second - 0.5));
    const lostNow = second > 15 ? lost : 0;
    const total = { sent, answered: sent - 7 - lostNow, lost: lostNow, wrong: 0 };
    story = tell(story, { type: 'Load', second, total }, second);
  }
  return story;
}

/** The recording of a whole day. */
export function recordingOf(lost = 0): Recording {
  const story = storyOf(130, lost);
  const timeline = story.samples.map(({ queriesPerSecond: sent }, second) => {
    const lostNow = second === 15 ? lost : 0;
    return { sent, answered: sent - lostNow, lost: lostNow, wrong: 0 };
  });
  const result: LoadFigures = {
    valid: true,
    objections: [],
    durationSeconds: 130,
    total: { ...story.counts, answered: story.counts.sent - lost },
    timeline,
    latencyMs: { cached: { p99: 1.2 }, miss: { p99: 4.5 } },
  };
  return { story, result };
}
