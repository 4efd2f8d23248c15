/** How configurations come into force in a real pod: who may push, what is refused, and which one wins after a restart. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../e2e/traffic/upstream.js';
import { AgentSwitch } from '../../test/agent-switch.js';
import { configFor, forwardTo } from '../../test/configs.js';
import { firstAnswer, portOf, upstreamOn } from '../../test/dns.js';
import { Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';
import { AgentClient } from '../contract/client.js';
import type { ResolverConfig } from '../contract/resolver-config.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let agent: AgentSwitch;
let upstreams: Readonly<Record<'a' | 'b' | 'c', Upstream>>;
beforeAll(async () => {
  programs = await testPrograms();
  agent = await AgentSwitch.create(programs);
  upstreams = { a: await upstreamOn('a'), b: await upstreamOn('b'), c: await upstreamOn('c') };
});
afterAll(async () => {
  await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()));
  agent.remove();
  await programs.remove();
});

let pod: Pod;
afterEach(async () => {
  await pod.stop();
  await agent.mend();
});

type Tag = keyof typeof upstreams;
/** The configuration `revision`, which forwards to an upstream that says who it is. */
const config = (revision: number, to: Tag, changes: Partial<ResolverConfig> = {}): ResolverConfig =>
  configFor(portOf(upstreams[to]), { revision, ...changes });
const text = (...args: Parameters<typeof config>) => JSON.stringify(config(...args));

async function startPod(mounted?: ResolverConfig): Promise<void> {
  pod = await Pod.start({ programs, agentProgram: agent.path, ...(mounted && { config: mounted }) });
  if (mounted) await pod.ready();
}

let asked = 0;
/** The upstream that a client's query reaches. */
const whoAnswers = () => firstAnswer({ name: `n${(asked += 1)}.whoami.example`, type: 'TXT', port: pod.dnsPort });
const revisionInForce = async () => (await pod.client.config()).inForce?.revision;

const accepted = { accepted: true, messages: [] };
/** Reads like a record, and only the engine's checker knows better. */
const wrongRecord = (to: Tag, revision: number): ResolverConfig => {
  const localZones = [{ name: 'here.example', type: 'Static' as const, records: ['here.example. A not-an-address'] }];
  return config(revision, to, { upstreams: forwardTo(portOf(upstreams[to]), { localZones }) });
};

describe('a pushed configuration', () => {
  it("that the engine's checker refuses is refused in status, and the old one goes on", async () => {
    await startPod(config(1, 'a'));
    const engineFile = await readFile(join(pod.runDirectory, 'unbound.conf'), 'utf8');
    const bad = JSON.stringify(wrongRecord('b', 2));
    const result = await pod.client.push(bad);
    expect(result.accepted).toBe(false);
    expect(result.messages.join('\n')).toContain('not-an-address');
    const { inForce, refused } = await pod.client.config();
    expect(inForce?.revision).toBe(1);
    expect(refused).toMatchObject({ revision: 2, message: result.messages.join('; ') });
    expect(await readFile(join(pod.runDirectory, 'unbound.conf'), 'utf8')).toBe(engineFile);
    expect((await readdir(pod.runDirectory)).filter((name) => /candidate|next/.test(name))).toEqual([]);
    expect(await whoAnswers()).toBe('a');
    expect(await pod.metrics()).toContain('dnsfleet_resolver_config_refused 1\n');
    expect((await pod.readiness()).status).toBe(200);

    expect(await pod.client.push(text(3, 'b'))).toEqual(accepted);
    expect(await pod.client.config()).toEqual({ inForce: expect.objectContaining({ revision: 3 }) });
    expect(await whoAnswers()).toBe('b');
  });

  it.each([
    ['that is not JSON', '{', /not JSON/],
    ['with a value out of bounds', JSON.stringify({ ...configFor(1), revision: -1 }), /revision/],
    ['with an option off the list', JSON.stringify(configFor(1, { extraConfig: 'num-threads: 2' })), /engine\.threads/],
  ])('%s is refused with a reason', async (_, bad, reason) => {
    await startPod(config(1, 'a'));
    expect((await pod.client.push(bad)).messages.join('\n')).toMatch(reason);
    expect((await pod.client.config()).refused?.message).toMatch(reason);
    expect(await whoAnswers()).toBe('a');
  });

  it('is only judged when it is sent to be checked', async () => {
    await startPod(config(1, 'a'));
    expect(await pod.client.check(text(2, 'b'))).toEqual(accepted);
    expect((await pod.client.check(JSON.stringify(wrongRecord('b', 2)))).accepted).toBe(false);
    expect(await pod.client.config()).toEqual({ inForce: expect.objectContaining({ revision: 1 }) });
    expect(await whoAnswers()).toBe('a');
  });

  it('needs the token of the pool, of today', async () => {
    await startPod(config(1, 'a'));
    const stranger = new AgentClient({ baseUrl: `http://127.0.0.1:${pod.httpPort}`, token: 'guessed' });
    for (const client of [pod.anonymous, stranger]) {
      await expect(client.push(text(2, 'b'))).rejects.toMatchObject({ status: 401 });
      await expect(client.check(text(2, 'b'))).rejects.toMatchObject({ status: 401 });
    }
    // What anybody may see: which configuration it is, and not what is in it.
    expect((await pod.anonymous.config()).inForce?.revision).toBe(1);
    expect((await pod.anonymous.load()).config?.revision).toBe(1);
    expect(await whoAnswers()).toBe('a');
    expect(await pod.client.push(text(2, 'b'))).toEqual(accepted);

    await writeFile(join(pod.directory, 'token', 'token'), 'another\n');
    await expect(pod.client.push(text(3, 'c'))).rejects.toMatchObject({ status: 401 });
    const rotated = new AgentClient({ baseUrl: `http://127.0.0.1:${pod.httpPort}`, token: 'another' });
    expect(await rotated.push(text(3, 'c'))).toEqual(accepted);
    expect(await whoAnswers()).toBe('c');
  });

  it('is neither in force nor refused while the engine is frozen, and is taken when it is offered again', async () => {
    await startPod(config(1, 'a'));
    pod.engine?.kill('SIGSTOP');
    const result = await pod.client.push(text(2, 'b'));
    expect(result).toEqual({ accepted: false, messages: [expect.stringContaining('no answer within')] });
    expect(await pod.client.config()).toEqual({ inForce: expect.objectContaining({ revision: 1 }) });
    pod.engine?.kill('SIGCONT');
    await pod.ready();
    expect(await whoAnswers()).toBe('a');
    await until('it is taken', async () => (await pod.client.push(text(2, 'b'))).accepted);
    expect(await whoAnswers()).toBe('b');
    expect(await revisionInForce()).toBe(2);
  });
});

