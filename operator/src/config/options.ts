/**
 * The options of the operator: one object, parsed once from flags and environment. A flag `--http-port` and the
 * variable `DNSFLEET_HTTP_PORT` are the same option; the flag wins. What is unknown or wrong is refused, all at once.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const namespaceList = z.string().transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** Names, meaning and defaults; the chart's values say the same. */
const optionsSchema = z
  .strictObject({
    resolverImage: z.string().min(1).max(512).describe('image of the resolver servers'),
    resolverImagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .describe('its pull policy'),
    watchNamespaces: namespaceList
      .default([])
      .describe('namespaces to look after, separated by commas; all when empty'),
    leaderElection: z
      .enum(['Enabled', 'Disabled'])
      .default('Enabled')
      .describe('whether one of several replicas leads'),
    leaderElectionNamespace: z.string().min(1).default('dnsfleet-system').describe('namespace of the Lease'),
    leaderElectionIdentity: z
      .string()
      .min(1)
      .optional()
      .describe('who this replica is in the Lease; the host name when not set'),
    leaseDurationSeconds: wholeNumber(3, 3600).default(15).describe('after which a silent leader is replaced'),
    renewDeadlineSeconds: wholeNumber(2, 3600).default(10).describe('after which a leader that cannot renew gives up'),
    retryPeriodSeconds: wholeNumber(1, 3600).default(2).describe('between attempts at the Lease'),
    httpPort: wholeNumber(0, 65535)
      .default(8080)
      .describe('port of /metrics, /healthz and /readyz; 0 takes a free one'),
    concurrency: wholeNumber(1, 64).default(4).describe('objects that each controller works on at a time'),
    apiQps: wholeNumber(1, 10_000).default(100).describe('requests per second to the API server, on average'),
    apiBurst: wholeNumber(1, 10_000).default(200).describe('requests that may go out at once'),
    agentPort: wholeNumber(1, 65535).default(8080).describe('port of the agents of the servers'),
    logLevel: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('least important line that is printed'),
  })
  .refine((options) => options.renewDeadlineSeconds < options.leaseDurationSeconds, {
    path: ['renewDeadlineSeconds'],
    message: 'must be less than leaseDurationSeconds',
  })
  .refine((options) => options.retryPeriodSeconds < options.renewDeadlineSeconds, {
    path: ['retryPeriodSeconds'],
    message: 'must be less than renewDeadlineSeconds',
  });

export type Options = Readonly<z.output<typeof optionsSchema>>;

/** What was wrong with the options, all of it. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const optionNames = Object.keys(optionsSchema.shape);
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variable = (name: string) => `DNSFLEET_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

/**
 * Parses options.
 * @param argv arguments without program and script.
 * @throws OptionsError naming every flag that is unknown, missing or wrong, and what would be right.
 */
export function parseOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const given: Record<string, string> = {};
  for (const name of optionNames) {
    const value = env[variable(name)];
    if (value !== undefined) given[name] = value;
  }
  for (const [name, value] of Object.entries(parseFlags(argv))) given[name] = value;
  const parsed = optionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '');
    return `--${kebab(name)} (or ${variable(name)}): '${given[name] ?? ''}': ${issue.message}`;
  });
  throw new OptionsError(lines.join('\n'));
}

function parseFlags(argv: readonly string[]): Record<string, string> {
  const flags = Object.fromEntries(optionNames.map((name) => [kebab(name), { type: 'string' as const }]));
  try {
    const { values } = parseArgs({ args: [...argv], options: flags, strict: true });
    return Object.fromEntries(
      optionNames.flatMap((name) => {
        const value = values[kebab(name)];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  } catch (error) {
    throw new OptionsError(`${error instanceof Error ? error.message : String(error)}\n${describeOptions()}`);
  }
}

/** A line for each option. */
export function describeOptions(): string {
  return optionNames
    .map(
      (name) =>
        `  --${kebab(name).padEnd(28)} ${optionsSchema.shape[name as keyof typeof optionsSchema.shape].description ?? ''}`,
    )
    .join('\n');
}
