/** The table of manifests against the engine's own checker: the configuration made of each is taken or refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureUnbound } from '../../../../e2e/images/unbound.js';
import { resolverConfigSchema } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { checkFile } from '../../../../resolver-image/agent/src/engines/unbound/checker.js';
import { render } from '../../../../resolver-image/agent/src/engines/unbound/render.js';
import { buildPool, listPops } from '../../builders/pool.js';
import { buildResolverConfig } from '../../builders/resolver-config.js';
import { validateFleet } from '../../planning/validate-fleet.js';
import { type DnsFleet, dnsFleetSchema } from './dns-fleet.js';
import { dnsPoolSchema } from './dns-pool.js';
import { refusedByEngine } from './testdata/bad-for-operator.js';
import { goodManifests } from './testdata/good-manifests.js';
import { changed, type Manifest, minimalFleet } from './testdata/manifest.js';

const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-manifests-'));
const facts = {
  identity: 'server',
  threads: 1,
  listen: ['127.0.0.1'],
  port: 5300,
  ipv6: false,
  runDirectory: directory,
  certificateBundle: join(directory, 'ca.pem'),
};
let checker: string;

beforeAll(async () => {
  checker = join(await ensureUnbound(() => undefined), 'unbound-checkconf');
  writeFileSync(facts.certificateBundle, '');
}, 600_000);
afterAll(() => rmSync(directory, { recursive: true }));

const server = { namespace: 'dns', uid: 'uid', resourceVersion: '1', generation: 1, creationTimestamp: 'now' };
const stored = (manifest: Manifest): DnsFleet =>
  dnsFleetSchema.parse({ ...manifest, metadata: { ...manifest.metadata, ...server } });

/** What the engine's checker says to the configuration of the first pool of a fleet. */
function judge(fleet: DnsFleet) {
  const [placed] = listPops(fleet.spec.regions);
  if (!placed) throw new Error('the fleet has no PoP');
  const intent = buildPool(fleet, placed, { image: 'resolver', imagePullPolicy: 'Never' });
  const pool = dnsPoolSchema.parse({ ...intent, metadata: { name: intent.metadata.name, ...server } });
  const config = resolverConfigSchema.parse({ revision: 1, ...buildResolverConfig(pool.spec) });
  const rendered = render(config, facts);
  const path = join(directory, 'unbound.conf');
  for (const file of rendered.files) writeFileSync(join(directory, file.name), file.text);
  writeFileSync(path, rendered.text);
  return checkFile(checker, path, AbortSignal.timeout(10_000));
}

describe('what only the engine can refuse, it refuses, naming what is wrong', () => {
  test.each(refusedByEngine.map((bad) => [bad.title, bad] as const))('%s', async (_, bad) => {
    const fleet = stored(changed(minimalFleet, bad.changes));
    expect(validateFleet(fleet, { serviceAddresses: [], pools: [], otherFleets: [] })).toEqual([]);
    const outcome = await judge(fleet);
    const text = outcome.ok ? 'accepted' : outcome.messages.join('\n');
    expect(text).toContain(bad.field);
    expect(text).toContain(bad.remedy);
  });
});

describe('the engine takes what is right', () => {
  // The hints of the Internet's root are a file of the image; this machine need not have it.
  const fleets = Object.entries(goodManifests).filter(
    ([title, { kind }]) => kind === 'DnsFleet' && title !== 'recursive from the root of the Internet',
  );
  test.each(fleets)('%s', async (_, manifest) => {
    expect(await judge(stored(manifest))).toEqual({ ok: true });
  });
});
