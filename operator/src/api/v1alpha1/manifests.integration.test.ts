/** The table of manifests, and `kubectl`, against a real API server with our CRDs. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { group, version } from './labels.js';
import { badFleets } from './testdata/bad-fleets.js';
import { refusedByController, refusedByEngine } from './testdata/bad-for-operator.js';
import { badUpstreams } from './testdata/bad-upstreams.js';
import { goodManifests } from './testdata/good-manifests.js';
import { changed, type Manifest, minimalFleet, minimalPool } from './testdata/manifest.js';

const namespace = 'default';
const crds = ['dnsfleets', 'dnspools'] as const;
let api: CustomObjectsApi;

const kubeconfig = () => process.env['DNSFLEET_TEST_KUBECONFIG'] ?? '';
const kubectl = (...args: readonly string[]) =>
  execFileSync('kubectl', ['--kubeconfig', kubeconfig(), ...args], { encoding: 'utf8', stdio: 'pipe' });

beforeAll(() => {
  kubectl('apply', '--server-side', '--force-conflicts', ...crds.flatMap((crd) => ['-f', `crds/${group}_${crd}.yaml`]));
  kubectl('wait', '--for=condition=Established', '--timeout=30s', ...crds.map((crd) => `crd/${crd}.${group}`));
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig());
  api = config.makeApiClient(CustomObjectsApi);
}, 60_000);

const statusSchema = z.object({ message: z.string() });
const failureSchema = z.object({ code: z.number(), body: z.string() });

/** What the API server says to the manifest, without storing it; 'accepted' when it takes it. */
async function answerTo(manifest: Manifest): Promise<string> {
  const plural = manifest.kind === 'DnsFleet' ? 'dnsfleets' : 'dnspools';
  try {
    await api.createNamespacedCustomObject({
      group,
      version,
      namespace,
      plural,
      body: manifest,
      dryRun: 'All',
      fieldValidation: 'Strict',
    });
    return 'accepted';
  } catch (error) {
    const { code, body } = failureSchema.parse(error);
    expect([400, 422]).toContain(code);
    return statusSchema.parse(JSON.parse(body)).message;
  }
}

describe('the API server refuses, naming the field and the remedy', () => {
  test.each([...badUpstreams, ...badFleets].map((bad) => [bad.title, bad] as const))('%s', async (_, bad) => {
    const answer = await answerTo(changed(bad.kind === 'DnsPool' ? minimalPool : minimalFleet, bad.changes));
    expect(answer).toContain(bad.field);
    expect(answer).toContain(bad.remedy);
  });
});

describe('the API server takes what is right', () => {
  test.each(Object.entries(goodManifests))(
    '%s',
    async (_, manifest) => {
      expect(await answerTo(manifest)).toBe('accepted');
      // The largest takes seconds of a machine that runs other tests too.
    },
    60_000,
  );
});

describe('the API server takes what only the operator can refuse', () => {
  test.each([...refusedByController, ...refusedByEngine].map((bad) => [bad.title, bad] as const))(
    '%s',
    async (_, bad) => {
      expect(await answerTo(changed(minimalFleet, bad.changes))).toBe('accepted');
    },
  );
});

describe('kubectl', () => {
  const apply = (manifest: Manifest, ...args: readonly string[]) =>
    execFileSync('kubectl', ['--kubeconfig', kubeconfig(), 'apply', ...args, '-f', '-'], {
      encoding: 'utf8',
      input: JSON.stringify(manifest),
      stdio: 'pipe',
    });

  test('shows columns that say the state, by short name and category', () => {
    const fleet = changed(minimalFleet, { 'metadata.name': 'columns' });
    apply(fleet);
    try {
      expect(kubectl('get', 'dnsf').split('\n')[0]?.split(/\s+/)).toEqual(['NAME', 'READY', 'POPS', 'SERVERS', 'AGE']);
      expect(kubectl('get', 'dnsf', '-o', 'wide').split('\n')[0]).toMatch(/AGE\s+REASON\s+MESSAGE$/);
      expect(kubectl('get', 'dns', '-o', 'name')).toContain('dnsfleet.dnsfleet.dev/columns');
    } finally {
      kubectl('delete', 'dnsfleet', 'columns');
    }
  });

  test('fills in every default', () => {
    const fleet = changed(minimalFleet, { 'metadata.name': 'defaults' });
    const text = apply(fleet, '--dry-run=server', '-o', 'yaml');
    const { spec } = z.object({ spec: z.looseObject({}) }).parse(parse(text));
    expect(spec).toEqual({
      ...fleet.spec,
      engine: { type: 'Unbound', threads: 1, extraConfig: '' },
      listeners: { dns: { port: 53 } },
      autoscaling: {
        mode: 'Builtin',
        scaleUpThresholdPercent: 70,
        scaleDownThresholdPercent: 30,
        cooldownSeconds: 300,
      },
      capacity: { redundancy: 2 },
      upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }], zones: [], localZones: [] },
      cache: {
        size: '128Mi',
        minTtlSeconds: 0,
        maxTtlSeconds: 86400,
        serveStale: { maxStaleSeconds: 86400, answerTtlSeconds: 30 },
      },
      server: { resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: {} } },
      service: { type: 'ClusterIP', internalTrafficPolicy: 'Cluster' },
      rollout: { pauseSeconds: 30 },
    });
  });

  /** The API server publishes the schema of a new CRD some seconds after the CRD is established. */
  async function explain(field: string): Promise<string> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      try {
        return kubectl('explain', field);
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(200);
      }
    }
  }

  test('explains the spec of a fleet', async () => {
    const text = await explain('dnsfleet.spec');
    for (const field of ['access', 'upstreams', 'regions']) expect(text).toMatch(new RegExp(`${field}\\s.*-required-`));
    expect(text).toContain('access says who may ask; it is closed by default.');
    expect(await explain('dnsfleet.spec.regions.pops.placement.affinity')).toContain('podAntiAffinity');
  }, 30_000);

  test('scales a pool, and selects pools by fleet', () => {
    apply(minimalPool);
    try {
      kubectl('scale', 'dnspool', 'public-eu', '--replicas=2');
      expect(kubectl('get', 'dnspool', 'public-eu', '-o', 'jsonpath={.spec.replicas}')).toBe('2');
      expect(() => kubectl('scale', 'dnspool', 'public-eu', '--replicas=0')).toThrow(/greater than or equal to 1/);
      const columns = kubectl('get', 'dnsp', '--field-selector', 'spec.fleet=public').split('\n');
      expect(columns[0]?.split(/\s+/)).toEqual([
        'NAME',
        'REGION',
        'READY',
        'SERVERS',
        'DRAINING',
        'QPS',
        'LOAD%',
        'AGE',
      ]);
      expect(columns[1]).toMatch(/^public-eu\s+eu\s/);
      expect(kubectl('get', 'dnsp', '--field-selector', 'spec.fleet=other', '-o', 'name')).toBe('');
    } finally {
      kubectl('delete', 'dnspool', 'public-eu');
    }
  });

  test('may not change the place of a pool', () => {
    apply(minimalPool);
    try {
      expect(() => apply(changed(minimalPool, { 'spec.pop': 'us' }))).toThrow(/`fleet` and `pop` must not change/);
    } finally {
      kubectl('delete', 'dnspool', 'public-eu');
    }
  });
});
