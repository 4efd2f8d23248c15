/** The programs that data-plane tests run: the bundles, made anew from the sources, and the image's own Unbound. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureUnbound } from '../../../e2e/images/unbound.js';
import { buildAgent } from '../../build.js';
import type { Programs } from './pod.js';

/** The programs for one test file; call `remove` at the end. The first call on a machine downloads Unbound. */
export async function testPrograms(): Promise<Programs & { remove(): Promise<void> }> {
  const unbound =
    process.env['DNSFLEET_UNBOUND_DIR'] ?? (await ensureUnbound((message) => process.stderr.write(`${message}\n`)));
  const agent = await mkdtemp(join(tmpdir(), 'dnsfleet-agent-'));
  await buildAgent(agent);
  return { unbound, agent, remove: () => rm(agent, { recursive: true, force: true }) };
}
