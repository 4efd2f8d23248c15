/** Whole numbers on the command line of a benchmark. */

export interface NumberLimits {
  /** The value when the option is not given. */
  readonly preset: number;
  readonly min: number;
  readonly max: number;
}

/** Reads the value of `--name`. @throws Error that says what would be right */
export function readWholeNumber(name: string, value: string | undefined, { preset, min, max }: NumberLimits): number {
  if (value === undefined) return preset;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}, but is '${value}'`);
}
