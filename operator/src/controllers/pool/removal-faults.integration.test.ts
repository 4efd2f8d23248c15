/**
 * What goes wrong while a server is on its way out, on a real API server with its own controllers. Whatever it is: no
 * server goes beside it by our doing, as many as wanted serve, and in the end there are as many as wanted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectThroughProxy, type ProxiedApi } from '../../../test/api-server.js';
import { resolverImage, type StartOperatorOptions, waitFor } from '../../../test/cluster.js';
import type { Fault } from '../../../test/fault-proxy/faults.js';
import { closeGate, openGate } from '../../../test/gate.js';
import { PodHistory } from '../../../test/pod-history.js';
import type { PoolView } from '../../../test/pool-view.js';
import { RunningFleet } from '../../../test/running-fleet.js';
import { SettableClock } from '../../../test/settable-clock.js';
import { annotations } from '../../api/v1alpha1/labels.js';
import { terminationGracePeriodSeconds } from '../../builders/deployment.js';
import { lostServerMs, type Server } from '../../planning/servers.js';

const wanted = 3;
let api: ProxiedApi;
let fleet: RunningFleet;
let pool: PoolView;
let history: PodHistory;
/** The threads of the last edit; each edit that replaces the servers takes another number. */
let threads = 1;
let images = 0;
let image = resolverImage;

const spec = () => ({
  autoscaling: { mode: 'External' },
  rollout: { pauseSeconds: 0 },
  engine: { threads },
  regions: [{ name: 'eu', pops: [{ name: 'eu-1', minServers: 1, maxServers: 8 }] }],
});
/** Delays after failures add up from test to test. */
const operatorOptions = (): StartOperatorOptions => ({
  image,
  kubeconfig: api.kubeconfig,
  following: { resyncMs: 3000, backoff: { baseMs: 20, capMs: 200 } },
});

beforeAll(async () => {
  api = await connectThroughProxy();
  fleet = await RunningFleet.start('removal-faults', spec(), operatorOptions());
  ({ pool } = fleet);
  fleet.cluster.kubelet.endsUnheard = false;
}, 120_000);
beforeEach(async () => {
  history = await PodHistory.start(fleet.cluster);
  pool.wish(wanted + 1);
  await pool.waitForExactly(wanted + 1);
  history.restart();
}, 120_000);
afterEach(async () => {
  release();
  await history.stop();
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await api.close();
}, 60_000);

/** How far the removal has come when something goes wrong: it can still be undone, or the server was told to stop. */
type Stage = 'chosen' | 'draining';

/** Wants one server fewer. Returns the one that is on its way out, and stays at this stage until `release`. */
function begin(stage: Stage): Promise<Server> {
  if (stage === 'chosen') closeGate(api);
  else holdDrains();
  pool.wish(wanted);
  return stage === 'chosen' ? pool.waitForMarked() : pool.waitForStopping();
}
function holdDrains(): void {
  fleet.cluster.kubelet.drainMs = Infinity;
  fleet.cluster.kubelet.drain = { phase: 'LameDuck' };
}
function release(): void {
  openGate(api);
  fleet.cluster.kubelet.drainMs = 300;
  fleet.cluster.kubelet.drain = { phase: 'Quiet' };
}

/** The pool is as it should be, and says so. */
async function expectRecovered(): Promise<void> {
  await pool.waitForExactly(wanted);
  await fleet.cluster.waitForFleet('public', 'Ready', 'True');
  await pool.waitForServers(wanted);
  expect(fleet.operator.isRunning).toBe(true);
}

/** The servers that we took away. */
const ours = () => history.stops.filter(({ wasMarked }) => wasMarked);
/** One server went, the chosen one, and nothing else happened to the others. */
function expectOnly({ name }: Server): void {
  expect(history.stops).toEqual([{ name, wasMarked: true, alsoStopping: 0, othersReady: wanted }]);
  expect(history.leastServing).toBe(wanted);
}

const deleteAtOnce = (name: string) =>
  fleet.cluster.kubectl('delete', 'pod', name, '--grace-period=0', '--force', '--wait=false');

