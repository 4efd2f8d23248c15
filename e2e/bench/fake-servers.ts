/**
 * Servers that answer no queries: what a node and its kubelet do for the pods of a namespace, and an agent for each on a
 * loopback address. Unlike operator/test/fake-kubelet.ts it follows a watch, so that it stays cheap with a thousand pods, and
 * its pods report as much as real ones do, so that they take as much memory in caches.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request as send } from 'undici';
import { labels, resolverName } from '../../operator/src/api/v1alpha1/labels.js';
import { loadConnection, type KubeConnection } from '../../operator/src/kube/connection.js';
import { HttpKubeClient } from '../../operator/src/kube/http-client.js';
import { keyOf, objectKey } from '../../operator/src/kube/object.js';
import { Reflector } from '../../operator/src/kube/reflector.js';
import { configMaps, nodes, type Pod, pods, secrets } from '../../operator/src/kube/resource.js';
import { systemClock, systemRandom } from '../../operator/src/runtime/clock.js';
import { Controller, type ReconcileResult } from '../../operator/src/runtime/controller.js';
import { silentLogger } from '../../operator/src/runtime/logger.js';
import { podStatus, queriesPerSecond } from './fake-pod.js';
import { SimulatedAgent } from './simulated-agent.js';

export interface FakeServersOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** The port on which all agents listen, each on an address of its own. */
  readonly agentPort: number;
}

const manager = 'fake-kubelet';
const nodeName = 'bench-node';
const heartbeatMs = 10_000;
/** How long a stopping server drains. */
const drainSeconds = 1;
/** Pods that are worked on at once; a real node takes one after the other, but there would be many nodes. */
const concurrency = 16;

interface Running {
  readonly agent: SimulatedAgent;
  readonly address: string;
}

export class FakeServers {
  readonly #options: FakeServersOptions;
  readonly #connection: KubeConnection;
  readonly #client: HttpKubeClient;
  readonly #running = new Map<string, Running>();
  readonly #ready = new Set<string>();
  readonly #asked = new Map<string, number>();
  /** Holds the token of each pool in a file, as a server has it mounted. */
  readonly #directory = mkdtempSync(join(tmpdir(), 'dnsfleet-bench-tokens-'));
  #nextAddress = 0;

  constructor(options: FakeServersOptions) {
    this.#options = options;
    this.#connection = loadConnection({ clock: systemClock, kubeconfig: options.kubeconfig });
    const limits = { qps: 10_000, burst: 10_000 };
    this.#client = new HttpKubeClient({
      connection: this.#connection,
      clock: systemClock,
      userAgent: manager,
      ...limits,
    });
  }

  /** Servers that are ready. */
  get ready(): number {
    return this.#ready.size;
  }

  /** How many agents were asked for their load since `forgetQuestions`, and when the last of them was for the first time. */
  get asked(): { readonly agents: number; readonly lastMs: number } {
    return { agents: this.#asked.size, lastMs: Math.max(0, ...this.#asked.values()) };
  }

  forgetQuestions(): void {
    this.#asked.clear();
  }

  /** Runs pods until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const common = { clock: systemClock, random: systemRandom, logger: silentLogger };
    const { namespace } = this.#options;
    const selection = { namespace, labelSelector: `${labels.name}=${resolverName}` };
    const reflector = new Reflector({ ...common, client: this.#client, resource: pods, selection });
    const controller = new Controller({
      ...common,
      name: 'kubelet',
      concurrency,
      caches: [reflector.store],
      reconcile: (key) => this.#reconcile(key, reflector.store.get(key)),
    });
    controller.follow(reflector.store, ({ key }) => [key]);
    await this.#client.create(nodes, { metadata: { name: nodeName } }, { manager });
    await Promise.all([this.#beat(signal), reflector.run(signal), controller.run(signal)]);
    await Promise.all([...this.#running.values()].map(({ agent }) => agent.stop()));
    await this.#connection.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #reconcile(key: string, pod: Pod | undefined): Promise<ReconcileResult | undefined> {
    if (!pod) {
      const running = this.#running.get(key);
      this.#running.delete(key);
      this.#ready.delete(key);
      this.#asked.delete(key);
      await running?.agent.stop();
      return undefined;
    }
    const { name, namespace = '', deletionTimestamp, deletionGracePeriodSeconds = 0, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (deletionTimestamp !== undefined) {
      const dueMs = Date.parse(deletionTimestamp) - (deletionGracePeriodSeconds - drainSeconds) * 1000;
      const leftMs = dueMs - Date.now();
      if (leftMs > 0) return { requeueAfterSeconds: leftMs / 1000 };
      await this.#call('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } });
      return undefined;
    }
    if (pod.spec?.nodeName === undefined) {
      const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
      await this.#call('POST', `${path}/binding`, { metadata: { name }, target });
      return undefined;
    }
    if (this.#ready.has(key)) return undefined;
    const running = this.#running.get(key) ?? (await this.#begin(pod));
    // The kubelet tries again, too, as long as what a container mounts is missing.
    if (!running) return { requeueAfterSeconds: 1 };
    const status = podStatus(pod, { address: running.address, now: new Date().toISOString() });
    await this.#client.patch(pods, { key, patch: { status } }, { manager, subresource: 'status' });
    this.#ready.add(key);
    return undefined;
  }

  /** Containers start once what they mount is there. */
  async #begin(pod: Pod): Promise<Running | undefined> {
    const pool = objectKey(pod.metadata.namespace, pod.metadata.labels?.[labels.pool] ?? '');
    const [config, secret] = await Promise.all([this.#client.get(configMaps, pool), this.#client.get(secrets, pool)]);
    const text = config?.data?.['config.json'];
    const encoded = secret?.data?.['token'];
    if (text === undefined || encoded === undefined) return undefined;
    const tokenPath = join(this.#directory, pool.replace('/', '.'));
    writeFileSync(tokenPath, Buffer.from(encoded, 'base64'), { mode: 0o600 });
    const index = this.#nextAddress++;
    const address = `127.${100 + (process.pid % 100)}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
    const key = keyOf(pod);
    const agent = await SimulatedAgent.start({
      ...{ address, port: this.#options.agentPort, tokenPath, text },
      queriesPerSecond: (nowMs) => queriesPerSecond(index, nowMs),
      onQuestion: () => {
        if (!this.#asked.has(key)) this.#asked.set(key, Date.now());
      },
    });
    const running = { agent, address };
    this.#running.set(key, running);
    return running;
  }

  /** A node that is silent is taken for lost, and its pods with it. */
  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = new Date().toISOString();
      const times = { lastHeartbeatTime: now, lastTransitionTime: now };
      const status = { conditions: [{ type: 'Ready', status: 'True', reason: 'Fake', message: '', ...times }] };
      await this.#call('PATCH', `/api/v1/nodes/${nodeName}/status`, { status }).catch(() => undefined);
      await systemClock.sleep(heartbeatMs, signal).catch(() => undefined);
    }
  }

  /** What only a kubelet or a scheduler asks, so that our client has no call for it. */
  async #call(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown): Promise<void> {
    const { headers, dispatcher } = await this.#connection.setup('call');
    const contentType = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const answer = await send(`${this.#connection.server}${path}`, {
      method,
      headers: { ...headers, 'content-type': contentType },
      body: JSON.stringify(body),
      dispatcher,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
  }
}
