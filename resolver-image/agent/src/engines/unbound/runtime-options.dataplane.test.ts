/**
 * Every option of the allow-list is taken over by a running engine: the new value is what the engine says it uses, its
 * process is the same, its cache is still there, and a query that waits for an upstream gets its answer. What the engine
 * says can be believed, because it refuses a change of what it could not take over; runtime-effects shows for options
 * of each kind that they also act.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { longLived, missesOf } from '../../../test/cache.js';
import { configFor } from '../../../test/configs.js';
import { HeldUpstream } from '../../../test/held-upstream.js';
import { startRecursion } from '../../../test/in-flight.js';
import { Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';
import { EXTRA_OPTIONS, whyRefused } from '../../contract/extra-options.js';

jest.setTimeout(60_000);

const KEPT = longLived('example', 20);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let upstream: HeldUpstream;
let pod: Pod;
let revision = 1;
beforeAll(async () => {
  programs = await testPrograms();
  upstream = await HeldUpstream.start();
  pod = await Pod.start({ programs, config: configFor(upstream.port) });
  await pod.ready();
  await until('the agent has read the engine', async () => (await pod.client.load()).counters !== undefined);
});
afterAll(async () => {
  await pod.stop();
  await upstream.close();
  await programs.remove();
});

const push = (extraConfig: string) => {
  revision += 1;
  return pod.client.push(JSON.stringify(configFor(upstream.port, { revision, extraConfig })));
};
const valueOf = async (option: string) => (await pod.control(`get_option ${option}`)).trim().replace(/\s+/g, ' ');

/** A value that the option's form takes and that is not `present`. */
function anotherValue(option: string, present: string): string {
  const candidates = ['yes', 'no', '192.0.2.0/24', 'corp.example', '192.0.2.0/24 7', 'corp.example 7'];
  const numbers = ['2', '7', '64', '77', '600', '700', '1111', '1200', '2222'];
  const fits = [...candidates, ...numbers].find(
    (value) => value !== present && EXTRA_OPTIONS.get(option)?.form.fits(value),
  );
  if (fits === undefined) throw new Error(`no value for ${option}`);
  return fits;
}

describe('options of extraConfig', () => {
  it.each([...EXTRA_OPTIONS.keys()])('%s is taken over at run time', async (option) => {
    await missesOf(pod, KEPT);
    const { startId } = (await pod.client.load()).engine;
    const present = await valueOf(option);
    expect(present).not.toMatch(/^error/);
    const value = anotherValue(option, present);
    const recursion = await startRecursion(pod, `${option}.held.example`);
    expect(await push(`${option}: ${value}`)).toEqual({ accepted: true, messages: [] });
    expect(await valueOf(option)).toBe(value);
    expect(await push('')).toEqual({ accepted: true, messages: [] });
    expect(await valueOf(option)).toBe(present);
    expect(recursion.answered()).toBe(false);
    upstream.release();
    expect(await recursion.outcome).toBe('right');
    expect(await missesOf(pod, KEPT)).toBe(0);
    expect((await pod.client.load()).engine.startId).toBe(startId);
  });

  it.each([
    ['num-threads', '2'],
    ['incoming-num-tcp', '100'],
    ['outgoing-num-tcp', '7'],
    ['harden-large-queries', 'yes'],
    ['msg-buffer-size', '40000'],
    ['tcp-idle-timeout', '5000'],
    ['edns-tcp-keepalive', 'yes'],
    ['so-sndbuf', '1m'],
  ])('%s, which is not on the list, is what a running engine refuses to change', async (option, value) => {
    expect(whyRefused(option)).not.toContain('is not on the list');
    const path = join(pod.runDirectory, 'unbound.conf');
    const text = await readFile(path, 'utf8');
    const lines = text.split('\n').filter((line) => !line.startsWith(`  ${option}: `));
    await writeFile(path, lines.join('\n').replace('server:\n', `server:\n  ${option}: ${value}\n`));
    const present = await valueOf(option);
    expect(await pod.control('fast_reload')).toMatch(new RegExp(`not compatible with fast_reload.*: ${option}\n`));
    expect(await valueOf(option)).toBe(present);
    await writeFile(path, text);
    expect(await pod.control('fast_reload')).toMatch(/ok\n$/);
  });
});
