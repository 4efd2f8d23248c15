/** The options of `kubectl dnsfleet plan`: parsed once; all that is wrong is refused at once. */
import { z } from 'zod';
import { oneOf, readFlags, wholeNumber } from '../config/flags.js';
import { type PopSizing, popSizings } from '../planning/capacity/types.js';

const number = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`));
export const outputs = ['table', 'json', 'yaml', 'markdown'] as const;
export type Output = (typeof outputs)[number];

/** A flag without a description is repeatable and described where it is used. */
const flags = {
  filename: z
    .string()
    .min(1)
    .optional()
    .describe('manifest of a DnsFleet, - for standard input; a new fleet without it'),
  'expected-qps': number(1, 1e12).describe('peak of the whole fleet, in queries per second; needed'),
  'capacity-qps': wholeNumber(1, 10_000_000).optional().describe('of one server at its limit (that of the manifest)'),
  redundancy: wholeNumber(0, 100)
    .optional()
    .describe('servers of each PoP that may be lost (that of the manifest, or 2)'),
  target: wholeNumber(1, 100).optional().describe('utilization to plan for, in percent (that of the manifest, or 70)'),
  'pop-sizing': oneOf(...popSizings)
    .default('SurviveLargestPop' satisfies PopSizing)
    .describe(`what each PoP must carry: ${popSizings.join(', ')} (SurviveLargestPop)`),
  growth: number(0, 1000).default(30).describe('of the load in a year, in percent (30)'),
  years: wholeNumber(0, 20).default(3).describe('to look ahead (3)'),
  'entry-bytes': wholeNumber(1, 1_000_000)
    .default(650)
    .describe('memory for a name in the cache (650, measured for Unbound)'),
  pops: wholeNumber(1, 512).optional().describe('PoPs of a new fleet (3, 5 or more, by the load)'),
  'max-servers': wholeNumber(1, 1000).optional().describe('most servers of each PoP of a new fleet (1000)'),
  'lose-pop': z.string().min(1).optional().describe('also show what is left when this PoP is lost'),
  plot: z
    .string()
    .regex(/\.svg$/, 'must end in .svg')
    .optional()
    .describe('write a chart of load, capacity and servers to this file'),
  output: oneOf(...outputs)
    .default('table')
    .describe(`${outputs.join(', ')} (table)`),
};
const schema = z.object(flags).readonly();

export type PlanOptions = z.output<typeof schema> & {
  /** Percent of the clients' queries by PoP; empty for even shares. */
  readonly shares: ReadonlyMap<string, number>;
};

/** What was wrong with the command line, all of it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const shorts: Readonly<Record<string, string>> = { filename: 'f', output: 'o' };

/**
 * Parses the arguments after `plan`.
 * @throws UsageError naming everything that is unknown, missing or wrong, and what would be right.
 */
export function parsePlanOptions(argv: readonly string[]): PlanOptions {
  const names = [...Object.keys(flags), 'share'];
  const read = readFlags(
    argv,
    names.map((name) => ({ name, ...(shorts[name] !== undefined && { short: shorts[name] }) })),
  );
  const problems = [...read.problems];
  const shares = new Map<string, number>();
  for (const [name, value] of read.given) if (name === 'share') readShare(value, shares, problems);
  const given = Object.fromEntries(read.given.filter(([name]) => name !== 'share'));
  const parsed = schema.safeParse(given);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => describeIssue(issue, given)));
  if (!parsed.success || problems.length > 0) throw new UsageError(problems.join('\n'));
  return { ...parsed.data, shares };
}

function readShare(value: string, shares: Map<string, number>, problems: string[]): void {
  const match = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(value);
  const [, pop, percent] = match ?? [];
  if (pop === undefined || percent === undefined) problems.push(`--share must be POP=PERCENT, but is '${value}'`);
  else if (shares.has(pop)) problems.push(`--share names ${pop} twice`);
  else shares.set(pop, Number(percent));
}

function describeIssue(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  return name in given ? `--${name} ${issue.message}, but is '${given[name]}'` : `--${name} must be given`;
}

/** A line for each option. */
export function describePlanOptions(): string {
  const line = (name: string, text: string) => {
    const short = shorts[name];
    return `  ${short === undefined ? '    ' : `-${short}, `}--${name.padEnd(14)} ${text}`;
  };
  const lines = Object.entries(flags).map(([name, flag]) => line(name, flag.description ?? ''));
  return [...lines, line('share', 'POP=PERCENT of the queries, once for each PoP (even)')].join('\n');
}