async function anotherThan({ name }: Pick<Server, 'name'>): Promise<string> {
  const other = (await pool.servers()).find((server) => server.name !== name && !server.isStopping);
  if (!other) throw new Error('there is no other server');
  return other.name;
}

describe('the API server', () => {
  const awayMs = 2000;
  const answering = (fault: Fault) => ({
    begin: () => {
      api.proxy.choose = () => fault;
      api.proxy.breakConnections();
    },
    end: () => release(),
  });
  const away = (how: 'refuse' | 'blackhole') => ({
    begin: () => api.proxy.goAway(how),
    end: async () => {
      release();
      await api.proxy.comeBack();
    },
  });
  interface Outage {
    begin(): Promise<void> | void;
    end(): Promise<void> | void;
  }

  describe.each<[string, Outage]>([
    ['refuses connections', away('refuse')],
    ['hangs', away('blackhole')],
    ['answers with errors', answering({ type: 'status', status: 500 })],
    ['is slow', answering({ type: 'delay', ms: 700 })],
  ])('%s', (_, outage) => {
    test('while a server is chosen: it goes when the API server is back', async () => {
      const chosen = await begin('chosen');
      await outage.begin();
      await sleep(awayMs);
      await outage.end();
      await expectRecovered();
      expectOnly(chosen);
    }, 150_000);

    test('while a server drains: the next goes when it is gone and the API server is back', async () => {
      const first = await begin('draining');
      pool.wish(wanted - 1);
      await outage.begin();
      // The server ends meanwhile, and nobody hears of it.
      fleet.cluster.kubelet.endsUnheard = true;
      fleet.cluster.kubelet.drainMs = 0;
      await pool.waitUntilGone(first.name);
      await sleep(awayMs);
      await outage.end();
      await pool.waitForExactly(wanted - 1);
      fleet.cluster.kubelet.endsUnheard = false;
      expect(history.stops).toMatchObject([
        { name: first.name, wasMarked: true, alsoStopping: 0, othersReady: wanted },
        { wasMarked: true, alsoStopping: 0, othersReady: wanted - 1 },
      ]);
      expect(history.leastServing).toBe(wanted - 1);
    }, 150_000);
  });
});

describe('the server that is chosen', () => {
  test.each<[string, (name: string) => unknown]>([
    ['dies', deleteAtOnce],
    ['is evicted', evict],
  ])(
    '%s: it is replaced, and one server goes for the wish',
    async (_, end) => {
      const { name } = await begin('chosen');
      await end(name);
      await pool.waitUntilGone(name);
      release();
      await expectRecovered();
      expect(history.leastServing).toBeGreaterThanOrEqual(wanted);
      expect(ours().every(({ alsoStopping }) => alsoStopping === 0)).toBe(true);
    },
    150_000,
  );

  test('stays when somebody had another one taken in its place', async () => {
    const chosen = await begin('chosen');
    const other = await anotherThan(chosen);
    holdDrains();
    // At the last moment, when the Deployment is told.
    api.onRequest = ({ method, url }) => {
      if (method !== 'PATCH' || !url.includes('/deployments/')) return;
      api.onRequest = undefined;
      const cost = (name: string, value: number) =>
        fleet.cluster.kubectl('annotate', '--overwrite', 'pod', name, `${annotations.deletionCost}=${value}`);
      cost(chosen.name, 0);
      cost(other, -100);
    };
    openGate(api);
    await pool.waitForNote('ServerDrainUndone', (note) => note === `${chosen.name} stays: ${other} went in its place`);
    release();
    await expectRecovered();
    expect(history.stops).toEqual([{ name: other, wasMarked: false, alsoStopping: 0, othersReady: wanted }]);
    expect(history.leastServing).toBe(wanted);
  }, 150_000);
});

