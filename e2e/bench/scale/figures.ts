/** The figures, the goals and the table of the steps. Pure. */
import { atMost, type Goal } from '../report.js';
import { type Spread, spreadOf } from '../spread.js';
import { alignColumns } from '../../../operator/src/cli/grid.js';
import { countedSeconds, serversAfter } from './inputs.js';
import type { StepRun } from './step.js';

export interface ScalerFigures {
  readonly steps: number;
  /** From the step to the first change of the number that is wanted. */
  readonly decisionSeconds?: Spread;
  /** Changes of that number in a step. */
  readonly decisions?: Spread;
  /** From the step until as many servers serve as the load takes. */
  readonly enoughSeconds?: Spread;
  /** Steps after which there were not enough of them when the load ended. */
  readonly stepsWithoutEnough: number;
  /** Of each server that came: from its containers running to serving. */
  readonly servingSeconds?: Spread;
  /** Servers that did not serve when the load ended. */
  readonly serversNotServing: number;
  /** Of the steps that are counted. */
  readonly counted: {
    readonly steps: number;
    readonly sent?: Spread;
    readonly lost?: Spread;
    readonly delayed?: Spread;
    /** Of all that was sent. */
    readonly lostOrDelayedPercent?: Spread;
  };
}

export function computeFigures(runs: readonly StepRun[]): ScalerFigures {
  const enough = runs.flatMap((run) => enoughAt(run) ?? []);
  const serving = runs.flatMap(({ servers }) => servers.flatMap(servingAfter));
  const come = runs.reduce((sum, { servers }) => sum + servers.length, 0);
  const counted = runs.filter(({ isCounted }) => isCounted).map(({ sent }) => sent);
  return {
    steps: runs.length,
    ...named('decisionSeconds', spreadOf(runs.flatMap(({ decisions: [first] }) => (first ? [first.atSecond] : [])))),
    ...named('decisions', spreadOf(runs.map(({ decisions }) => decisions.length))),
    ...named('enoughSeconds', spreadOf(enough)),
    stepsWithoutEnough: runs.length - enough.length,
    ...named('servingSeconds', spreadOf(serving)),
    serversNotServing: come - serving.length,
    counted: {
      steps: counted.length,
      ...named('sent', spreadOf(counted.map(({ sent }) => sent))),
      ...named('lost', spreadOf(counted.map(({ lost }) => lost))),
      ...named('delayed', spreadOf(counted.map(({ delayed }) => delayed))),
      ...named(
        'lostOrDelayedPercent',
        spreadOf(counted.map(({ sent, lost, delayed }) => round((100 * (lost + delayed)) / sent))),
      ),
    },
  };
}

/** When there were as many servers as the load takes; undefined when there were not. */
const enoughAt = ({ serving }: StepRun): number | undefined =>
  serving.find((turn) => turn.serving >= serversAfter)?.atSecond;

function servingAfter({ runningSecond, servingSecond }: StepRun['servers'][number]): number[] {
  if (runningSecond === undefined || servingSecond === undefined) return [];
  // Of two watches, either may tell first.
  return [round(Math.max(0, servingSecond - runningSecond))];
}

function named<Name extends string>(name: Name, spread: Spread | undefined): Partial<Record<Name, Spread>> {
  return spread ? ({ [name]: spread } as Partial<Record<Name, Spread>>) : {};
}

/** The goals of `make bench-scale`: they are of ours. What an HPA does is shown beside them. */
export function judgeGoals(ours: ScalerFigures, runs: readonly StepRun[]): Goal[] {
  const never = Number.POSITIVE_INFINITY;
  const withoutDecision = runs.some(({ scaler, decisions }) => scaler === 'Builtin' && decisions.length === 0);
  const decision = withoutDecision ? never : (ours.decisionSeconds?.p95 ?? never);
  const serving = ours.serversNotServing > 0 ? never : (ours.servingSeconds?.most ?? never);
  const atFault = runs.filter(({ objections }) => objections.length > 0).length;
  return [
    atMost('decision, p95', 's', { value: decision, goal: 3 }),
    atMost('serving after the containers run, the slowest', 's', { value: serving, goal: 1 }),
    atMost('loads that were not what they should be', 'of all', { value: atFault, goal: 0 }),
  ];
}

/** A table for the terminal: median and spread. */
export function tabulate(columns: readonly { readonly title: string; readonly figures: ScalerFigures }[]): string {
  const row = (what: string, of: (figures: ScalerFigures) => string) => [
    what,
    ...columns.map(({ figures }) => of(figures)),
  ];
  const counted = `in ${countedSeconds} s from the step`;
  return alignColumns([
    ['median (least to most)', ...columns.map(({ title }) => title)],
    row('steps', ({ steps }) => String(steps)),
    row('first decision, s', ({ decisionSeconds }) => show(decisionSeconds)),
    row('first decision, p95, s', ({ decisionSeconds }) => (decisionSeconds ? String(decisionSeconds.p95) : 'none')),
    row('decisions', ({ decisions }) => show(decisions)),
    row(`${serversAfter} servers serve, s`, ({ enoughSeconds }) => show(enoughSeconds)),
    row('steps without so many', ({ stepsWithoutEnough }) => String(stepsWithoutEnough)),
    row('containers run to serving, s', ({ servingSeconds }) => show(servingSeconds)),
    row('steps with counted queries', ({ counted: { steps } }) => String(steps)),
    row(`queries ${counted}`, ({ counted: { sent } }) => show(sent)),
    row('of them lost', ({ counted: { lost } }) => show(lost)),
    row('of them slower than 100 ms', ({ counted: { delayed } }) => show(delayed)),
    row('lost or slower, %', ({ counted: { lostOrDelayedPercent } }) => show(lostOrDelayedPercent)),
  ]);
}

const show = (spread: Spread | undefined): string =>
  spread ? `${spread.median} (${spread.least} to ${spread.most})` : 'none';

const round = (value: number): number => Math.round(value * 1000) / 1000;
