/** Flags of a command line, as the operator and the kubectl plugin read them: all that is wrong is told at once. */
import { parseArgs } from 'node:util';
import { z } from 'zod';

/** The value of a flag that takes a whole number. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

/** The value of a flag that takes one of some words. */
export const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

export interface Flag {
  /** As it is written, without the dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
}

export interface GivenFlags {
  /** Names and values in the order in which they were given. */
  readonly given: readonly (readonly [name: string, value: string])[];
  readonly problems: readonly string[];
}

/** Reads flags that take a value each, and says what is wrong with all else. */
export function readFlags(argv: readonly string[], flags: readonly Flag[]): GivenFlags {
  const options = Object.fromEntries(
    flags.map(({ name, short }) => [name, { type: 'string' as const, ...(short !== undefined && { short }) }]),
  );
  const given: (readonly [string, string])[] = [];
  const problems: string[] = [];
  for (const token of parseArgs({ args: [...argv], options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') problems.push(`'${token.value}' is not expected`);
    if (token.kind !== 'option') continue;
    if (!(token.name in options)) problems.push(`${token.rawName} is no option`);
    else if (token.value === undefined) problems.push(`${token.rawName} needs a value`);
    else given.push([token.name, token.value]);
  }
  return { given, problems };
}
