/**
 * The chart's rights, held against what the operator asks for: it works with exactly these on a real API server, through
 * all that can happen to a fleet. No request may be refused, and no right may be left that no request needed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { operatorUser, startControlPlane, type ControlPlane } from '../e2e/cluster/control-plane.js';
import { kubeconfig } from '../e2e/cluster/kubeconfig.js';
import { annotations } from '../operator/src/api/v1alpha1/labels.js';
import { createOperator } from '../operator/src/controllers/operator.js';
import { defaults } from '../operator/src/config/defaults.js';
import { loadConnection } from '../operator/src/kube/connection.js';
import { HttpKubeClient } from '../operator/src/kube/http-client.js';
import { deployments } from '../operator/src/kube/resource.js';
import { findCondition } from '../operator/src/planning/conditions.js';
import { systemClock, systemRandom } from '../operator/src/runtime/clock.js';
import { LeaderElector } from '../operator/src/runtime/leader.js';
import { silentLogger } from '../operator/src/runtime/logger.js';
import { noMetrics, type ApiRequestSample } from '../operator/src/runtime/metrics.js';
import { resolverImage, TestCluster, waitFor } from '../operator/test/cluster.js';
import { refusedNetwork } from '../operator/test/fake-agent.js';
import { objectsOf, render } from './render.js';

const roleSchema = z.looseObject({
  kind: z.enum(['ClusterRole', 'Role']),
  metadata: z.looseObject({ name: z.string() }),
  rules: z.array(
    z.looseObject({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
});
type Role = z.output<typeof roleSchema>;

const roles = objectsOf(render('--set', 'crds.install=false'))
  .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
  .map((object) => roleSchema.parse(object));
const [clusterRole] = roles.filter(({ kind }) => kind === 'ClusterRole');

/** No request names them: the API server asks for this right when an owner reference blocks the deletion of its owner. */
const isFinalizers = (resource: string): boolean => resource.endsWith('/finalizers');

let controlPlane: ControlPlane;
let cluster: TestCluster;
let directory: string;
let operatorKubeconfig: string;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    controllerManager: true,
    extraArgs: { 'kube-apiserver': ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'] },
  });
  cluster = await TestCluster.start('rbac', controlPlane.kubeconfigPath);
  directory = mkdtempSync(join(tmpdir(), 'dnsfleet-rbac-'));
  operatorKubeconfig = join(directory, 'kubeconfig');
  const { url, caPem, operatorToken: token } = controlPlane;
  writeFileSync(operatorKubeconfig, kubeconfig({ url, caPem, token }), { mode: 0o600 });
  for (const role of roles) bind(role, operatorUser.name);
  // The admission plugin learns of new kinds within 30 s.
  await waitFor(
    'the kinds to be known',
    () => refusalOf(ownedConfigMap('DnsFleet'), operatorUser.name),
    (refusal) => refusal === '',
  );
}, 180_000);
afterAll(async () => {
  await cluster.stop();
  await controlPlane.stop();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

test('are all needed, and all that is needed', async () => {
  const operator = startOperator();
  try {
    await liveThroughEverything();
  } finally {
    await operator.stop();
  }
  expect(operator.requests.filter(({ code }) => code === '403')).toEqual([]);
  const granted = roles.flatMap(({ rules }) =>
    rules.flatMap(({ resources, verbs }) =>
      resources
        .filter((resource) => !isFinalizers(resource))
        .flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    ),
  );
  expect(sorted(operator.requests.flatMap(rightsFor))).toEqual(sorted(granted));
}, 240_000);

test.each(['DnsFleet', 'DnsPool'])('include that on finalizers, without which nothing can be owned by a %s', (kind) => {
  if (!clusterRole) throw new Error('the chart has no ClusterRole');
  const rules = clusterRole.rules.filter(({ resources }) => !resources.some(isFinalizers));
  bind({ ...clusterRole, metadata: { name: 'no-finalizers' }, rules }, 'no-finalizers');
  expect(refusalOf(ownedConfigMap(kind), 'no-finalizers')).toContain('cannot set blockOwnerDeletion');
  expect(refusalOf(ownedConfigMap(kind), operatorUser.name)).toBe('');
});

const sorted = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();

/** The rights that a request took: server-side apply is a patch, and a creation too when there was no object. */
function rightsFor({ verb, resource, code }: ApiRequestSample): readonly string[] {
  if (verb !== 'apply') return [`${verb} ${resource}`];
  return code === '201' ? [`patch ${resource}`, `create ${resource}`] : [`patch ${resource}`];
}

/** Makes a role, and gives it to `user`. */
function bind(role: Role, user: string): void {
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: `${role.kind}Binding`,
    metadata: { name: role.metadata.name },
    roleRef: { apiGroup, kind: role.kind, name: role.metadata.name },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  };
  for (const object of [role, binding]) cluster.apply(object);
}

const ownedConfigMap = (kind: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: `owned-by-a-${kind.toLowerCase()}`,
    ownerReferences: [
      { apiVersion: 'dnsfleet.dev/v1alpha1', kind, name: 'x', uid: '0', controller: true, blockOwnerDeletion: true },
    ],
  },
});

