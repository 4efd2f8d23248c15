/**
 * From `kubectl apply` to answered queries on a real cluster, through real kubectl and helm only.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isIPv6 } from 'node:net';
import type { Endpoint } from '../traffic/endpoint.js';
import { address6Of, addressOf } from '../traffic/names.js';
import { openSharedCluster } from './helpers/cluster.js';
import { eventually, must } from './helpers/eventually.js';
import { fleetReady, serversOf, serversReady } from './helpers/fleets.js';
import type { Kubectl } from './helpers/kubectl.js';
import { fleetManifest, forwardTo } from './helpers/manifests.js';
import { metadataOnlySchema } from './helpers/objects.js';
import { installOperator } from './helpers/operator.js';
import { run } from './helpers/program.js';
import { writeReport } from './helpers/report.js';
import { dig, serviceSettled, startLoad, startUpstream, type RunningUpstream } from './helpers/traffic.js';

const cluster = openSharedCluster();
const hub = cluster.node(1);
/** Servers of the private root, each at an address of its own on node 1. */
const rootAddresses = { root: '198.18.0.251', example: '198.18.0.252', load: '198.18.0.253' } as const;
const fourPops = { eu: { 'eu-a': 1, 'eu-b': 1 }, us: { 'us-a': 1, 'us-b': 1 } };

let kubectl: Kubectl;
let upstream: RunningUpstream;
let privateRoot: RunningUpstream;

beforeAll(async () => {
  for (const address of Object.values(rootAddresses)) {
    await run(cluster.inside(hub.netns, ['ip', 'address', 'replace', `${address}/32`, 'dev', 'lo']));
  }
  upstream = await startUpstream(cluster, ['--listen', `${hub.address.ipv4}:5301`, '--tag', 'forwarder']);
  privateRoot = await startUpstream(cluster, [
    ...['--zone', `.=${rootAddresses.root}`],
    ...['--zone', `example.=${rootAddresses.example}`],
    ...['--zone', `load.example.=${rootAddresses.load}`],
    ...['--tag', 'private root'],
  ]);
  await installOperator(cluster);
  kubectl = await cluster.createNamespace('serving');
}, 300_000);

afterAll(async () => {
  await upstream.stop();
  await privateRoot.stop();
});

/** Where the fleet's Service answers; kube-proxy may need a second after the servers are ready. */
async function serviceOf(fleet: string): Promise<Endpoint> {
  const { spec } = await kubectl.service(fleet);
  const endpoint = { address: spec.clusterIP, port: 53 };
  await eventually(() => dig(cluster, endpoint, ['first.load.example', 'A']), {
    describe: `an answer from ${endpoint.address}`,
    timeoutMs: 10_000,
  });
  return endpoint;
}

