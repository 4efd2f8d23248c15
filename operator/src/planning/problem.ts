/** What is wrong with a spec, and how that is said in the message of a condition. */

/** One thing that is wrong. */
export interface Problem {
  /** Path of the field, such as `spec.upstreams.servers[1].address`. */
  readonly field: string;
  readonly value: unknown;
  /** What must be, or what to do: a sentence without subject, such as `must not exceed 'maxServers'`. */
  readonly remedy: string;
}

const shown = 3;
const longestValue = 60;

/** One line for a person: the first three problems with field, value and remedy, and how many more there are. */
export function formatProblems(problems: readonly Problem[]): string {
  const texts = problems.slice(0, shown).map(({ field, value, remedy }) => `\`${field}\`${is(value)} ${remedy}`);
  const more = problems.length - shown;
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Objects and lists say nothing in a line; a string is cut. */
function is(value: unknown): string {
  if (typeof value === 'number') return ` is ${value}:`;
  if (typeof value !== 'string') return ':';
  return ` is '${value.length > longestValue ? `${value.slice(0, longestValue)}...` : value}':`;
}