/** What the API server says when `user` wants to make `object`; empty when it has nothing against it. */
function refusalOf(object: object, user: string): string {
  const file = join(directory, 'object.json');
  writeFileSync(file, JSON.stringify(object));
  try {
    cluster.kubectl('apply', '--server-side', '--dry-run=server', `--as=${user}`, '--filename', file);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The operator with a lease, as the chart runs it, and what it asked for. */
function startOperator() {
  const connection = loadConnection({ clock: systemClock, kubeconfig: operatorKubeconfig });
  const requests: ApiRequestSample[] = [];
  const metrics = { ...noMetrics, apiRequest: (sample: ApiRequestSample) => void requests.push(sample) };
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics };
  const client = new HttpKubeClient({ connection, clock: systemClock, metrics, userAgent: 'rbac-test' });
  const operator = createOperator({
    ...tools,
    client,
    options: { ...defaults, resolverImage, resolverImagePullPolicy: 'Never', agentPort: cluster.agentPort },
  });
  const key = `${cluster.namespace}/dnsfleet`;
  const elector = new LeaderElector({ ...tools, client, key, identity: 'rbac-test' });
  const stopping = new AbortController();
  const following = new AbortController();
  const followed = operator.follow(following.signal);
  const led = elector.run({ signal: stopping.signal, lead: (signal) => operator.reconcile(signal) });
  return {
    requests,
    async stop(): Promise<void> {
      stopping.abort(new Error('the test stops the operator'));
      await led;
      following.abort(new Error('the test stops the operator'));
      await followed;
      await connection.close();
    },
  };
}

/** The life of a fleet, with each kind of request in it. */
async function liveThroughEverything(): Promise<void> {
  const replicas = async () =>
    (await cluster.client.get(deployments, `${cluster.namespace}/public-eu-1`))?.spec?.replicas;
  const scaleTo = async (count: number) => {
    cluster.kubectl('scale', 'dnspool', 'public-eu-1', `--replicas=${count}`);
    await waitFor(`${count} replicas`, replicas, (now) => now === count);
  };
  cluster.applyFleet('public');
  await cluster.waitForFleet('public', 'Ready', 'True');
  // Twice the same event, which is then counted up.
  await scaleTo(3);
  await scaleTo(2);
  cluster.applyFleet('public', { upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.54' }] } });
  await cluster.waitForFleet('public', 'Ready', 'True');
  // The autoscaler wants more servers to spare than there are.
  cluster.applyFleet('public', { server: { capacityQps: 1000 }, capacity: { redundancy: 3 } });
  await waitFor('a growth by the autoscaler', replicas, (now) => (now ?? 0) > 2);
  cluster.applyFleet('public');
  await cluster.waitForFleet('public', 'Ready', 'True');
  // What is refused is held, and scales nevertheless.
  cluster.applyFleet('public', { engine: { type: 'Unbound', extraConfig: `private-address: ${refusedNetwork}` } });
  await waitFor(
    'the refusal',
    () => cluster.pool('public-eu-1'),
    (pool) => findCondition(pool?.status?.conditions, 'Accepted')?.status === 'False',
  );
  await scaleTo(4);
  // A look that begins before the annotation is gone would put it back.
  await waitFor(
    'the servers to be there',
    () => cluster.pool('public-eu-1'),
    (pool) => pool?.status?.servers?.summary === '4/4',
  );
  // So is a pool of which nobody knows any more what it was made from; its pod template stays as it is.
  cluster.kubectl('annotate', 'configmap', 'public-eu-1', `${annotations.workload}-`);
  await scaleTo(3);
  // One region leaves.
  cluster.applyFleet('public', { regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 2, maxServers: 4 }] }] });
  await cluster.waitForFleet('public', 'Ready', 'True');
  await waitFor(
    'the PoP to leave',
    async () => ((await cluster.pool('public-us-1')) === undefined ? 'gone' : 'there'),
    (state) => state === 'gone',
  );
}
