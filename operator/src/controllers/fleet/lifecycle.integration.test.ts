/** The life of a fleet on a real API server with real Deployments: created, changed, scaled, mended, retired, deleted. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningOperator, TestCluster, waitForRest } from '../../../test/cluster.js';

let cluster: TestCluster;
let operator: RunningOperator;

beforeAll(async () => {
  cluster = await TestCluster.start('lifecycle');
  operator = cluster.startOperator();
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

const childrenOf = (fleet: string): string[] =>
  cluster
    .kubectl('get', 'deploy,svc,cm,sa,pdb,secret,dnsp', '--selector', `dnsfleet.dev/fleet=${fleet}`, '--output', 'name')
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .sort();

describe('a fleet', () => {
  test('becomes ready with a pool for each PoP and all of their children', async () => {
    cluster.applyFleet('public');
    const fleet = await cluster.waitForFleet('public', 'Ready', 'True');
    expect(fleet.status).toMatchObject({
      summary: { pops: '2/2', servers: '3/3' },
      pops: [{ name: 'eu-1', ready: 'True', upToDate: 'True' }, { name: 'us-1' }],
    });
    expect(fleet.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'Accepted=True',
      'Available=True',
      'RollingOut=False',
    ]);
    const ofPool = [
      'configmap',
      'deployment.apps',
      'dnspool.dnsfleet.dev',
      'poddisruptionbudget.policy',
      'secret',
      'service',
      'serviceaccount',
    ];
    const ofPools = ofPool.flatMap((kind) => ['public-eu-1', 'public-us-1'].map((pool) => `${kind}/${pool}`));
    expect(childrenOf('public')).toEqual([...ofPools, 'service/public'].sort());
    const pool = await cluster.pool('public-eu-1');
    expect(pool?.spec.replicas).toBe(2);
    expect(pool?.status).toMatchObject({
      replicas: 2,
      servers: { summary: '2/2' },
      configuration: { serversInForce: 2 },
    });
  }, 90_000);

  test('comes to rest, where nothing is written', async () => {
    await waitForRest(cluster, operator);
  }, 60_000);

  test('is written nothing by a successor on an unchanged cluster', async () => {
    await operator.stop();
    operator = cluster.startOperator();
    await new Promise((resolve) => setTimeout(resolve, 8000));
    expect(operator.writes).toEqual([]);
  }, 60_000);
});
