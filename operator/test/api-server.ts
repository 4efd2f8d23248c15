/** The API server of the integration tests: clients, directly or through the fault proxy, and a namespace for each file. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnection, type KubeConnection } from '../src/kube/connection.js';
import { HttpKubeClient } from '../src/kube/http-client.js';
import type { KubeObject } from '../src/kube/object.js';
import type { Resource } from '../src/kube/resource.js';
import { systemClock } from '../src/runtime/clock.js';
import { FaultProxy, type FaultProxyOptions } from './fault-proxy/fault-proxy.js';
import type { ProxiedRequest } from './fault-proxy/faults.js';

export const namespaces: Resource<KubeObject> = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  parse: (raw) => raw as KubeObject,
};

/** The kubeconfig of the control plane that Jest's global set-up started. */
export function testKubeconfig(): string {
  const path = process.env['DNSFLEET_TEST_KUBECONFIG'];
  if (path === undefined) throw new Error('DNSFLEET_TEST_KUBECONFIG is not set: run this in the integration project');
  return path;
}

export interface TestClient {
  readonly client: HttpKubeClient;
  readonly connection: KubeConnection;
}

/** A client without a limit on its rate. */
export function connectTo(kubeconfig: string): TestClient {
  const connection = loadConnection({ clock: systemClock, kubeconfig });
  const limits = { qps: 10_000, burst: 10_000 };
  const client = new HttpKubeClient({ connection, clock: systemClock, userAgent: 'dnsfleet-test/0', ...limits });
  return { client, connection };
}

/** Makes a namespace of a fresh name and returns the name. It goes with the control plane. */
export async function makeNamespace(client: HttpKubeClient): Promise<string> {
  const name = `test-${randomUUID().slice(0, 8)}`;
  await client.create(namespaces, { metadata: { name } }, { manager: 'test' });
  return name;
}

export interface ProxiedApi extends TestClient {
  readonly proxy: FaultProxy;
  /** A kubeconfig that leads through the proxy. */
  readonly kubeconfig: string;
  /** Called before each request goes on to the API server; a test may set it at any time. */
  onRequest: ((request: ProxiedRequest) => void) | undefined;
  close(): Promise<void>;
}

/** A client that goes through a fault proxy of its own. */
export async function connectThroughProxy(
  options: Omit<FaultProxyOptions, 'kubeconfig' | 'onRequest'> = {},
): Promise<ProxiedApi> {
  const onRequest = (request: ProxiedRequest) => api.onRequest?.(request);
  const proxy = await FaultProxy.start({ ...options, kubeconfig: testKubeconfig(), onRequest });
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-proxy-'));
  const kubeconfig = proxy.writeKubeconfig(join(directory, 'kubeconfig'));
  const { client, connection } = connectTo(kubeconfig);
  const close = async () => {
    await connection.close();
    await proxy.close();
    rmSync(directory, { recursive: true, force: true });
  };
  const api: ProxiedApi = { proxy, kubeconfig, client, connection, close, onRequest: undefined };
  return api;
}