describe('a fleet of two regions with two PoPs each', () => {
  let service: Endpoint;

  test('is Ready within 60 s of apply', async () => {
    const started = performance.now();
    await kubectl.apply(fleetManifest({ name: 'public', regions: fourPops, upstreams: forwardTo(upstream.endpoint) }));
    await fleetReady(kubectl, 'public', 60_000);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    writeReport('ready', { pops: 4, servers: 4, secondsFromApplyToReady: seconds });
    expect(seconds).toBeLessThanOrEqual(60);
    const pods = await kubectl.pods(serversOf('public'));
    expect(pods.map((pod) => pod.metadata.labels['dnsfleet.dev/pool']).sort()).toEqual([
      'public-eu-a',
      'public-eu-b',
      'public-us-a',
      'public-us-b',
    ]);
    service = await serviceOf('public');
  }, 90_000);

  test.each([
    ['A', addressOf],
    ['AAAA', address6Of],
  ] as const)('answers %s over UDP and TCP from the upstream', async (type, expected) => {
    for (const transport of ['+notcp', '+tcp']) {
      const name = `${type}${transport.length}.load.example`.toLowerCase();
      const answer = await dig(cluster, service, [transport, name, type]);
      expect(answer).toMatchObject({ status: 'NOERROR', transport: transport === '+tcp' ? 'TCP' : 'UDP' });
      expect(answer.answers).toEqual([expect.stringMatching(new RegExp(`^${name}\\. \\d+ IN ${type} `))]);
      expect(answer.answers[0]?.split(' ').at(-1)).toBe(expected(name));
    }
  });

  test('comes from Unbound: each server answers with the name of its pod', async () => {
    const names = (await kubectl.pods(serversOf('public'))).map((pod) => pod.metadata.name);
    const seen = new Set<string>();
    await eventually(
      async () => {
        const { answers } = await dig(cluster, service, ['id.server', 'CH', 'TXT']);
        seen.add(/"(.*)"/.exec(answers[0] ?? '')?.[1] ?? '');
        must(seen.size === names.length, `${seen.size} of ${names.length} servers answered`);
      },
      { describe: 'every server to answer through the Service', timeoutMs: 30_000, intervalMs: 20 },
    );
    expect([...seen].sort()).toEqual(names.sort());
  }, 60_000);

  test('keeps the case of the question (0x20)', async () => {
    const answer = await dig(cluster, service, ['CaSe.LoAd.ExAmPlE', 'A']);
    expect(answer.question).toBe('CaSe.LoAd.ExAmPlE');
    expect(answer.answers[0]?.split(' ').at(-1)).toBe(addressOf('case.load.example'));
  });

  test('speaks EDNS to those who do, and plain DNS to the rest', async () => {
    expect((await dig(cluster, service, ['+edns', 'edns.load.example', 'A'])).ednsBytes).toBe(1232);
    expect((await dig(cluster, service, ['+noedns', 'edns.load.example', 'A'])).ednsBytes).toBeUndefined();
  });

  test('truncates a large answer over UDP and gives it whole over TCP', async () => {
    const question = ['big.large.load.example', 'TXT'];
    const truncated = await dig(cluster, service, ['+ignore', '+bufsize=1232', ...question]);
    expect(truncated).toMatchObject({ transport: 'UDP', answers: [] });
    expect(truncated.flags).toContain('tc');
    const whole = await dig(cluster, service, ['+bufsize=1232', ...question]);
    expect(whole.transport).toBe('TCP');
    expect(whole.flags).not.toContain('tc');
    expect(whole.answers.join('').length).toBeGreaterThan(4000);
  });

  test.each([
    ['x.nx.load.example', 'NXDOMAIN'],
    ['x.servfail.load.example', 'SERVFAIL'],
  ])('passes on that %s is %s', async (name, status) => {
    expect((await dig(cluster, service, [name, 'A'])).status).toBe(status);
  });

  test('answers a steady load with nothing lost and nothing wrong', async () => {
    await serviceSettled(cluster, service);
    const load = await startLoad(cluster, { targets: [{ endpoint: service }], queriesPerSecond: 1000, maxSeconds: 10 });
    const result = await load.result;
    expect(result.objections).toEqual([]);
    expect(result.total).toEqual({ sent: 10_000, answered: 10_000, lost: 0, wrong: 0 });
    const { byPattern } = await upstream.stats();
    expect(byPattern['slow']).toBeGreaterThanOrEqual(result.byKind.slow.sent);
  }, 40_000);

  test('is explained by kubectl explain', async () => {
    const text = await kubectl.run(['explain', 'dnsfleet.spec']);
    for (const field of [
      'access',
      'cache',
      'engine',
      'listeners',
      'regions',
      'rollout',
      'server',
      'service',
      'upstreams',
    ]) {
      expect(text).toMatch(new RegExp(`^  ${field}\\t<.*>.*\\n +\\S+`, 'm'));
    }
    expect(await kubectl.run(['explain', 'dnsfleet.spec.upstreams.servers.address'])).toMatch(/DESCRIPTION:\n +\S+/);
  });

  test('shows its state at a glance', async () => {
    const fleets = await kubectl.run(['get', 'dnsf', 'public']);
    expect(fleets.split('\n')[1]?.split(/\s+/)).toEqual(expect.arrayContaining(['public', 'True', '4/4']));
    const pools = await kubectl.run(['get', 'dns']);
    expect(pools.match(/dnspool.dnsfleet.dev\/public-/g)).toHaveLength(4);
  });

  test('is scaled by kubectl scale, but never to nothing', async () => {
    await kubectl.run(['scale', 'dnspool', 'public-eu-a', '--replicas=2']);
    await serversReady(kubectl, 'public', { count: 5, timeoutMs: 60_000 });
    await kubectl.run(['scale', 'dnspool', 'public-eu-a', '--replicas=1']);
    await serversReady(kubectl, 'public', { count: 4, timeoutMs: 90_000 });
    const pool = await eventually(
      async () => {
        const now = await kubectl.pool('public-eu-a');
        must(now.status.replicas === 1, `status.replicas is ${now.status.replicas}`);
        return now;
      },
      { describe: 'the status of the pool', timeoutMs: 60_000 },
    );
    expect(pool.status).toMatchObject({ replicas: 1, selector: expect.stringContaining('public-eu-a') });
    const nothing = kubectl.run(['scale', 'dnspool', 'public-eu-a', '--replicas=0']);
    await expect(nothing).rejects.toThrow('should be greater than or equal to 1');
  }, 240_000);

  test('leaves nothing behind when it is deleted', async () => {
    await kubectl.run(['delete', 'dnsfleet', 'public', '--wait', '--timeout=60s']);
    await eventually(
      async () => {
        const kinds = 'dnspools,deployments,services,configmaps,secrets,serviceaccounts,poddisruptionbudgets,pods';
        const left = await kubectl.list(metadataOnlySchema, kinds, serversOf('public'));
        must(left.length === 0, left.map((object) => `${object.kind}/${object.metadata.name}`).join(', '));
      },
      { describe: 'the children of the fleet to go', timeoutMs: 120_000, intervalMs: 1000 },
    );
  }, 200_000);
});

