/** Deleting a fleet leaves nothing, whether or not the operator is there to see it: owner references do it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningOperator, TestCluster, waitFor } from '../../../test/cluster.js';

let cluster: TestCluster;
let operator: RunningOperator;

beforeAll(async () => {
  cluster = await TestCluster.start('delete');
  operator = cluster.startOperator();
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await cluster.stop();
}, 60_000);

const allOf = (fleet: string) =>
  cluster
    .kubectl(
      'get',
      'deploy,rs,pod,svc,cm,sa,pdb,secret,dnsp,dnsf',
      '--selector',
      `dnsfleet.dev/fleet=${fleet}`,
      '--output',
      'name',
    )
    .trim();

test('with the operator there', async () => {
  cluster.applyFleet('one');
  await cluster.waitForFleet('one', 'Ready', 'True');
  cluster.kubectl('delete', 'dnsfleet', 'one', '--wait=false');
  await waitFor(
    'nothing to be left',
    () => allOf('one'),
    (names) => names === '',
  );
}, 120_000);

test('with the operator gone', async () => {
  cluster.applyFleet('two');
  await cluster.waitForFleet('two', 'Ready', 'True');
  await operator.stop();
  cluster.kubectl('delete', 'dnsfleet', 'two', '--cascade=foreground', '--wait=false');
  await waitFor(
    'nothing to be left',
    () => allOf('two'),
    (names) => names === '',
  );
  operator = cluster.startOperator();
}, 120_000);

test('and a fleet of the same name can be made again at once', async () => {
  cluster.applyFleet('three');
  await cluster.waitForFleet('three', 'Ready', 'True');
  const before = (await cluster.fleet('three'))?.metadata.uid;
  cluster.kubectl('delete', 'dnsfleet', 'three', '--wait=false');
  await waitFor(
    'the fleet to be gone',
    async () => ({ fleet: await cluster.fleet('three') }),
    ({ fleet }) => fleet === undefined,
  );
  cluster.applyFleet('three');
  const fleet = await cluster.waitForFleet('three', 'Ready', 'True');
  expect(fleet.metadata.uid).not.toBe(before);
  expect(fleet.status?.summary).toEqual({ pops: '2/2', servers: '3/3' });
}, 120_000);
