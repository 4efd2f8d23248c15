/**
 * The options of the operator: one object, parsed once from flags and environment. A flag `--http-port` and the
 * variable `DNSFLEET_HTTP_PORT` are the same option; the flag wins. What is wrong is refused, all at once. A variable
 * that is no option is left alone: Kubernetes puts some that begin like ours into pods (`DNSFLEET_SERVICE_HOST`).
 */
import { z } from 'zod';
import { defaults } from './defaults.js';
import { oneOf, readFlags, wholeNumber } from './flags.js';

const namespaceName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace');

/** Each once: one that is named twice would be followed twice. */
const namespaceNames = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== ''))
  .pipe(z.array(namespaceName))
  .readonly();

const optionsSchema = z
  .object({
    kubeconfig: z
      .string()
      .min(1)
      .optional()
      .describe('path of a kubeconfig; as kubectl when not set, or the service account of the pod'),
    resolverImage: z.string('must be set').min(1, 'must be set').max(512).describe('image of the resolver servers'),
    resolverImagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never')
      .default(defaults.resolverImagePullPolicy)
      .describe('its pull policy'),
    watchNamespaces: namespaceNames
      .default(defaults.watchNamespaces)
      .describe('namespaces to look after, separated by commas; all when empty'),
    leaderElection: oneOf('Enabled', 'Disabled')
      .default(defaults.leaderElection)
      .describe('whether several replicas agree on one that leads'),
    leaderElectionNamespace: namespaceName
      .optional()
      .describe('namespace of the Lease; that of the pod or kubeconfig when not set'),
    leaderElectionName: z.string().min(1).max(63).default(defaults.leaderElectionName).describe('name of the Lease'),
    leaseDurationSeconds: wholeNumber(3, 3600)
      .default(defaults.leaseDurationSeconds)
      .describe('after which a silent leader is replaced'),
    renewDeadlineSeconds: wholeNumber(2, 3600)
      .default(defaults.renewDeadlineSeconds)
      .describe('after which a leader that cannot renew gives up'),
    retryPeriodSeconds: wholeNumber(1, 3600)
      .default(defaults.retryPeriodSeconds)
      .describe('between attempts at the Lease'),
    httpPort: wholeNumber(0, 65535)
      .default(defaults.httpPort)
      .describe('port of /metrics, /healthz and /readyz; 0 takes a free one'),
    concurrency: wholeNumber(1, 64)
      .default(defaults.concurrency)
      .describe('objects that each controller works on at a time'),
    apiQps: wholeNumber(1, 10_000)
      .default(defaults.apiQps)
      .describe('requests per second to the API server, on average'),
    apiBurst: wholeNumber(1, 10_000).default(defaults.apiBurst).describe('requests that may go out at once'),
    agentPort: wholeNumber(1, 65535).default(defaults.agentPort).describe('port of the agents of the servers'),
    logLevel: oneOf('debug', 'info', 'warn', 'error')
      .default(defaults.logLevel)
      .describe('least important line that is printed'),
  })
  .readonly();

export type Options = z.output<typeof optionsSchema>;

/** What was wrong with the options, all of it. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const shape = optionsSchema.unwrap().shape;
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variable = (name: string) => `DNSFLEET_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
const optionNames = Object.keys(shape);
const optionOfFlag = new Map(optionNames.map((name) => [kebab(name), name]));

/**
 * Parses options.
 * @param argv arguments without program and script.
 * @throws OptionsError naming everything that is unknown, missing or wrong, and what would be right.
 */
export function parseOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { given: flags, problems } = readFlags(
    argv,
    [...optionOfFlag.keys()].map((name) => ({ name })),
  );
  const fromEnv = optionNames.flatMap((name) => {
    const value = env[variable(name)];
    return value === undefined ? [] : [[name, value] as const];
  });
  const given: Readonly<Record<string, string>> = {
    ...Object.fromEntries(fromEnv),
    ...Object.fromEntries(flags.map(([flag, value]) => [optionOfFlag.get(flag) ?? flag, value])),
  };
  const parsed = optionsSchema.safeParse(given);
  const wrong = parsed.success
    ? orderProblems(parsed.data)
    : parsed.error.issues.map((issue) => describe(issue, given));
  const all = [...problems, ...wrong];
  if (!parsed.success || all.length > 0) throw new OptionsError(all.join('\n'));
  return parsed.data;
}

/** A line for each option. */
export function describeOptions(): string {
  const lines = Object.entries(shape).map(([name, schema]) => {
    const preset = name in defaults ? String(defaults[name as keyof typeof defaults]) : '';
    const suffix = preset === '' ? '' : ` (${preset})`;
    return `  --${kebab(name).padEnd(28)} ${schema.description ?? ''}${suffix}`;
  });
  return lines.join('\n');
}

function describe(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  return `--${kebab(name)} (or ${variable(name)}) ${issue.message}${value === undefined ? '' : `, but is '${value}'`}`;
}

/** A leader must have given up before another may take over, and must have had a chance to renew before it gives up. */
function orderProblems({ leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds }: Options): readonly string[] {
  return [
    ...(renewDeadlineSeconds < leaseDurationSeconds
      ? []
      : [
          `--renew-deadline-seconds must be less than --lease-duration-seconds: ${renewDeadlineSeconds}, ${leaseDurationSeconds}`,
        ]),
    ...(retryPeriodSeconds < renewDeadlineSeconds
      ? []
      : [
          `--retry-period-seconds must be less than --renew-deadline-seconds: ${retryPeriodSeconds}, ${renewDeadlineSeconds}`,
        ]),
  ];
}
