/** How agents are followed, by a clock that stands still and agents that answer or do not. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock, settle } from '../../../test/fake-clock.js';
import { ScriptedAgent } from '../../../test/scripted-agent.js';
import type { Server } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { type AgentDirectory, createAgentDirectory } from './agents.js';

const text = '{"revision": 1}';
const otherText = '{"revision": 2}';
const key = 'dns/a';
const serverOf = (name: string, changes: Partial<Server> = {}): Server => ({
  name,
  uid: name,
  ip: name,
  isScheduled: true,
  isReady: true,
  isStopping: false,
  ...changes,
});
let clock: FakeClock;
let agents: Map<string, ScriptedAgent>;
let directory: AgentDirectory;
let leading: AbortController;
let following: Promise<void>;
let news: string[];

const agentOf = (ip: string): ScriptedAgent => {
  const agent = agents.get(ip) ?? new ScriptedAgent(clock);
  agents.set(ip, agent);
  return agent;
};

function lead(): void {
  leading = new AbortController();
  following = directory.follow({ signal: leading.signal, onNews: (pool) => news.push(pool) });
}

beforeEach(() => {
  clock = new FakeClock();
  agents = new Map();
  news = [];
  directory = createAgentDirectory({
    clock,
    random: () => 0,
    port: 1,
    questions: {
      load: (question) => agentOf(question.ip).questions.load(question),
      config: (ip, signal) => agentOf(ip).questions.config(ip, signal),
    },
  });
  lead();
  agentOf('a').text = text;
});
afterEach(async () => {
  leading.abort();
  await following;
  expect([...agents.values()].map(({ held }) => held)).toEqual([...agents.values()].map(() => 0));
  expect(clock.pending).toBe(0);
});

const look = (servers: readonly Server[] = [serverOf('a')], hash = configHash(text)) =>
  directory.observe({
    pool: key,
    servers,
    hash,
    capacityQps: undefined,
    signal: new AbortController().signal,
  });
const freshness = async () => (await look()).loads.get('a')?.freshness;
/** Looks once, and lets the first samples make a rate, which the controller has then seen. */
async function begin(): Promise<void> {
  await look();
  await clock.advance(10_000);
  await look();
  news = [];
}

describe('an agent that answers', () => {
  test('is heard before the first look ends, and its load a second later', async () => {
    const first = await look();
    expect(first.agents.get('a')).toMatchObject({ isReachable: true, silentForMs: 0, load: { sequence: 1 } });
    expect(first.loads.get('a')?.freshness).toBe('Stale');
    await clock.advance(1000);
    expect((await look()).loads.get('a')).toMatchObject({ freshness: 'Fresh', queriesPerSecond: 100 });
    expect(directory.loads(key).get('a')).toMatchObject({ freshness: 'Fresh', queriesPerSecond: 100 });
    expect(directory.loads('dns/another').size).toBe(0);
  });

  test('is asked once in 20 s, and says nothing new', async () => {
    await begin();
    const before = agentOf('a').asked.length;
    await clock.advance(200_000);
    expect(
      agentOf('a')
        .asked.slice(before)
        .every((wait) => wait === 20),
    ).toBe(true);
    expect(agentOf('a').asked.length - before).toBeLessThanOrEqual(10);
    expect(news).toEqual([]);
    expect(await freshness()).toBe('Fresh');
  });

  test('is not asked in a busy loop when it holds nothing back', async () => {
    agentOf('a').holdsNothing = true;
    await begin();
    const before = agentOf('a').asked.length;
    await clock.advance(200_000);
    expect(agentOf('a').asked.length - before).toBeLessThanOrEqual(10);
  });

  test.each<readonly [string, Parameters<ScriptedAgent['change']>[0]]>([
    ['drains', { phase: 'LameDuck' }],
    ['has another configuration', { text: otherText }],
  ])('wakes its pool when it %s', async (_title, change) => {
    await begin();
    await clock.advance(5000);
    agentOf('a').change(change);
    await settle();
    expect(news).toEqual([key]);
  });

  test('wakes its pool within two seconds when its rate grows, and not for what a little noise does', async () => {
    await begin();
    agentOf('a').change({ rate: 108 });
    await clock.advance(67_000);
    expect(news).toEqual([]);
    agentOf('a').change({ rate: 1000 });
    await clock.advance(2000);
    expect(news).not.toEqual([]);
    expect((await look()).loads.get('a')?.queriesPerSecond).toBe(1000);
  });
});

