/** Agents that fail in every way, over real connections: nothing throws, each is known to be stale, and each comes back. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../../test/cluster.js';
import { type AgentFault, FakeAgent } from '../../../test/fake-agent.js';
import type { ServerLoad } from '../../planning/server-load.js';
import type { Server } from '../../planning/servers.js';
import { systemClock, systemRandom } from '../../runtime/clock.js';
import { type AgentDirectory, createAgentDirectory } from './agents.js';

const port = 18_081;
const faults: readonly AgentFault[] = ['Html', 'Garbage', 'Unavailable', 'Hang', 'Reset', 'Drip', 'Frozen'];
const names = [...faults, 'Healthy'];
const addressOf = (name: string) => `127.9.0.${names.indexOf(name) + 1}`;
const servers = names.map((name): Server => ({
  name,
  uid: name,
  ip: addressOf(name),
  isScheduled: true,
  isReady: true,
  isStopping: false,
}));
const rate = 100;

let agents: Map<string, FakeAgent>;
let directory: AgentDirectory;
let following: Promise<void>;
const leading = new AbortController();

beforeAll(async () => {
  const start = async (name: string) => {
    const traffic = () => ({ queriesPerSecond: rate, servfailPercent: 0 });
    const token = () => Promise.resolve('token');
    return [name, await FakeAgent.start({ address: addressOf(name), port, token, traffic })] as const;
  };
  agents = new Map(await Promise.all(names.map(start)));
  directory = createAgentDirectory({ clock: systemClock, random: systemRandom, port });
  following = directory.follow({ signal: leading.signal, onNews: () => undefined });
});
afterAll(async () => {
  leading.abort();
  await following;
  await Promise.all([...agents.values()].map((agent) => agent.stop()));
});

async function look() {
  const question = { pool: 'dns/a', servers, hash: undefined, capacityQps: undefined };
  return directory.observe({ ...question, signal: AbortSignal.timeout(5000) });
}
const loads = async (): Promise<ReadonlyMap<string, ServerLoad>> => (await look()).loads;
const areAll = (freshness: string, of: readonly string[]) => (known: ReadonlyMap<string, ServerLoad>) =>
  of.every((name) => known.get(name)?.freshness === freshness);

test('agents that answer are fresh', async () => {
  const known = await waitFor('fresh loads', loads, areAll('Fresh', names));
  for (const { queriesPerSecond = 0 } of known.values()) expect(Math.round(queriesPerSecond / 10)).toBe(rate / 10);
}, 30_000);

test('each that fails becomes stale with what it said last, and holds up nobody', async () => {
  for (const [name, agent] of agents) agent.fault = faults.find((fault) => fault === name);
  const healthy = new Set<string | undefined>();
  const looks: number[] = [];
  const watch = async () => {
    const startMs = systemClock.monotonic();
    const known = await loads();
    looks.push(systemClock.monotonic() - startMs);
    healthy.add(known.get('Healthy')?.freshness);
    return known;
  };
  const known = await waitFor('stale loads', watch, areAll('Stale', faults));
  expect(healthy).toEqual(new Set(['Fresh']));
  // A look waits for nobody who was heard before; 1 s is for a machine that has other work.
  expect(Math.max(...looks)).toBeLessThan(1000);
  for (const [name, { queriesPerSecond = 0 }] of known) {
    // What was counted until the counters froze is spread over the time until the next answer, however late that comes.
    if (name === 'Frozen') expect(queriesPerSecond).toBeLessThan(1.1 * rate);
    else expect(Math.round(queriesPerSecond / 10)).toBe(rate / 10);
  }
  const reports = (await look()).agents;
  const reachable = [...reports].filter(([, { isReachable }]) => isReachable).map(([name]) => name);
  expect(reachable).toEqual(['Frozen', 'Healthy']);
}, 90_000);

test('each comes back when its fault is gone', async () => {
  for (const agent of agents.values()) agent.fault = undefined;
  await waitFor('fresh loads', loads, areAll('Fresh', names));
}, 90_000);

test('none is asked more than it takes', async () => {
  const before = [...agents].map(([name, { questions }]) => [name, questions] as const);
  await systemClock.sleep(5000);
  for (const [name, questions] of before) {
    expect((agents.get(name)?.questions ?? 0) - questions).toBeLessThanOrEqual(6);
  }
}, 30_000);
