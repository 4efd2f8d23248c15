/** How often agents are asked, by a clock that stands still and agents that answer or do not. */
import { createServer, type Server as HttpServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { agentReport } from '../../../test/agent-report.js';
import { FakeClock } from '../../../test/fake-clock.js';
import type { Server } from '../../planning/servers.js';
import { configHash } from '../../../../resolver-image/agent/src/contract/resolver-config.js';
import { type AgentDirectory, createAgentDirectory } from './agents.js';

const text = '{"revision": 1}';
const pod: Server = { name: 'a', uid: 'a', ip: '127.0.0.1', isScheduled: true, isReady: true, isStopping: false };
const signal = new AbortController().signal;
let clock: FakeClock;
let http: HttpServer;
let directory: AgentDirectory;
let questions: number;
let isAway: boolean;

beforeEach(async () => {
  clock = new FakeClock();
  questions = 0;
  isAway = false;
  http = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method === 'GET') questions += 1;
    response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' });
    const answers: Readonly<Record<string, unknown>> = {
      '/v1/load': agentReport({ text }).load,
      '/v1/config': request.method === 'PUT' ? { accepted: true, messages: [] } : {},
    };
    response.end(JSON.stringify(isAway ? { error: 'away' } : answers[path ?? '']));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  directory = createAgentDirectory({ clock, port });
});
afterEach(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

const observe = async (server = pod) => {
  const reports = await directory.observe({
    pool: 'dns/a',
    servers: [server],
    hash: configHash(text),
    maxAgeMs: 4000,
    signal,
  });
  return reports.get('a');
};
/** The questions in `seconds` seconds of one look each. */
async function askedIn(seconds: number): Promise<number> {
  const before = questions;
  for (let second = 0; second < seconds; second += 1) {
    await clock.advance(1000);
    await observe();
  }
  return questions - before;
}

test('an agent that answers is asked as often as its answer may be old', async () => {
  expect(await observe()).toMatchObject({ isReachable: true, silentForMs: 0 });
  expect(await askedIn(20)).toBe(5);
});

test('one that does not is asked ever less often, and its silence is known', async () => {
  isAway = true;
  await observe();
  // After 1, 2, 4, 8 and 16 s, then each 30 s.
  expect(await askedIn(31)).toBe(5);
  expect(await askedIn(300)).toBe(10);
  expect((await observe())?.silentForMs).toBeGreaterThan(300_000);
});

test('one that answers again is asked as before', async () => {
  isAway = true;
  await observe();
  await askedIn(60);
  isAway = false;
  await askedIn(30);
  expect(await observe()).toMatchObject({ isReachable: true, silentForMs: 0 });
  expect(await askedIn(20)).toBe(5);
});

test('one whose pod becomes ready is asked at once', async () => {
  isAway = true;
  await observe({ ...pod, isReady: false });
  for (let look = 0; look < 10; look += 1) {
    await clock.advance(8000);
    await observe({ ...pod, isReady: false });
  }
  isAway = false;
  expect(await observe()).toMatchObject({ isReachable: true });
});

test('one that was told something is asked at once, and has not been silent since the epoch if it is away', async () => {
  await observe();
  await directory.push({ pool: 'dns/a', server: pod, text, token: 't', signal });
  isAway = true;
  await clock.advance(500);
  expect(await observe()).toMatchObject({ isReachable: false, silentForMs: 500 });
});
