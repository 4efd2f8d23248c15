/**
 * Where the API server is, how to prove who we are, and the connections to it. The only file that runs client-node's
 * code: it knows kubeconfigs, tokens and credential plug-ins. Its own requests open a TLS connection each, so we use
 * what it read with agents of our own.
 */
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../runtime/clock.js';

/** Watches stay open for minutes and would starve calls of a limited pool, so each have their own. */
export type ConnectionUse = 'call' | 'watch';

/** What the next request needs. */
export interface RequestSetup {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

export interface KubeConnection {
  /** The URL of the API server, without a slash at its end. */
  readonly server: string;
  /** The namespace of the kubeconfig's context, or of our pod. */
  readonly namespace: string | undefined;
  setup(use: ConnectionUse): Promise<RequestSetup>;
  /** Closes all connections; open watches break. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  /** Path of a kubeconfig. Without it: `KUBECONFIG`, then `~/.kube/config`, then the service account of our pod. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig other than its current one. */
  readonly context?: string | undefined;
}

/** Enough for all workers of an operator; HTTP/1.1 carries one call at a time on each. */
const callConnections = 10;
/** Credentials and CA are read anew after this time: tokens of service accounts live for an hour, CAs for longer. */
const rereadMs = 10_000;

/** Loads a kubeconfig. Throws an `Error` that says what is missing. */
export function loadConnection(options: ConnectionOptions): KubeConnection {
  const config = new KubeConfig();
  if (options.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(options.kubeconfig);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return new ConfiguredConnection(config, options.clock);
}

class ConfiguredConnection implements KubeConnection {
  readonly server: string;
  readonly namespace: string | undefined;
  readonly #config: KubeConfig;
  readonly #clock: Clock;
  #pools: Pools | undefined;
  #headers: Readonly<Record<string, string>> = {};
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(config: KubeConfig, clock: Clock) {
    const cluster = config.getCurrentCluster();
    if (!cluster) throw new Error(`the kubeconfig has no cluster for context '${config.getCurrentContext()}'`);
    const { hostname, href } = new URL(cluster.server);
    // What client-node makes of a pod without KUBERNETES_SERVICE_HOST.
    if (hostname === 'undefined') throw new Error('the environment does not say where the API server is');
    this.server = href.replace(/\/+$/, '');
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.#config = config;
    this.#clock = clock;
  }

  async setup(use: ConnectionUse): Promise<RequestSetup> {
    const ageMs = this.#clock.now() - this.#readMs;
    const pools = this.#pools && ageMs >= 0 && ageMs < rereadMs ? this.#pools : await this.#reread();
    return { headers: this.#headers, dispatcher: pools[use] };
  }

  async close(): Promise<void> {
    const pools = this.#pools;
    this.#pools = undefined;
    await Promise.all([pools?.call.destroy(), pools?.watch.destroy()]);
  }

  async #reread(): Promise<Pools> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    this.#headers = headersOf(options);
    this.#readMs = this.#clock.now();
    const fingerprint = fingerprintOf(options);
    const old = this.#pools;
    if (old?.fingerprint === fingerprint) return old;
    const proxyUrl = this.#config.getCurrentCluster()?.proxyUrl;
    const pools = { fingerprint, ...newPools(options, proxyUrl) };
    this.#pools = pools;
    // Whatever is still open on the old pools may end in peace.
    void old?.call.close().catch(() => undefined);
    void old?.watch.close().catch(() => undefined);
    return pools;
  }
}

interface Pools {
  /** Of all that a connection depends on. */
  readonly fingerprint: string;
  readonly call: Dispatcher;
  readonly watch: Dispatcher;
}

function newPools(options: RequestOptions, proxyUrl: string | undefined): Omit<Pools, 'fingerprint'> {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const tls = definedOnly({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername });
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 };
  // Time-outs are ours (http-client.ts, reflector.ts), by the injected clock.
  const common = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 };
  if (proxyUrl === undefined) {
    return {
      call: new Agent({ ...common, connect, connections: callConnections }),
      watch: new Agent({ ...common, connect }),
    };
  }
  if (!proxyUrl.startsWith('http')) throw new Error(`the proxy '${proxyUrl}' of the kubeconfig is not an HTTP proxy`);
  const proxy = { ...common, uri: proxyUrl, requestTls: tls };
  return { call: new ProxyAgent({ ...proxy, connections: callConnections }), watch: new ProxyAgent(proxy) };
}

function headersOf(options: RequestOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (typeof options.auth === 'string') {
    headers['Authorization'] = `Basic ${Buffer.from(options.auth, 'utf8').toString('base64')}`;
  }
  return headers;
}

function fingerprintOf(options: RequestOptions): string {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const parts = [ca, cert, key, pfx, passphrase, rejectUnauthorized, servername].map(String);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function definedOnly<T extends object>(object: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
