/**
 * The load of the day that the demo plays: an office that starts to work at seven, is busiest before noon, and goes home
 * in the afternoon. Pure.
 *
 * The fall comes early in the two minutes on purpose: a server is given up when the load of a whole cool-down was low, and
 * the least that the API allows is 60 s. The evening and the night are that long.
 */
import type { Random } from '../../../operator/src/runtime/clock.js';

const firstHour = 5;
/** How long an hour of the day takes in the play. */
export const secondsAnHour = 5;

/** How long the play lasts: 24 hours. */
export const playSeconds = 24 * secondsAnHour;

interface Mark {
  /** Hours since the day began. */
  readonly hour: number;
  readonly queriesPerSecond: number;
}

const night: Mark = { hour: 24, queriesPerSecond: 90 };

/** Where the load goes, smoothly from each to the next. */
const course: readonly Mark[] = [
  { hour: 0, queriesPerSecond: 90 },
  { hour: 1.8, queriesPerSecond: 110 },
  { hour: 2.6, queriesPerSecond: 760 },
  { hour: 5.5, queriesPerSecond: 840 },
  { hour: 7.5, queriesPerSecond: 770 },
  { hour: 8.5, queriesPerSecond: 730 },
  { hour: 10, queriesPerSecond: 140 },
  { hour: 12, queriesPerSecond: 100 },
  night,
];

/** Most that the noise adds to the rate or takes from it. */
export const noiseShare = 0.1;

/** Queries per second at `second` of the play, without noise; after its end the night goes on. */
export function courseAt(second: number): number {
  const hour = Math.max(0, second / secondsAnHour);
  const next = course.findIndex((mark) => mark.hour > hour);
  const [from = night, to = night] = next < 1 ? [] : [course[next - 1], course[next]];
  if (from === to) return from.queriesPerSecond;
  const share = (hour - from.hour) / (to.hour - from.hour);
  return from.queriesPerSecond + (to.queriesPerSecond - from.queriesPerSecond) * (1 - Math.cos(Math.PI * share)) * 0.5;
}

/** Queries per second in each second of the play, with noise: whole numbers. */
export function dayRates(random: Random): readonly number[] {
  return Array.from({ length: playSeconds }, (_, second) => {
    const noise = (2 * random() - 1) * noiseShare;
    return Math.round(courseAt(second + 0.5) * (1 + noise));
  });
}

/** The time of the day at `second` of the play, such as `07:30`. */
export function timeAt(second: number): string {
  const minutes = Math.floor((firstHour + second / secondsAnHour) * 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}
