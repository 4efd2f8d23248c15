/**
 * What the operator runs against: etcd, API server and controller-manager, our CRDs, two namespaces, and a user for the
 * operator alone, whose requests the API server writes down.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { group } from '../../operator/src/api/v1alpha1/labels.js';
import { dnsFleets, dnsPools } from '../../operator/src/controllers/resources.js';
import { type KubeConnection, loadConnection } from '../../operator/src/kube/connection.js';
import { HttpKubeClient } from '../../operator/src/kube/http-client.js';
import { isRecord, type KubeObject } from '../../operator/src/kube/object.js';
import type { Resource } from '../../operator/src/kube/resource.js';
import { systemClock } from '../../operator/src/runtime/clock.js';
import { type ControlPlane, operatorUser, startControlPlane } from '../cluster/control-plane.js';
import { kubeconfig } from '../cluster/kubeconfig.js';
import { auditArgs, auditPolicy } from './audit.js';
import { waitUntil } from './wait.js';

export interface Environment {
  /** For whoever prepares and watches; without a limit on its rate. */
  readonly client: HttpKubeClient;
  readonly adminKubeconfig: string;
  readonly operatorKubeconfig: string;
  readonly auditFile: string;
  /** Where the fleets are. */
  readonly namespace: string;
  /** Where the Lease of the operator is. */
  readonly systemNamespace: string;
  /** For files that go with the environment. */
  readonly directory: string;
  stop(): Promise<void>;
}

const namespace = 'dns';
const systemNamespace = 'dnsfleet-system';
const manager = 'bench';

/** client-go's 20 requests a second would make the time of the controller-manager the time of the whole. */
const controllerManagerLimits = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

export async function startEnvironment(progress: (message: string) => void, signal: AbortSignal): Promise<Environment> {
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-bench-'));
  const auditFile = join(directory, 'audit.log');
  const policyFile = join(directory, 'audit-policy.json');
  writeFileSync(policyFile, auditPolicy(operatorUser.name));
  let controlPlane: ControlPlane | undefined;
  let connection: KubeConnection | undefined;
  const stop = async () => {
    await connection?.close();
    await controlPlane?.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    controlPlane = await startControlPlane({
      controllerManager: true,
      extraArgs: {
        'kube-apiserver': auditArgs(policyFile, auditFile),
        'kube-controller-manager': controllerManagerLimits,
      },
      progress,
    });
    const { kubeconfigPath, url, caPem, operatorToken } = controlPlane;
    const operatorKubeconfig = join(directory, 'operator-kubeconfig');
    writeFileSync(operatorKubeconfig, kubeconfig({ url, caPem, token: operatorToken }), { mode: 0o600 });
    connection = loadConnection({ clock: systemClock, kubeconfig: kubeconfigPath });
    const limits = { qps: 10_000, burst: 10_000 };
    const client = new HttpKubeClient({ connection, clock: systemClock, userAgent: 'dnsfleet-bench', ...limits });
    await prepare(client, signal);
    const paths = { adminKubeconfig: kubeconfigPath, operatorKubeconfig, auditFile, directory };
    return { client, ...paths, namespace, systemNamespace, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepare(client: HttpKubeClient, signal: AbortSignal): Promise<void> {
  for (const kind of [dnsFleets, dnsPools]) {
    const crd: unknown = parse(readFileSync(`crds/${group}_${kind.plural}.yaml`, 'utf8'));
    if (!isRecord(crd)) throw new Error(`reading the CRD of ${kind.plural}: it is no object`);
    await client.apply(customResourceDefinitions, crd, { manager });
  }
  for (const name of [namespace, systemNamespace]) await client.create(namespaces, { metadata: { name } }, { manager });
  const binding = {
    metadata: { name: operatorUser.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: operatorUser.name }],
  };
  await client.create(clusterRoleBindings, binding, { manager });
  const isServed = async () => {
    try {
      await Promise.all([client.list(dnsFleets), client.list(dnsPools)]);
      return true;
    } catch {
      return false;
    }
  };
  await waitUntil('the API server to serve our kinds', isServed, { timeoutMs: 30_000, everyMs: 100, signal });
}

const clusterScoped = (of: Pick<Resource<KubeObject>, 'group' | 'plural' | 'kind'>): Resource<KubeObject> => ({
  ...of,
  version: 'v1',
  namespaced: false,
  // The API server's own kinds, of which nothing is read here.
  parse: (raw) => raw as KubeObject,
});

const namespaces = clusterScoped({ group: '', plural: 'namespaces', kind: 'Namespace' });
const clusterRoleBindings = clusterScoped({
  group: 'rbac.authorization.k8s.io',
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
});
const customResourceDefinitions = clusterScoped({
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
});
