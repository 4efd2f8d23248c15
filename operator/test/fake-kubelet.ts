/**
 * Nodes and a kubelet that run no containers: pods of a namespace are put on a node, get a loopback address with a
 * FakeAgent behind it, become ready once the agent has taken its configuration, and go a moment after they are deleted.
 */
import { request as send } from 'undici';
import { loadConnection, type KubeConnection } from '../src/kube/connection.js';
import { systemClock } from '../src/runtime/clock.js';
import { HttpKubeClient } from '../src/kube/http-client.js';
import { configMaps, type Pod, pods, secrets } from '../src/kube/resource.js';
import { labels } from '../src/api/v1alpha1/labels.js';
import { FakeAgent, type FakeTraffic } from './fake-agent.js';
import type { DrainState } from '../../resolver-image/agent/src/contract/load.js';

export interface FakeKubeletOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** The port on which all agents listen, each on an address of its own. */
  readonly agentPort: number;
}

/** Queries per second of a server unless a test says otherwise. */
export const usualTraffic = 100;

const pollMs = 100;
const heartbeatMs = 10_000;

interface FakePod {
  readonly agent: FakeAgent;
  readonly address: string;
  /** What was last told of it; undefined before that. */
  isReady: boolean | undefined;
}

export class FakeKubelet {
  readonly #options: FakeKubeletOptions;
  readonly #connection: KubeConnection;
  readonly #client: HttpKubeClient;
  readonly #running = new Map<string, FakePod>();
  readonly #lost = new Set<string>();
  readonly #stop = new AbortController();
  readonly #node: string;
  #work: Promise<void> = Promise.resolve();
  /** Of all kubelets of this process: their agents share one port. */
  static #nextAddress = 1;
  /** The traffic of each server; may be changed at any time. */
  traffic: (pod: string) => FakeTraffic = () => ({
    queriesPerSecond: usualTraffic,
    servfailPercent: 0,
  });
  /** How long a stopping server drains, and what its agent says of that at once. */
  drainMs = 300;
  drain: Pick<DrainState, 'phase' | 'queriesPerSecondLeft'> = { phase: 'Quiet' };
  /** Whether a server may go before its agent was heard to say how its drain ended: by the clock alone, it is a race. */
  endsUnheard = true;
  /** While false, no pod starts that has not yet. */
  startsPods = true;
  /** While false, there is no room on the node: pods that are not there yet stay without one. */
  hasRoom = true;
  /** Pods that are not ready, whatever else is true of them. */
  readonly unready = new Set<string>();
  /** Images whose containers never become ready. */
  readonly brokenImages = new Set<string>();