describe('the server that drains', () => {
  test('dies: that is said, and no other goes', async () => {
    const victim = await begin('draining');
    deleteAtOnce(victim.name);
    await pool.waitForNote('ServerDrainUnproven', (note) => note.startsWith(`${victim.name} is gone after`));
    await expectRecovered();
    expectOnly(victim);
  }, 150_000);

  test('is evicted: it drains on', async () => {
    const victim = await begin('draining');
    await evict(victim.name);
    release();
    await pool.waitForNote('ServerDrained', (note) => note.startsWith(`${victim.name} was quiet`));
    await expectRecovered();
    expectOnly(victim);
  }, 150_000);

  test('loses its node: the next one waits for as long as it may still run, and no longer', async () => {
    const clock = new SettableClock();
    await fleet.restartOperator({ ...operatorOptions(), clock });
    const victim = await begin('draining');
    fleet.cluster.kubelet.lose(victim.name);
    pool.wish(wanted - 1);
    await waitFor(
      'the operator to wait for it',
      () => pool.condition('RollingOut'),
      (now) => now?.message.endsWith(`${victim.name} drains`) === true,
    );
    expect(await pool.replicas()).toBe(wanted);
    expectOnly(victim);
    clock.advance(terminationGracePeriodSeconds * 1000 + lostServerMs);
    pool.touch();
    release();
    await pool.waitForNote('ServerDrainUnproven', (note) => note.startsWith(`${victim.name} is gone after`));
    await waitFor(
      'the next to go',
      () => pool.servers(),
      (now) => now.length === wanted && now.filter(({ isStopping }) => !isStopping).length === wanted - 1,
    );
    expect(ours()).toMatchObject([{}, { alsoStopping: 1, othersReady: wanted - 1 }]);
    // As is done when the node is deleted.
    deleteAtOnce(victim.name);
    await pool.waitForExactly(wanted - 1);
    await fleet.restartOperator(operatorOptions());
  }, 200_000);
});

describe.each<Stage>(['chosen', 'draining'])('while a server is %s', (stage) => {
  test('another is deleted: it is replaced, and one server goes for the wish', async () => {
    const { name } = await begin(stage);
    const other = await anotherThan({ name });
    deleteAtOnce(other);
    await pool.waitUntilGone(other);
    release();
    await expectRecovered();
    // The one that somebody deleted is missed until its successor serves.
    expect(history.leastServing).toBeGreaterThanOrEqual(stage === 'chosen' ? wanted : wanted - 1);
    expect(ours().every(({ alsoStopping }) => alsoStopping === 0)).toBe(true);
  }, 150_000);

  test('a rollout begins: it comes first, and one server goes for the wish', async () => {
    const victim = await begin(stage);
    threads += 1;
    fleet.cluster.applyFleet('public', spec());
    await expectRollout(stage, victim, async () => (await pool.get())?.spec.engine.threads === threads);
  }, 200_000);

  test('the operator is upgraded, which replaces every server: that comes first, and one goes for the wish', async () => {
    const victim = await begin(stage);
    image = `${resolverImage}-${(images += 1)}`;
    await fleet.restartOperator(operatorOptions());
    await expectRollout(stage, victim, async () => (await pool.get())?.spec.image === image);
  }, 200_000);
});

/** Every server is replaced, none is taken away meanwhile, and as many as wanted serve all the time. */
async function expectRollout(stage: Stage, victim: Server, hasBegun: () => Promise<boolean>): Promise<void> {
  const before = await pool.servers();
  await waitFor('the pool to be told', hasBegun, (now) => now);
  if (stage === 'chosen') {
    // The rollout takes none before the operator has seen it begin.
    fleet.cluster.kubelet.startsPods = false;
    release();
    await pool.waitForNote('ServerDrainUndone', (note) => note === `${victim.name} stays: a rollout began`);
    fleet.cluster.kubelet.startsPods = true;
  }
  release();
  const former = new Set(before.map(({ uid }) => uid));
  await waitFor(
    'all servers to be replaced',
    () => pool.servers(),
    (now) => now.length === wanted && now.every(({ uid }) => !former.has(uid)),
  );
  await expectRecovered();
  expect(ours()).toHaveLength(1);
  expect(ours()[0]).toMatchObject({ alsoStopping: 0, othersReady: wanted });
  expect(history.leastServing).toBeGreaterThanOrEqual(wanted);
}

/** As `kubectl drain` does, which asks again for as long as the PodDisruptionBudget does not allow it. */
async function evict(name: string): Promise<void> {
  await waitFor(
    `the eviction of ${name}`,
    () => {
      fleet.cluster.evict(name);
      return name;
    },
    () => true,
  );
}