describe('a fleet with IPv4 and IPv6', () => {
  test('answers at both addresses of its Service, and at both of a server', async () => {
    const service = { ipFamilyPolicy: 'RequireDualStack' };
    const upstreams = forwardTo(upstream.endpoint);
    await kubectl.apply(fleetManifest({ name: 'dual', regions: { here: { here: 1 } }, upstreams, service }));
    await fleetReady(kubectl, 'dual', 60_000);
    await serviceOf('dual');
    const { spec } = await kubectl.service('dual');
    const [server] = await serversReady(kubectl, 'dual', { count: 1, timeoutMs: 30_000 });
    const addresses = [...spec.clusterIPs, ...(server?.status.podIPs ?? []).map(({ ip }) => ip)];
    expect(addresses.map((address) => (isIPv6(address) ? 6 : 4)).sort()).toEqual([4, 4, 6, 6]);
    for (const address of addresses) {
      for (const transport of ['+notcp', '+tcp']) {
        const { answers } = await dig(cluster, { address, port: 53 }, [transport, 'dual.load.example', 'A']);
        expect(answers[0]?.split(' ').at(-1)).toBe(addressOf('dual.load.example'));
      }
    }
    await kubectl.run(['delete', 'dnsfleet', 'dual', '--wait', '--timeout=60s']);
  }, 120_000);
});

test('the namespace of the fleets lets no pod in that Pod Security `restricted` refuses', async () => {
  const pod = ['run', 'lax', '--image=localhost/pause:1', '--image-pull-policy=Never', '--privileged'];
  await expect(kubectl.run(pod)).rejects.toThrow('violates PodSecurity "restricted:latest"');
});

describe('a fleet in mode Recursive', () => {
  test('finds its answers from a private root down', async () => {
    const rootHints = [{ name: 'ns.root-servers', addresses: [rootAddresses.root] }];
    const upstreams = { mode: 'Recursive', rootHints };
    await kubectl.apply(fleetManifest({ name: 'recursive', regions: { here: { here: 1 } }, upstreams }));
    await fleetReady(kubectl, 'recursive', 60_000);
    const service = await serviceOf('recursive');
    const answer = await dig(cluster, service, ['a.load.example', 'A']);
    expect(answer.status).toBe('NOERROR');
    expect(answer.answers[0]?.split(' ').at(-1)).toBe(addressOf('a.load.example'));
    expect((await dig(cluster, service, ['whoami.load.example', 'TXT'])).answers[0]).toContain('"private root"');
    const { byPattern } = await privateRoot.stats();
    expect(byPattern['referral']).toBeGreaterThanOrEqual(2);
    expect(byPattern['apex']).toBeGreaterThanOrEqual(1);
    await kubectl.run(['delete', 'dnsfleet', 'recursive', '--wait', '--timeout=60s']);
  }, 120_000);
});
