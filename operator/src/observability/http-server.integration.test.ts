import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { systemClock } from '../runtime/clock.js';
import { silentLogger } from '../runtime/logger.js';
import { startHttpServer, type RunningHttpServer } from './http-server.js';

let reasons: readonly string[];
let registry: Registry;
let server: RunningHttpServer;
beforeEach(async () => {
  reasons = [];
  registry = new Registry();
  server = await startHttpServer({
    port: 0,
    registry,
    unreadyReasons: () => reasons,
    clock: systemClock,
    logger: silentLogger,
  });
});
afterEach(() => server.close(100));

const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

test('is ready without reasons against it, and lists them otherwise', async () => {
  expect((await ask('/readyz')).status).toBe(200);
  reasons = ['caches have not synced: pods', 'shutting down'];
  const answer = await ask('/readyz?verbose');
  expect(answer.status).toBe(503);
  expect(await answer.text()).toBe('caches have not synced: pods\nshutting down\n');
  expect((await ask('/healthz')).status).toBe(200);
});

test('shows metrics in the format that it names', async () => {
  new Gauge({ name: 'dnsfleet_test', help: 'A test', registers: [registry] }).set(3);
  const answer = await ask('/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await answer.text()).toContain('\ndnsfleet_test 3\n');
});

test('says so when a metric cannot be collected', async () => {
  const collect = () => {
    throw new Error('no');
  };
  new Gauge({ name: 'dnsfleet_test', help: 'A test', registers: [registry], collect });
  expect((await ask('/metrics')).status).toBe(500);
});

test('knows no other path and changes nothing', async () => {
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/healthz', { method: 'POST' })).status).toBe(405);
});

test('finishes what it has begun before it closes, and no more than that', async () => {
  let finish: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => {
    const collect = () =>
      new Promise<void>((done) => {
        finish = done;
        resolve();
      });
    new Gauge({ name: 'dnsfleet_slow', help: 'A test', registers: [registry], collect });
  });
  const answer = ask('/metrics');
  await begun;
  const closed = server.close(10_000);
  await expect(ask('/healthz')).rejects.toThrow('fetch failed');
  finish?.();
  expect((await answer).status).toBe(200);
  await closed;
});
