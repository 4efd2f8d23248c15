/**
 * Where things are in the resolver pod (docs/design: the resolver pod). The environment overrides are for tests, which
 * run the same programs in a directory of their own; in an image only DNSFLEET_THREADS and the pod's name are set.
 */
import { join } from 'node:path';

export interface Paths {
  readonly runDirectory: string;
  readonly agentSocket: string;
  readonly supervisorSocket: string;
  readonly controlSocket: string;
  /** The engine's configuration file. */
  readonly engineConfig: string;
  /** What the engine's container says of its CPU time. */
  readonly engineCpu: string;
  /** The last configuration in force, as it was received. */
  readonly accepted: string;
  /** The configuration that the kubelet mounts. */
  readonly mounted: string;
  readonly token: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The paths for `environment`. */
export function pathsFrom(environment: Environment): Paths {
  const runDirectory = environment['DNSFLEET_RUN_DIR'] ?? '/run/dnsfleet';
  return {
    runDirectory,
    agentSocket: join(runDirectory, 'agent.sock'),
    supervisorSocket: join(runDirectory, 'supervisor.sock'),
    controlSocket: join(runDirectory, 'control.sock'),
    engineConfig: join(runDirectory, 'unbound.conf'),
    engineCpu: join(runDirectory, 'engine-cpu'),
    accepted: join(runDirectory, 'config.json'),
    mounted: join(environment['DNSFLEET_CONFIG_DIR'] ?? '/etc/dnsfleet/config', 'config.json'),
    token: join(environment['DNSFLEET_TOKEN_DIR'] ?? '/etc/dnsfleet/token', 'token'),
  };
}

/** A whole number from the environment. Throws if it is set and is none, or lies outside the bounds. */
export function integerFrom(
  environment: Environment,
  options: { readonly name: string; readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = environment[options.name];
  if (text === undefined || text === '') return options.fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < options.min || value > options.max) {
    throw new Error(`${options.name}=${text}: must be a whole number from ${options.min} to ${options.max}`);
  }
  return value;
}
