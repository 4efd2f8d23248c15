/**
 * What an integration test needs: a namespace of its own on the control plane, our CRDs, fake servers, and an operator
 * that looks after this namespace alone. Everything is undone by `stop`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DnsFleet } from '../src/api/v1alpha1/dns-fleet.js';
import type { DnsPool } from '../src/api/v1alpha1/dns-pool.js';
import { apiVersion } from '../src/api/v1alpha1/labels.js';
import { createOperator, type OperatorTools } from '../src/controllers/operator.js';
import { dnsFleets, dnsPools } from '../src/controllers/resources.js';
import { loadConnection, type KubeConnection } from '../src/kube/connection.js';
import { HttpKubeClient } from '../src/kube/http-client.js';
import { type Clock, systemClock, systemRandom } from '../src/runtime/clock.js';
import { silentLogger } from '../src/runtime/logger.js';
import { noMetrics } from '../src/runtime/metrics.js';
import type { ApiRequestSample } from '../src/runtime/metrics.js';
import { FakeKubelet, usualTraffic } from './fake-kubelet.js';
import { installCrds, runKubectl } from './kubectl.js';

/** The image of the servers unless a test says otherwise. */
export const resolverImage = 'localhost/dnsfleet-resolver:test';

export interface RunningOperator {
  /** Requests to the API server that change something, since the start. */
  readonly writes: readonly ApiRequestSample[];
  /** Whether it works: it never ends by itself. */
  readonly isRunning: boolean;
  /** Stops it, once. */
  stop(): Promise<void>;
}

export interface StartOperatorOptions {
  readonly image?: string;
  /** Leads to the same API server, perhaps through a proxy. */
  readonly kubeconfig?: string;
  /** How patiently it keeps its caches. */
  readonly following?: OperatorTools['following'];
  /** The time that it reads; the machine's unless a test says otherwise. */
  readonly clock?: Clock;
}

export class TestCluster {
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly client: HttpKubeClient;
  readonly kubelet: FakeKubelet;
  readonly agentPort: number;
  readonly #connection: KubeConnection;
  readonly #directory: string;

  private constructor(parts: Pick<TestCluster, 'namespace' | 'kubeconfig' | 'kubelet' | 'agentPort'>) {
    this.namespace = parts.namespace;
    this.kubeconfig = parts.kubeconfig;
    this.kubelet = parts.kubelet;
    this.agentPort = parts.agentPort;
    this.#connection = loadConnection({ clock: systemClock, kubeconfig: parts.kubeconfig });
    this.client = new HttpKubeClient({
      connection: this.#connection,
      clock: systemClock,
      userAgent: 'test',
      qps: 500,
      burst: 500,
    });
    this.#directory = mkdtempSync(join(tmpdir(), 'dnsfleet-test-'));
  }

  /** Makes a namespace whose name begins with `name` on the API server of `kubeconfig`. */
  static async start(name: string, kubeconfig = sharedKubeconfig()): Promise<TestCluster> {
    const namespace = `${name}-${Math.floor(Math.random() * 2 ** 24).toString(16)}`;
    const agentPort = 18_080;
    await installCrds(kubeconfig);
    runKubectl(kubeconfig, ['create', 'namespace', namespace]);
    const kubelet = await FakeKubelet.start({ kubeconfig, namespace, agentPort });
    return new TestCluster({ namespace, kubeconfig, kubelet, agentPort });
  }

  /** Starts an operator in this process. */
  startOperator(options: StartOperatorOptions = {}): RunningOperator {
    const connection = loadConnection({ clock: systemClock, kubeconfig: options.kubeconfig ?? this.kubeconfig });
    const writes: ApiRequestSample[] = [];
    const metrics = {
      ...noMetrics,
      apiRequest: (sample: ApiRequestSample) => {
        if (!['get', 'list', 'watch'].includes(sample.verb)) writes.push(sample);
      },
    };
    const operator = createOperator({
      client: new HttpKubeClient({
        connection,
        clock: systemClock,
        metrics,
        userAgent: 'test-operator',
        qps: 500,
        burst: 500,
      }),
      clock: options.clock ?? systemClock,
      random: systemRandom,
      metrics,
      logger: silentLogger,
      following: options.following,
      options: {
        resolverImage: options.image ?? resolverImage,
        resolverImagePullPolicy: 'Never',
        watchNamespaces: [this.namespace],
        concurrency: 4,
        agentPort: this.agentPort,
      },
    });
    const stopping = new AbortController();
    let isRunning = true;
    let stopped: Promise<void> | undefined;
    const running = Promise.all([operator.follow(stopping.signal), operator.reconcile(stopping.signal)]).finally(
      () => (isRunning = false),
    );
    return {
      writes,
      get isRunning() {
        return isRunning;
      },
      stop: () => {
        stopping.abort(new Error('the test stops the operator'));
        return (stopped ??= running.then(() => connection.close()));
      },
    };
  }

  /** Runs kubectl in the namespace and returns what it prints. Throws with its error output. */
  kubectl(...args: readonly string[]): string {
    return runKubectl(this.kubeconfig, ['--namespace', this.namespace, ...args]);
  }

