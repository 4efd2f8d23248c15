/**
 * Upstream and generator against each other on loopback: what the accounts say must be exactly what happened.
 */
import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock, systemRandom } from '../../operator/src/runtime/clock.js';
import { bundleTrafficTools } from './bundle.js';
import type { ClientOptions } from './client.js';
import { startLoad } from './load.js';
import type { LoadEnvironment, LoadOptions } from './load.js';
import { startLossyServer } from './lossy-server.js';
import type { Target } from './targets.js';
import { startUpstream } from './upstream.js';

const environment: LoadEnvironment = {
  clock: systemClock,
  random: systemRandom,
  monotonic: () => performance.now(),
  cpuMs: () => process.cpuUsage().user / 1000,
};

const options: LoadOptions = {
  clients: [],
  health: { unhealthyAfter: 1, healthyAfter: 1 },
  queriesPerSecond: 1000,
  durationSeconds: 2,
  tcpPercent: 5,
  mix: { zone: 'load.test', cachedNames: 100, missPercent: 10, slowPercent: 5, run: 'unit' },
  udpSockets: 16,
  tcpConnectionsPerTarget: 2,
};

const clientsOf = (targets: readonly Target[]): readonly ClientOptions[] => [
  { name: 'client', targets, portLifetimeSeconds: 1 },
];

const loopback = [
  { address: '127.0.0.1', port: 0 },
  { address: '::1', port: 0 },
];

describe('the load generator', () => {
  test('loses nothing against a server that answers everything, over IPv4 and IPv6', async () => {
    const upstream = await startUpstream(
      { listen: loopback, zones: [], zonePort: 0, tag: 'a', slowPercent: 0, slowMs: 3000 },
      systemClock,
    );
    try {
      const targets = upstream.endpoints.map((endpoint) => ({ endpoint }));
      const run = await startLoad({ ...options, clients: clientsOf(targets) }, environment);
      await systemClock.sleep(1000);
      run.mark('second half');
      const result = await run.result;
      expect(result.objections).toEqual([]);
      expect(result.total).toEqual({ sent: 2000, answered: 2000, lost: 0, wrong: 0 });
      expect(result.byTransport.tcp.sent).toBeGreaterThan(40);
      expect(result.byKind.slow.sent).toBeGreaterThan(40);
      expect(result.phases.map((phase) => phase.name)).toEqual(['start', 'second half']);
      expect(Math.min(...result.phases.map((phase) => phase.sent))).toBeGreaterThan(700);
      expect(result.latencyMs.slow.p50).toBeGreaterThan(2900);
      expect(result.latencyMs.cached.p50).toBeLessThan(500);
      expect(result).toMatchObject({ strayAnswers: 0, lateAnswers: 0, tcpRetries: 0, faults: {}, losses: [] });
      const { udp, tcp, byPattern } = upstream.stats();
      expect({ udp, tcp }).toEqual({ udp: result.byTransport.udp.sent, tcp: result.byTransport.tcp.sent });
      expect(byPattern['slow']).toBe(result.byKind.slow.sent);
    } finally {
      await upstream.close();
    }
  }, 20_000);

  test('counts each lost query once: unanswered over UDP, unanswered twice over TCP', async () => {
    const server = await startLossyServer((_, name) => (/-1\d*\.load/.test(name) ? 'dropped' : 'answered'));
    try {
      const mix = { ...options.mix, missPercent: 50, slowPercent: 0 };
      const targets = [{ endpoint: server.endpoint }];
      const run = await startLoad(
        { ...options, clients: clientsOf(targets), mix, tcpPercent: 20, durationSeconds: 1 },
        environment,
      );
      const { objections, byTransport, losses, tcpRetries } = await run.result;
      const { udpAnswered, udpDropped, tcpAnswered, tcpDropped } = server.counts;
      expect(objections).toEqual([]);
      expect(udpDropped).toBeGreaterThan(20);
      expect(tcpDropped).toBeGreaterThan(2);
      expect(byTransport).toEqual({
        udp: { sent: udpAnswered + udpDropped, answered: udpAnswered, lost: udpDropped, wrong: 0 },
        tcp: { sent: tcpAnswered + tcpDropped / 2, answered: tcpAnswered, lost: tcpDropped / 2, wrong: 0 },
      });
      expect(tcpRetries).toBe(tcpDropped / 2);
      expect(losses).toHaveLength(udpDropped + tcpDropped / 2);
      expect(losses.every((loss) => /-1\d*\.load/.test(loss.name))).toBe(true);
    } finally {
      server.close();
    }
  }, 30_000);

  test('asks once more on a new connection what a broken one carried', async () => {
    const server = await startLossyServer((_, name, askedBefore) =>
      /-\d*02\.load/.test(name) && askedBefore === 0 ? 'cut' : 'answered',
    );
    try {
      const mix = { ...options.mix, missPercent: 100, slowPercent: 0 };
      // So slow that no two names which cut come in one burst after a pause of a busy machine.
      const pace = { tcpPercent: 100, queriesPerSecond: 200, durationSeconds: 5 };
      const targets = [{ endpoint: server.endpoint }];
      const run = await startLoad({ ...options, clients: clientsOf(targets), mix, ...pace }, environment);
      const result = await run.result;
      expect(result.objections).toEqual([]);
      expect(server.counts.tcpCut).toBe(9);
      expect(result.total).toEqual({ sent: 1000, answered: 1000, lost: 0, wrong: 0 });
      expect(result.tcpRetries).toBeGreaterThanOrEqual(9);
    } finally {
      server.close();
    }
  }, 20_000);

  test('goes on over TCP where an answer is truncated, and accounts for each kind of client', async () => {
    const server = await startLossyServer((transport) => (transport === 'udp' ? 'truncated' : 'answered'));
    try {
      const mix = { ...options.mix, slowPercent: 0 };
      const [first, second] = clientsOf([{ endpoint: server.endpoint }]).flatMap((client) => [
        { ...client, name: 'fresh ports' },
        { ...client, name: 'fixed ports', portLifetimeSeconds: Infinity },
      ]);
      if (!first || !second) throw new Error('there are two clients');
      const run = await startLoad({ ...options, clients: [first, second], mix, queriesPerSecond: 200 }, environment);
      const { total, byTransport, clients } = await run.result;
      expect(total).toEqual({ sent: 400, answered: 400, lost: 0, wrong: 0 });
      expect(server.counts.tcpAnswered).toBe(400);
      const { 'fresh ports': fresh, 'fixed ports': fixed } = clients;
      expect([fresh?.truncated, fixed?.truncated]).toEqual([fresh?.udp.sent, fixed?.udp.sent]);
      expect([fresh, fixed].map((client) => (client?.udp.sent ?? 0) + (client?.tcp.sent ?? 0))).toEqual([200, 200]);
      expect((fresh?.udp.sent ?? 0) + (fixed?.udp.sent ?? 0)).toBe(byTransport.udp.sent);
      expect(fixed?.connections).toEqual({ opened: 2, reset: 0, cutOff: 0 });
    } finally {
      server.close();
    }
  }, 20_000);

  test('sends new queries to healthy targets only', async () => {
    const [first, second] = [await startLossyServer(() => 'answered'), await startLossyServer(() => 'answered')];
    let healthy = true;
    const health = http.createServer((_, response) => response.writeHead(healthy ? 200 : 503).end());
    await new Promise<void>((resolve) => health.listen(0, '127.0.0.1', resolve));
    const address = health.address();
    const healthUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
    try {
      const targets = [{ endpoint: first.endpoint, healthUrl }, { endpoint: second.endpoint }];
      const mix = { ...options.mix, slowPercent: 0 };
      const run = await startLoad(
        { ...options, clients: clientsOf(targets), mix, queriesPerSecond: 200, durationSeconds: 4 },
        environment,
      );
      await systemClock.sleep(1500);
      healthy = false;
      await systemClock.sleep(1200);
      const before = first.counts.udpAnswered + first.counts.tcpAnswered;
      const result = await run.result;
      expect(result.healthChanges).toMatchObject([{ healthy: false }]);
      expect(first.counts.udpAnswered + first.counts.tcpAnswered).toBe(before);
      expect(before).toBeGreaterThan(100);
      expect(result.total).toEqual({ sent: 800, answered: 800, lost: 0, wrong: 0 });
    } finally {
      first.close();
      second.close();
      health.close();
    }
  }, 20_000);

  test('has bounds', async () => {
    await expect(startLoad({ ...options, queriesPerSecond: 1e6 }, environment)).rejects.toThrow('a load of');
  });
});