describe('an agent that does not answer', () => {
  test('is known to be silent, becomes stale after 25 s, and is asked ever less often', async () => {
    await begin();
    agentOf('a').change({ isAway: true });
    await settle();
    expect(news).toEqual([key]);
    await clock.advance(1000);
    expect((await look()).agents.get('a')).toMatchObject({ isReachable: false, load: { sequence: 1 } });
    expect(await freshness()).toBe('Fresh');
    news = [];
    await clock.advance(30_000);
    expect(news).toEqual([key]);
    expect(await freshness()).toBe('Stale');
    const before = agentOf('a').asked.length;
    await clock.advance(300_000);
    // At least each 30 s.
    expect(agentOf('a').asked.length - before).toBeGreaterThanOrEqual(9);
    expect(agentOf('a').asked.length - before).toBeLessThanOrEqual(11);
    expect((await look()).agents.get('a')?.silentForMs).toBeGreaterThan(300_000);
  });

  test('was never heard: it is absent, and the look does not wait for long', async () => {
    agentOf('a').isAway = true;
    const { agents: reports, loads } = await look();
    expect(reports.get('a')).toEqual({ isReachable: false, silentForMs: 0 });
    expect(loads.get('a')?.freshness).toBe('Absent');
  });

  test('is fresh again two samples after it came back', async () => {
    await begin();
    agentOf('a').change({ isAway: true });
    await clock.advance(40_000);
    agentOf('a').change({ isAway: false });
    await clock.advance(40_000);
    expect(await freshness()).toBe('Fresh');
    expect((await look()).agents.get('a')).toMatchObject({ isReachable: true, silentForMs: 0 });
  });

  test('is asked at once when its pod becomes ready', async () => {
    agentOf('a').isAway = true;
    await look([serverOf('a', { isReady: false })]);
    await clock.advance(70_000);
    agentOf('a').isAway = false;
    expect((await look()).agents.get('a')?.isReachable).toBe(true);
  });

  test('holds up nobody else', async () => {
    const both = [serverOf('a'), serverOf('b')];
    agentOf('b').isAway = true;
    await look(both);
    await clock.advance(5000);
    const { loads } = await look(both);
    expect([loads.get('a')?.freshness, loads.get('b')?.freshness]).toEqual(['Fresh', 'Absent']);
  });
});

describe('a configuration', () => {
  const refused = { hash: configHash(otherText), message: 'no', time: '2026-01-01T00:00:00Z' };

  test('that a server has is not asked for', async () => {
    await begin();
    await clock.advance(100_000);
    expect(agentOf('a').configQuestions).toBe(0);
  });

  test('that a server refused is known as soon as another one is published', async () => {
    await begin();
    agentOf('a').refused = refused;
    const { agents: reports } = await look([serverOf('a')], configHash(otherText));
    expect(reports.get('a')?.refused).toMatchObject({ hash: refused.hash, message: 'no' });
    expect((await look()).agents.get('a')?.refused).toBeUndefined();
  });

  test('that a server refuses later wakes its pool', async () => {
    await begin();
    await look([serverOf('a')], configHash(otherText));
    agentOf('a').change({ refused });
    await settle();
    expect(news).toEqual([key]);
  });
});

describe('servers', () => {
  test('without an address are not known', async () => {
    const { name, uid, isScheduled, isReady, isStopping } = serverOf('a');
    const { agents: reports, loads } = await look([{ name, uid, isScheduled, isReady, isStopping }]);
    expect([reports.size, loads.size]).toEqual([0, 0]);
  });

  test('that are gone are not followed any more, nor are those of a pool that is gone', async () => {
    await look([serverOf('a'), serverOf('b')]);
    await look([serverOf('a')]);
    await clock.advance(5000);
    expect([agentOf('a').held, agentOf('b').held]).toEqual([1, 0]);
    directory.forget(key);
    await settle();
    expect(agentOf('a').held).toBe(0);
  });

  test('that have another address are heard there', async () => {
    agentOf('b').rate = 7;
    await begin();
    await look([serverOf('a', { ip: 'b' })]);
    await clock.advance(1000);
    expect([agentOf('a').held, agentOf('b').held]).toEqual([0, 1]);
    expect((await look([serverOf('a', { ip: 'b' })])).loads.get('a')?.queriesPerSecond).toBe(7);
  });
});

describe('when we do not lead any more', () => {
  test('nobody is followed, and nothing is observed', async () => {
    await begin();
    leading.abort(new Error('another leads'));
    await following;
    expect(agentOf('a').held).toBe(0);
    await expect(look()).rejects.toThrow('another leads');
  });

  test('a look that waits ends', async () => {
    agentOf('a').questions = {
      ...agentOf('a').questions,
      load: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
        }),
    };
    const waiting = look();
    leading.abort(new Error('another leads'));
    await expect(waiting).rejects.toThrow('another leads');
  });

  test('all is asked anew once we lead again', async () => {
    await begin();
    leading.abort();
    await following;
    await clock.advance(3_600_000);
    lead();
    expect((await look()).agents.get('a')).toMatchObject({ isReachable: true });
  });
});

test('nothing is observed before we lead', async () => {
  const idle = createAgentDirectory({ clock, random: () => 0, port: 1 });
  const question = { pool: key, servers: [], hash: undefined, capacityQps: undefined, signal: leading.signal };
  await expect(idle.observe(question)).rejects.toThrow('not followed');
});