describe('a starting agent takes the configuration with the highest revision', () => {
  it('of what was pushed and what is mounted, the pushed', async () => {
    await startPod(config(2, 'a'));
    expect(await pod.client.push(text(7, 'b'))).toEqual(accepted);
    await pod.killAgent();
    expect(await until('the agent is back', revisionInForce)).toBe(7);
    await pod.mount(config(5, 'c'));
    await until('it has looked at what is mounted', () => Promise.resolve(pod.log.includes('revision 5 is older')));
    expect(await revisionInForce()).toBe(7);
    expect(await whoAnswers()).toBe('b');
    expect(await pod.client.push(text(6, 'c'))).toMatchObject({ accepted: false });
  });

  it('of what was pushed and what was mounted while there was no agent, the mounted', async () => {
    await startPod(config(2, 'a'));
    expect(await pod.client.push(text(7, 'b'))).toEqual(accepted);
    const { startId } = await until('the engine was read', async () => {
      const { engine } = await pod.client.load();
      return engine.startId !== '' && engine;
    });
    await agent.break();
    await pod.killAgent();
    await pod.mount(config(9, 'c'));
    await agent.mend();
    await until('the agent is back', async () => (await revisionInForce()) === 9);
    expect(await whoAnswers()).toBe('c');
    await until('the same engine goes on', async () => (await pod.client.load()).engine.startId === startId);
  });

  it('in a new pod, the mounted; and waits for one that can be accepted', async () => {
    await startPod();
    await pod.mount(wrongRecord('a', 3));
    await until('it is refused', async () => (await pod.client.config()).refused?.revision === 3);
    expect((await pod.readiness()).status).toBe(503);
    expect(await pod.engineAlive()).toBe(0);
    await pod.mount(config(4, 'a'));
    await pod.ready();
    expect(await revisionInForce()).toBe(4);
    expect(await whoAnswers()).toBe('a');
  });

  it('and puts it into force again when the agent before it died half-way through another one', async () => {
    await startPod(config(2, 'a'));
    await agent.break();
    await pod.killAgent();
    // The engine has the file of a configuration that was never accepted.
    const path = join(pod.runDirectory, 'unbound.conf');
    const file = await readFile(path, 'utf8');
    const [from, to] = [portOf(upstreams.a), portOf(upstreams.b)];
    await writeFile(path, file.replace(`127.0.0.1@${from}"`, `127.0.0.1@${to}"`));
    expect(await pod.control('fast_reload')).toMatch(/ok\n$/);
    expect(await whoAnswers()).toBe('b');
    await agent.mend();
    await until('the accepted one is back', async () => (await whoAnswers()) === 'a');
    expect(await readFile(path, 'utf8')).toBe(file);
    expect(await revisionInForce()).toBe(2);
  });
});

describe('an engine that is started again without an agent', () => {
  it('starts on the configuration that was accepted last', async () => {
    await startPod(config(2, 'a'));
    expect(await pod.client.push(text(3, 'b'))).toEqual(accepted);
    await pod.client.push(JSON.stringify(wrongRecord('c', 4)));
    await agent.break();
    await pod.killAgent();
    pod.engine?.kill('SIGKILL');
    await until('it is gone', async () => (await pod.readiness()).status === 503);
    pod.startEngine();
    await pod.ready();
    expect(await whoAnswers()).toBe('b');
    expect(pod.agentPid()).toBeUndefined();
  });
});
