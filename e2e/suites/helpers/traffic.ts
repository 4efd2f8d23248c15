/** The traffic tools at work in the namespaces of the cluster: upstreams on node 1, clients outside. */
import { z } from 'zod';
import type { ClientOptions } from '../../traffic/client.js';
import type { Endpoint } from '../../traffic/endpoint.js';
import { formatEndpoint } from '../../traffic/endpoint.js';
import type { LoadResult } from '../../traffic/load.js';
import type { UpstreamStats } from '../../traffic/upstream.js';
import type { SharedCluster } from './cluster.js';
import { eventually, must } from './eventually.js';
import { run, startInBackground } from './program.js';

/** The zone of all names. Not below `test.`, which Unbound denies by itself (RFC 6761). */
export const zone = 'load.example';

/** An upstream that runs on node 1. */
export interface RunningUpstream {
  /** The first address at which it answers every name. */
  readonly endpoint: Endpoint;
  stats(): Promise<UpstreamStats>;
  stop(): Promise<void>;
}

const readySchema = z.object({
  endpoints: z.array(z.object({ address: z.string(), port: z.number() })),
  stats: z.object({ address: z.string(), port: z.number() }),
});

/** Starts an upstream on node 1; `args` are those of upstream-cli.ts. @throws Error when an address is taken */
export async function startUpstream(cluster: SharedCluster, args: readonly string[]): Promise<RunningUpstream> {
  const netns = cluster.node(1).netns;
  const argv = [process.execPath, cluster.tools.upstream, '--stats', '127.0.0.1:0', ...args];
  const program = await startInBackground(cluster.inside(netns, argv));
  const { endpoints, stats } = readySchema.parse(JSON.parse(program.firstLine));
  const [endpoint] = endpoints;
  if (!endpoint) throw new Error(`starting an upstream with ${args.join(' ')}: it listens nowhere`);
  const url = `http://${formatEndpoint(stats)}/stats`;
  return {
    endpoint,
    stats: async () => JSON.parse(await run(cluster.inside(netns, ['curl', '-sf', url]))) as UpstreamStats,
    stop: () => program.end(),
  };
}

/** A load from the client outside of the cluster. */
export interface RunningLoad {
  /** Begins a phase. */
  mark(name: string): void;
  /** Goes on at another rate, in queries per second. */
  changeRate(queriesPerSecond: number): void;
  /** Ends the load, unless it has ended by itself, and returns its accounts. @throws Error when the generator failed */
  finish(): Promise<LoadResult>;
  /** The accounts of a load that ends by itself. */
  readonly result: Promise<LoadResult>;
}

/** What the suites vary in a load. */
export interface LoadRequest {
  readonly targets: readonly { readonly endpoint: Endpoint; readonly healthUrl?: string }[];
  /** Several kinds of clients, instead of one that asks `targets`. */
  readonly clients?: readonly ClientOptions[];
  readonly queriesPerSecond: number;
  /** The load ends by itself after this. */
  readonly maxSeconds: number;
  /** Share of names that take 3 s upstream; 5 when omitted. */
  readonly slowPercent?: number;
  /** Share of names that nobody asked before; 5 when omitted. */
  readonly missPercent?: number;
  /** After so many seconds a source port is no longer used; 10 when omitted. */
  readonly portSeconds?: number;
}

/** Starts a load from the client's namespace; 5 % of the queries go over TCP. */
export async function startLoad(cluster: SharedCluster, request: LoadRequest): Promise<RunningLoad> {
  const { slowPercent = 5, missPercent = 5, portSeconds = 10, clients } = request;
  const targets = request.targets.flatMap(({ endpoint, healthUrl }) => [
    ...['--target', formatEndpoint(endpoint)],
    ...(healthUrl === undefined ? [] : ['--health', healthUrl]),
  ]);
  const limits = ['--rate', String(request.queriesPerSecond), '--duration', String(request.maxSeconds), '--zone', zone];
  const mix = ['--slow-percent', String(slowPercent), '--miss-percent', String(missPercent)];
  // JSON writes Infinity, the life of a port that is never changed, as null.
  const who = clients ? ['--clients', JSON.stringify(clients)] : [...targets, '--port-lifetime', String(portSeconds)];
  const argv = [process.execPath, cluster.tools.load, ...who, ...limits, ...mix];
  const program = await startInBackground(cluster.inside(cluster.clientNetns, argv));
  const result = program.lines.then((lines) => JSON.parse(lines.at(-1) ?? '') as LoadResult);
  // Whoever wants the result handles the failure; nobody has to.
  result.catch(() => undefined);
  return {
    mark: (name) => program.tell(`mark ${name}`),
    changeRate: (queriesPerSecond) => program.tell(`rate ${queriesPerSecond}`),
    finish() {
      program.tell('stop');
      return result;
    },
    result,
  };
}

/**
 * Waits until a slow name is answered at `endpoint`. After the first server of a Service is ready, kube-proxy clears the
 * connections of all clients that came before its rules were complete: their answers do not find back. A load that began
 * then would blame the servers for it.
 */
export async function serviceSettled(cluster: SharedCluster, endpoint: Endpoint): Promise<void> {
  let questions = 0;
  await eventually(
    async () => {
      questions += 1;
      const name = `settled-${Date.now()}-${questions}.slow.${zone}`;
      const { status } = await dig(cluster, endpoint, [name, 'A']);
      must(status === 'NOERROR', `${name}: ${status}`);
    },
    { describe: `a slow answer from ${formatEndpoint(endpoint)}`, timeoutMs: 40_000 },
  );
}

/** What `dig` makes of an answer. */
export interface DigAnswer {
  readonly status: string;
  /** Flags as dig prints them, such as `qr tc rd ra`. */
  readonly flags: readonly string[];
  readonly ednsBytes: number | undefined;
  /** The question as it came back, letter for letter. */
  readonly question: string;
  /** Records of the answer section, fields separated by one blank. */
  readonly answers: readonly string[];
  readonly transport: string;
}

/** Asks with the real `dig` from the client's namespace. @throws Error when no answer comes */
export async function dig(cluster: SharedCluster, server: Endpoint, args: readonly string[]): Promise<DigAnswer> {
  const argv = ['dig', `@${server.address}`, '-p', String(server.port), '+tries=1', '+time=5', '+nocookie', ...args];
  return parseDig(await run(cluster.inside(cluster.clientNetns, argv)));
}

/** Reads dig's default output. */
export function parseDig(output: string): DigAnswer {
  const section = /;; ANSWER SECTION:\n([\s\S]*?)\n\n/.exec(output)?.[1] ?? '';
  const bytes = /; EDNS: [^\n]*udp: (\d+)/.exec(output)?.[1];
  return {
    status: /status: (\w+)/.exec(output)?.[1] ?? '',
    flags: (/;; flags: ([^;]*);/.exec(output)?.[1] ?? '').trim().split(' '),
    ednsBytes: bytes === undefined ? undefined : Number(bytes),
    question: (/;; QUESTION SECTION:\n;(\S+)/.exec(output)?.[1] ?? '').replace(/\.$/, ''),
    answers: section === '' ? [] : section.split('\n').map((line) => line.replace(/\s+/g, ' ').trim()),
    transport: /;; SERVER: .*\((\w+)\)/.exec(output)?.[1] ?? '',
  };
}
