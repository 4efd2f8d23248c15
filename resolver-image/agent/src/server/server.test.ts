/** What the server shows to whom. The engine and its configurations are elsewhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../operator/test/fake-clock.js';
import type { Offer } from '../config/configurator.js';
import { AgentClient } from '../contract/client.js';
import { createLogger } from '../platform/log.js';
import { createAgentServer } from './server.js';

const accepted: Offer = { outcome: 'InForce', accepted: true, messages: [] };
const text = '{"revision":  7}';
let directory: string;
let server: Server;
let baseUrl: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'dnsfleet-server-'));
  const tokenPath = join(directory, 'token');
  writeFileSync(tokenPath, 's3cret\n');
  server = createAgentServer({
    configurator: { check: () => Promise.resolve(accepted), offer: () => Promise.resolve(accepted), status: {}, text },
    reporter: { wait: () => Promise.reject(new Error('not asked')) },
    metrics: () => Promise.reject(new Error('not asked')),
    tokenPath,
    log: createLogger('test', new FakeClock(), () => undefined),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

describe('the text in force', () => {
  it('is given to who bears the token of the pool', async () => {
    expect(await new AgentClient({ baseUrl, token: 's3cret' }).text()).toBe(text);
  });

  it.each([
    ['another token', 'other'],
    ['no token', undefined],
  ])('is not given to who bears %s', async (_who, token) => {
    const client = new AgentClient({ baseUrl, ...(token !== undefined && { token }) });
    await expect(client.text()).rejects.toMatchObject({ status: 401 });
  });
});