  private constructor(options: FakeKubeletOptions) {
    this.#options = options;
    this.#node = `node-of-${options.namespace}`;
    this.#connection = loadConnection({ clock: systemClock, kubeconfig: options.kubeconfig });
    this.#client = new HttpKubeClient({
      connection: this.#connection,
      clock: systemClock,
      userAgent: 'fake-kubelet',
      qps: 500,
      burst: 500,
    });
  }

  static async start(options: FakeKubeletOptions): Promise<FakeKubelet> {
    const kubelet = new FakeKubelet(options);
    await kubelet.#call('POST', '/api/v1/nodes', { metadata: { name: kubelet.#node } });
    await kubelet.#beat();
    kubelet.#work = Promise.all([
      kubelet.#loop(pollMs, () => kubelet.#sync()),
      kubelet.#loop(heartbeatMs, () => kubelet.#beat()),
    ]).then();
    return kubelet;
  }

  /** The node goes away under `pod`: nobody answers there any more, and nobody ends what was begun. */
  lose(pod: string): void {
    this.#lost.add(pod);
    const agent = this.agents.get(pod);
    if (agent) agent.fault = 'Hang';
  }

  /** The agents of the pods that run, by the name of the pod. */
  get agents(): ReadonlyMap<string, FakeAgent> {
    return new Map([...this.#running].map(([name, { agent }]) => [name, agent]));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await Promise.all([...this.#running.values()].map(({ agent }) => agent.stop()));
    await this.#call('DELETE', `/api/v1/nodes/${this.#node}`).catch(() => undefined);
    await this.#connection.close();
  }

  async #loop(ms: number, step: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // The API server may be away in a test of just that.
      await step().catch(() => undefined);
      await systemClock.sleep(ms, signal).catch(() => undefined);
    }
  }

  async #sync(): Promise<void> {
    const { namespace } = this.#options;
    const all = await this.#client.list(pods, { namespace });
    await Promise.all(all.map((pod) => this.#syncPod(pod)));
    const names = new Set(all.map(({ metadata }) => metadata.name));
    for (const [name, { agent }] of this.#running) {
      if (names.has(name)) continue;
      this.#running.delete(name);
      await agent.stop();
    }
  }

  async #syncPod(pod: Pod): Promise<void> {
    const { name, namespace = '', deletionTimestamp, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (this.#lost.has(name)) return;
    if (deletionTimestamp !== undefined) {
      const stopping = this.#running.get(name);
      if (stopping) stopping.agent.drain = { ...this.drain, sinceMs: Date.now() };
      const askedMs = Date.parse(deletionTimestamp) - (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
      if (Date.now() - askedMs < this.drainMs) return;
      if (stopping && !stopping.agent.hasToldDrain && !this.endsUnheard) return;
      await this.#call('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } });
      return;
    }
    if (pod.spec?.nodeName === undefined) {
      if (!this.hasRoom) {
        await this.#call('PATCH', `${path}/status`, { status: { conditions: [unschedulable] } });
        return;
      }
      const target = { apiVersion: 'v1', kind: 'Node', name: this.#node };
      await this.#call('POST', `${path}/binding`, { metadata: { name }, target });
      return;
    }
    const running = this.#running.get(name) ?? (this.startsPods ? await this.#begin(pod) : undefined);
    if (!running) return;
    const isReady = running.agent.hash !== undefined && !this.brokenImages.has(imageOf(pod)) && !this.unready.has(name);
    if (isReady === running.isReady) return;
    await this.#call('PATCH', `${path}/status`, { status: statusOf(running.address, isReady) });
    running.isReady = isReady;
  }

  /** Containers start once what they mount is there. */
  async #begin(pod: Pod): Promise<FakePod | undefined> {
    const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.labels?.[labels.pool] ?? ''}`;
    const config = await this.#client.get(configMaps, key);
    const text = config?.data?.['config.json'];
    if (text === undefined || (await this.#tokenOf(key)) === undefined) return undefined;
    const at = FakeKubelet.#nextAddress++;
    const address = `127.${10 + (process.pid % 200)}.${Math.floor(at / 250)}.${(at % 250) + 1}`;
    const { name } = pod.metadata;
    const agent = await FakeAgent.start({
      address,
      port: this.#options.agentPort,
      token: () => this.#tokenOf(key),
      traffic: () => this.traffic(name),
    });
    agent.take(text);
    const running: FakePod = { agent, address, isReady: undefined };
    this.#running.set(name, running);
    return running;
  }

  /** The token that is mounted into the servers of a pool; a change of the Secret reaches those that run. */
  async #tokenOf(pool: string): Promise<string | undefined> {
    const token = (await this.#client.get(secrets, pool))?.data?.['token'];
    return token === undefined ? undefined : Buffer.from(token, 'base64').toString('utf8');
  }

  async #beat(): Promise<void> {
    const now = new Date().toISOString();
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Fake',
      message: '',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    };
    await this.#call('PATCH', `/api/v1/nodes/${this.#node}/status`, { status: { conditions: [condition] } });
  }

  async #call(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const { headers, dispatcher } = await this.#connection.setup('call');
    const contentType = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
    const answer = await send(`${this.#connection.server}${path}`, {
      method,
      headers: { ...headers, 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
  }
}

/** In the words of the scheduler. */
const unschedulable = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: '0/1 nodes are available: 1 Insufficient cpu.',
};

const imageOf = (pod: Pod): string => pod.spec?.containers[0]?.image ?? '';

function statusOf(address: string, isReady: boolean) {
  const now = new Date().toISOString();
  const status = isReady ? 'True' : 'False';
  const condition = (type: string) => ({ type, status, lastTransitionTime: now });
  return {
    phase: 'Running',
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: [condition('Ready'), condition('ContainersReady')],
  };
}