test('the bundled tools run with nothing but Node', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'dnsfleet-traffic-'));
  const tools = await bundleTrafficTools(directory);
  const upstream = spawn(process.execPath, [tools.upstream, '--listen', '127.0.0.1:0', '--stats', '127.0.0.1:0']);
  try {
    const ready = JSON.parse(await firstLine(upstream.stdout)) as {
      readonly endpoints: readonly { readonly port: number }[];
      readonly stats: { readonly port: number };
    };
    const target = `127.0.0.1:${ready.endpoints[0]?.port ?? 0}`;
    const load = spawn(process.execPath, [
      tools.load,
      '--target',
      target,
      '--rate',
      '200',
      '--duration',
      '60',
      '--slow-percent',
      '0',
    ]);
    const output = all(load.stdout);
    await firstLine(load.stdout);
    load.stdin.write('mark middle\nrate 1000\n');
    await systemClock.sleep(500);
    load.stdin.write('stop\n');
    const lines = (await output).trim().split('\n');
    const result = JSON.parse(lines.at(-1) ?? '') as {
      readonly total: { readonly sent: number; readonly lost: number };
      readonly phases: readonly { readonly sent: number }[];
    };
    expect(result).toMatchObject({ valid: true, total: { lost: 0 }, phases: [{ name: 'start' }, { name: 'middle' }] });
    // 100 at the rate of the start.
    expect(result.phases[1]?.sent).toBeGreaterThan(250);
    const varying = spawn(process.execPath, [
      ...[tools.load, '--target', target, '--slow-percent', '0'],
      ...['--rate', '50,800', '--duration', '2', '--report', '0.5'],
    ]);
    const told = (await all(varying.stdout)).trim().split('\n');
    const counts = told.slice(1, -1).map((line) => (JSON.parse(line) as Pick<typeof result, 'total'>).total.sent);
    const { total } = JSON.parse(told.at(-1) ?? '') as Pick<typeof result, 'total'>;
    expect(counts.length).toBeGreaterThanOrEqual(3);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts[0]).toBeLessThan(60);
    expect(total.sent).toBeGreaterThan(500);
    const stats = (await (await fetch(`http://127.0.0.1:${ready.stats.port}/stats`)).json()) as {
      udp: number;
      tcp: number;
    };
    expect(stats.udp + stats.tcp).toBe(result.total.sent + total.sent);
  } finally {
    upstream.stdin.end();
    await new Promise((resolve) => upstream.once('exit', resolve));
    await rm(directory, { recursive: true });
  }
  expect(upstream.exitCode).toBe(0);
}, 20_000);

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) =>
    stream.once('data', (chunk: Buffer) => resolve(chunk.toString().split('\n')[0] ?? '')),
  );
}

async function all(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