  /** Applies an object as a person does. */
  apply(object: Readonly<Record<string, unknown>>): void {
    this.kubectl('apply', '--server-side', '--force-conflicts', '--filename', this.#write(object));
  }

  /** Evicts a pod as a drain of its node does. Throws while its PodDisruptionBudget does not allow it. */
  evict(pod: string): void {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: this.namespace } };
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod}/eviction`;
    this.kubectl('create', '--raw', path, '--filename', this.#write(eviction));
  }

  #write(object: Readonly<Record<string, unknown>>): string {
    const file = join(this.#directory, 'object.json');
    writeFileSync(file, JSON.stringify(object));
    return file;
  }

  /** Applies a fleet with `spec` over a small one of two regions with two PoPs in all. */
  applyFleet(name: string, spec: Readonly<Record<string, unknown>> = {}): void {
    this.apply({
      apiVersion,
      kind: 'DnsFleet',
      metadata: { name, namespace: this.namespace },
      spec: {
        upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }] },
        access: { allow: ['10.0.0.0/8'] },
        rollout: { pauseSeconds: 1 },
        regions: [
          { name: 'eu', pops: [{ name: 'eu-1', minServers: 2, maxServers: 4 }] },
          { name: 'us', pops: [{ name: 'us-1', minServers: 1, maxServers: 4 }] },
        ],
        ...spec,
      },
    });
  }

  fleet(name: string): Promise<DnsFleet | undefined> {
    return this.client.get(dnsFleets, `${this.namespace}/${name}`);
  }

  pool(name: string): Promise<DnsPool | undefined> {
    return this.client.get(dnsPools, `${this.namespace}/${name}`);
  }

  /** Waits until the condition of the fleet has the status and speaks of the present generation. */
  async waitForFleet(name: string, type: string, status: 'True' | 'False'): Promise<DnsFleet> {
    return waitFor(
      `fleet ${name} ${type}=${status}`,
      () => this.fleet(name),
      (fleet) => {
        const condition = fleet?.status?.conditions?.find((candidate) => candidate.type === type);
        return condition?.status === status && condition.observedGeneration === fleet?.metadata.generation;
      },
    );
  }

  async stop(): Promise<void> {
    runKubectl(this.kubeconfig, ['delete', 'namespace', this.namespace, '--wait=false']);
    await this.kubelet.stop();
    await this.#connection.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Asks until `isEnough`; throws at the deadline with what was seen last. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T> | T,
  isEnough: (value: T) => boolean,
): Promise<NonNullable<T>> {
  const untilMs = Date.now() + 60_000;
  let last: T | undefined;
  let failure: unknown;
  while (Date.now() < untilMs) {
    try {
      last = await ask();
      if (isEnough(last) && last !== undefined && last !== null) return last;
    } catch (error) {
      failure = error;
    }
    await systemClock.sleep(100);
  }
  const seen = JSON.stringify(last, undefined, 2);
  throw new Error(`waiting for ${what}: not within 60 s; last seen: ${seen}`, { cause: failure });
}

/**
 * Waits until nothing is left to be written: the load of each pool is in its status, which is written up to ten seconds
 * after everything else, and `operator` has written nothing for `ms` milliseconds. Counts of events come up to a minute
 * later; they are no writes to objects.
 */
export async function waitForRest(cluster: TestCluster, operator: RunningOperator, ms = 5000): Promise<void> {
  const { client, namespace } = cluster;
  await waitFor(
    'the load of each pool',
    () => client.list(dnsPools, { namespace }),
    (pools) => pools.every(({ status }) => isLoadOf(status?.servers?.ready ?? 0, status?.load?.queriesPerSecond)),
  );
  const writtenWithin = async () => {
    const before = writesToObjects(operator).length;
    await systemClock.sleep(ms);
    return writesToObjects(operator).length - before;
  };
  await waitFor(`no write for ${ms} ms`, writtenWithin, (writes) => writes === 0);
}

/** What `operator` wrote, without its events. */
export const writesToObjects = ({ writes }: RunningOperator): readonly ApiRequestSample[] =>
  writes.filter(({ resource }) => resource !== 'events');

/** A difference of less than a fifth is rest: it is not written. */
const isLoadOf = (servers: number, queriesPerSecond: number | undefined): boolean =>
  queriesPerSecond !== undefined && Math.abs(queriesPerSecond - servers * usualTraffic) <= servers * usualTraffic * 0.2;

/** Holds for `ms` milliseconds; throws as soon as it does not. */
export async function holdsFor(ms: number, check: () => Promise<void> | void): Promise<void> {
  const untilMs = Date.now() + ms;
  while (Date.now() < untilMs) {
    await check();
    await systemClock.sleep(100);
  }
}

function sharedKubeconfig(): string {
  const path = process.env['DNSFLEET_TEST_KUBECONFIG'];
  if (path === undefined) throw new Error('DNSFLEET_TEST_KUBECONFIG is not set; see e2e/cluster/jest-setup.js');
  return path;
}
