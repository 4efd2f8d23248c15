/** A dual-stack fleet that names one family, on a real API server with two: it comes to rest. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningOperator, TestCluster, waitForRest } from '../../../test/cluster.js';

let cluster: TestCluster;
let operator: RunningOperator;

beforeAll(async () => {
  cluster = await TestCluster.start('dual');
  operator = cluster.startOperator();
}, 60_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

test('the family that the API server adds is left alone', async () => {
  cluster.applyFleet('public', { service: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] } });
  await cluster.waitForFleet('public', 'Ready', 'True');
  for (const name of ['public', 'public-eu-1']) {
    const families = cluster.kubectl('get', 'service', name, '--output', 'jsonpath={.spec.ipFamilies[*]}');
    expect(families).toBe('IPv4 IPv6');
  }
  await waitForRest(cluster, operator);
}, 120_000);
