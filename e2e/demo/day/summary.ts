/** What is said of the day when it is over, and what is kept of it. Pure. */
import { thousands } from '../../../operator/src/planning/thousands.js';
import { timeAt } from './curve.js';
import type { LoadFigures } from './news.js';
import { describeHappening } from './panel.js';
import type { Recording } from './play.js';
import type { Happening } from './story.js';

/** Whether every query was answered rightly. */
export const isClean = ({ total }: LoadFigures): boolean => total.lost === 0 && total.wrong === 0;

/** A few lines for the end of the day. */
export function summarize({ story, result }: Recording): readonly string[] {
  const { total, latencyMs, objections } = result;
  const { happenings } = story;
  const count = (...types: readonly Happening['type'][]) =>
    happenings.filter(({ type }) => types.includes(type)).length;
  const [proven, unproven] = [count('Drained'), count('Unproven')];
  const drains =
    proven + unproven > 0
      ? `${proven} of ${proven + unproven} proven quiet before the server stopped`
      : `none has ended within ${Math.round(story.second)} s`;
  return [
    `Queries   ${thousands(total.sent)} sent, ${thousands(total.answered)} answered, ${total.lost} lost, ${total.wrong} wrong`,
    `p99       ${latencyMs.cached.p99} ms from the cache, ${latencyMs.miss.p99} ms by way of the upstream`,
    `Scaling   ${count('Grow')} times up, ${count('Shrink')} times down`,
    ...happenings.map((each) => `          ${timeAt(each.second)}  ${describeHappening(each)}`),
    `Drains    ${drains}`,
    ...objections.map((objection) => `Doubt     ${objection}`),
  ];
}

/** The content of `load.json`. */
export function keep({ story, result }: Recording, machine: object): object {
  const { capacity, samples, happenings } = story;
  return { name: 'demo-load', machine, capacity, result, happenings, samples };
}
