/** The picture of a day: load against capacity, servers by state, utilization, and what was lost. Pure. */
import { thousands } from '../../../operator/src/planning/thousands.js';
import type { Chart, Series } from '../../bench/chart.js';
import type { Moment } from '../../bench/chart-moments.js';
import { playSeconds, secondsAnHour, timeAt } from './curve.js';
import type { Recording } from './play.js';
import type { Happening, Sample, ServerState } from './story.js';

const colors = { load: '#1f77b4', carried: '#2ca02c', lost: '#d62728' } as const;
const serverColors: Readonly<Record<ServerState, string>> = {
  serving: '#7fbf7f',
  starting: '#f2c14e',
  draining: '#b48ac8',
};
const momentColors: Readonly<Record<Happening['type'], string>> = {
  Grow: '#a06a00',
  Shrink: '#7b3f98',
  Drained: '#2c7a2c',
  Unproven: '#d62728',
};
/** The first second of a step is many times what two servers carry; the scale is for the rest of the day. */
const mostPercent = 150;
/** What comes after is the load of the night going on until the first drain has ended. */
const dayOver: Moment = { second: playSeconds, label: 'the day is over', color: '#777' };
/** Hours between two marks of the axis. */
const markHours = 2;

export function dayChart({ story, result }: Recording): Chart {
  const { samples, capacity, happenings } = story;
  const { total, timeline, latencyMs } = result;
  const lastSecond = samples.at(-1)?.second ?? playSeconds;
  const points = (of: (sample: Sample) => number): Series['points'] =>
    samples.map((sample) => [sample.second, of(sample)] as const);
  const states: readonly ServerState[] = ['serving', 'starting', 'draining'];
  return {
    title: 'A fleet that follows its load: a day in two minutes',
    subtitle: `${thousands(total.sent)} queries, ${thousands(total.lost)} lost; p99 ${latencyMs.cached.p99} ms from the cache; a server carries ${capacity.capacityQps} queries/s, ${capacity.redundancy} is to spare`,
    bands: [],
    axis: `time of the day (an hour in ${secondsAnHour} s)`,
    axisMarks: Array.from({ length: Math.floor(lastSecond / secondsAnHour / markHours) + 1 }, (_, index) => {
      const second = index * markHours * secondsAnHour;
      return { second, label: timeAt(second) };
    }),
    moments: [...happenings.map(toMoment), ...(lastSecond > playSeconds ? [dayOver] : [])],
    panels: [
      {
        title: 'Load, queries/s',
        series: [
          {
            label: 'sent',
            color: colors.load,
            // The last second of the load is one that was cut short.
            points: timeline.slice(0, -1).map(({ sent }, second) => [second + 0.5, sent] as const),
          },
          {
            label: 'carried by the serving servers, the spare one left out',
            color: colors.carried,
            points: points(({ carried }) => carried),
            isStepped: true,
          },
        ],
        dots: {
          label: `lost: ${thousands(total.lost)}`,
          color: colors.lost,
          points: countLost(timeline),
        },
      },
      {
        title: 'Servers',
        series: [],
        stack: states.map((state) => ({
          label: state,
          color: serverColors[state],
          points: points(({ servers }) => servers[state]),
        })),
      },
      {
        title: 'Utilization, %',
        series: [
          {
            label: `load against what is carried (drawn up to ${mostPercent})`,
            color: colors.load,
            points: samples.flatMap(({ second, utilizationPercent }) =>
              utilizationPercent === undefined ? [] : [[second, utilizationPercent] as const],
            ),
          },
        ],
        limit: [
          { value: 70, label: '70 %: above, servers are added' },
          { value: 30, label: '30 %: below for 60 s, one is taken away' },
        ],
        most: mostPercent,
      },
    ],
  };
}

/** Losses by the hour of the day, so that the numbers do not lie upon each other. */
function countLost(timeline: Recording['result']['timeline']): Series['points'] {
  return Array.from({ length: Math.ceil(timeline.length / secondsAnHour) }, (_, hour) => {
    const seconds = timeline.slice(hour * secondsAnHour, (hour + 1) * secondsAnHour);
    return [(hour + 0.5) * secondsAnHour, seconds.reduce((sum, { lost }) => sum + lost, 0)] as const;
  }).filter(([, lost]) => lost > 0);
}

function toMoment({ second, type, change, reason }: Happening): Moment {
  const label = change
    ? `${change[0]} → ${change[1]} ${reason}`
    : type === 'Drained'
      ? 'drained, proven quiet'
      : 'drain not proven';
  return { second, label, color: momentColors[type] };
}
