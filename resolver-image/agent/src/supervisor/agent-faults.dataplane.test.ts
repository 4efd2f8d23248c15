/** An agent that dies again and again costs neither readiness nor a query, and goes on where it was. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../e2e/traffic/upstream.js';
import { AgentSwitch } from '../../test/agent-switch.js';
import { configFor } from '../../test/configs.js';
import { portOf, upstreamOn } from '../../test/dns.js';
import { loadOn } from '../../test/load.js';
import { clock, Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';

jest.setTimeout(90_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let agent: AgentSwitch;
let upstream: Upstream;
let pod: Pod;
beforeAll(async () => {
  programs = await testPrograms();
  agent = await AgentSwitch.create(programs);
  upstream = await upstreamOn('a');
  pod = await Pod.start({ programs, config: configFor(portOf(upstream)), agentProgram: agent.path });
  await pod.ready();
});
afterAll(async () => {
  await pod.stop();
  await upstream.close();
  agent.remove();
  await programs.remove();
});

/** Asks `/readyz` all the time until the signal aborts; resolves with what was said, by how often. */
async function watchReadiness(signal: AbortSignal): Promise<Readonly<Record<string, number>>> {
  const seen: Record<string, number> = {};
  while (!signal.aborted) {
    const { status, text } = await pod.readiness().catch((error: unknown) => ({ status: 0, text: String(error) }));
    const what = status === 200 ? 'ready' : `${status} ${text}`;
    seen[what] = (seen[what] ?? 0) + 1;
    await clock.sleep(20);
  }
  return seen;
}

describe('an agent that is killed twice and then crashes at each start', () => {
  it('costs neither readiness nor a query, and goes on with the configuration in force when it is mended', async () => {
    const before = await until('the agent has read the engine', async () => {
      const load = await pod.client.load();
      return load.counters === undefined ? undefined : load;
    });
    const end = new AbortController();
    const readiness = watchReadiness(end.signal);
    const load = await loadOn(pod, { queriesPerSecond: 200, durationSeconds: 60 });
    for (let kill = 1; kill <= 2; kill += 1) {
      await pod.killAgent();
      await until('the agent is back', async () => (await pod.client.config()).inForce, 15_000);
    }
    await agent.break();
    await pod.killAgent();
    await until('it has crashed at its start', () => Promise.resolve(pod.log.includes('"why":"exit code 3"')));
    await expect(pod.client.config()).rejects.toMatchObject({ status: 503 });
    const health = (await (await fetch(`http://127.0.0.1:${pod.httpPort}/healthz`)).json()) as object;
    expect(health).toMatchObject({ supervisor: 'ok', agent: { running: false, lastExit: 'exit code 3' } });
    await agent.mend();
    const after = await until(
      'the agent is back',
      async () => {
        const now = await pod.client.load();
        return now.counters === undefined ? undefined : now;
      },
      15_000,
    );
    load.stop();
    const result = await load.result;
    end.abort();

    expect(Object.keys(await readiness)).toEqual(['ready']);
    expect(result.objections).toEqual([]);
    expect(result.total).toEqual({ sent: result.total.sent, answered: result.total.sent, lost: 0, wrong: 0 });
    expect(result.total.sent).toBeGreaterThan(1000);
    expect(after.engine).toEqual({ ...before.engine, uptimeSeconds: after.engine.uptimeSeconds });
    expect(after.engine.uptimeSeconds).toBeGreaterThan(before.engine.uptimeSeconds ?? Infinity);
    expect({ ...after.config, since: '' }).toEqual({ ...before.config, since: '' });
    expect(after.drain.phase).toBe('Serving');
    expect(await pod.metrics()).toContain('dnsfleet_resolver_agent_restarts_total 4\n');
  });
});
