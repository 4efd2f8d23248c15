/**
 * What the agent needs of a DNS engine. Everything that knows an engine's syntax or protocol is behind this interface,
 * so that a second engine is one more folder beside `unbound/`.
 */
import type { LoadCounters, LoadGauges } from '../contract/load.js';
import type { ResolverConfig } from '../contract/resolver-config.js';

/** What is fixed for the life of a pod: it comes from the pod template or the node, never from a configuration. */
export interface HostFacts {
  /** The name that the engine answers to `CH TXT id.server`; the pod's name. */
  readonly identity: string;
  readonly threads: number;
  /** The addresses to listen on, such as `0.0.0.0` and, where the pod has IPv6, `::0`. */
  readonly listen: readonly string[];
  readonly port: number;
  readonly ipv6: boolean;
  /** The directory that engine and agent share. */
  readonly runDirectory: string;
  /** File with the certificate authorities that upstreams with TLS are checked against. */
  readonly certificateBundle: string;
}

/** A configuration in the engine's own words. Pure data: the same config and facts give the same text. */
export interface Rendered {
  /** The main configuration file. */
  readonly text: string;
  /** Files that `text` refers to; their names depend on their contents, so that writing them disturbs nothing. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

export type CheckOutcome = { readonly ok: true } | { readonly ok: false; readonly messages: readonly string[] };

/**
 * What came of applying the configuration file to the running engine.
 * NotRunning: there is no engine; the next one starts on the file. Refused: it goes on with the old configuration.
 * NoAnswer: it may or may not have taken it.
 */
export type ApplyOutcome =
  | { readonly kind: 'Applied' }
  | { readonly kind: 'NotRunning' }
  | { readonly kind: 'Refused'; readonly message: string }
  | { readonly kind: 'NoAnswer'; readonly message: string };

/** One bucket of the latency histogram: answers that took at most `leSeconds`, those of the lower buckets included. */
export interface LatencyBucket {
  readonly leSeconds: number;
  readonly count: number;
}

/** The engine's own counters at one moment. */
export interface EngineSample {
  /** Changes with each start of the engine. */
  readonly startId: string;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly counters: LoadCounters;
  readonly gauges: Omit<LoadGauges, 'cacheLimitBytes'>;
  readonly recursion: readonly LatencyBucket[];
  readonly answerEntries: number;
  readonly recordEntries: number;
  readonly answerBytes: number;
  readonly recordBytes: number;
  /** Servers that the engine remembers the round-trip time of. */
  readonly knownServers: number;
}

/** What the engine remembers of one upstream server for one zone. */
export interface UpstreamSample {
  /** `address@port`. */
  readonly server: string;
  readonly zone: string;
  readonly rttSeconds: number;
  /** Queries in a row that timed out, over all types. */
  readonly timeouts: number;
}

export interface Engine {
  render(config: ResolverConfig): Rendered;
  /** How the engine divides `sizeBytes` of cache between answers and records. */
  cacheLimits(sizeBytes: number): { readonly answers: number; readonly records: number };
  /** Has the engine's own checker judge `rendered`, whose files must be there. Throws only if the checker cannot run. */
  check(rendered: Rendered, signal: AbortSignal): Promise<CheckOutcome>;
  /** Makes the running engine read its configuration file again, without losing a query or a cached answer. */
  apply(signal: AbortSignal): Promise<ApplyOutcome>;
  /** The engine's counters, without resetting them. Throws EngineSilent when there is no answer. */
  sample(signal: AbortSignal): Promise<EngineSample>;
  /** What it knows of its upstream servers. Throws EngineSilent when there is no answer. */
  upstreams(signal: AbortSignal): Promise<readonly UpstreamSample[]>;
  /** Forgets the cached answers at and below `zone`. Throws EngineSilent when there is no answer. */
  flush(zone: string, signal: AbortSignal): Promise<void>;
  /** Stops it at once, with whatever it is working on; drain it first. Throws EngineSilent when there is no answer. */
  stop(signal: AbortSignal): Promise<void>;
}

/** The engine did not answer: `absent` when nothing listens on its control socket, else it was silent until the deadline. */
export class EngineSilent extends Error {
  override readonly name = 'EngineSilent';
  constructor(
    message: string,
    readonly absent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
