/** Upstreams that change under load, with many recursions in flight: nothing is lost, and the cache is kept. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Upstream } from '../../../../../e2e/traffic/upstream.js';
import { longLived, missesOf } from '../../../test/cache.js';
import { configFor } from '../../../test/configs.js';
import { firstAnswer, portOf, upstreamOn } from '../../../test/dns.js';
import { loadOn } from '../../../test/load.js';
import { clock, Pod, until } from '../../../test/pod.js';
import { testPrograms } from '../../../test/programs.js';

jest.setTimeout(60_000);

const KEPT = longLived('kept.example', 200);
const CHANGES = 5;

let programs: Awaited<ReturnType<typeof testPrograms>>;
let upstreams: readonly Upstream[] = [];
let pod: Pod;
beforeAll(async () => {
  programs = await testPrograms();
  upstreams = await Promise.all([upstreamOn('a'), upstreamOn('b')]);
  pod = await Pod.start({ programs, config: configFor(portOf(to(0))) });
  await pod.ready();
});
afterAll(async () => {
  await pod.stop();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  await programs.remove();
});

/** The upstream of change number `index`. */
function to(index: number): Upstream {
  const upstream = upstreams[index % upstreams.length];
  if (upstream === undefined) throw new Error('there are no upstreams');
  return upstream;
}

it('loses no query of 300 a second while its upstream changes five times, with names in flight that take 3 s', async () => {
  expect(await missesOf(pod, KEPT)).toBe(KEPT.length);
  const load = await loadOn(pod, { queriesPerSecond: 300, durationSeconds: 12 });
  const open: number[] = [];
  for (let change = 1; change <= CHANGES; change += 1) {
    await until('there is much in flight', async () => (await pod.stat('total.requestlist.current.user')) > 20);
    await clock.sleep(1000);
    load.mark(`change ${change}`);
    open.push(await pod.stat('total.requestlist.current.user'));
    const config = configFor(portOf(to(change)), { revision: change + 1 });
    expect(await pod.client.push(JSON.stringify(config))).toEqual({ accepted: true, messages: [] });
    const who = await firstAnswer({ name: `n${change}.whoami.example`, type: 'TXT', port: pod.dnsPort });
    expect(who).toBe(to(change).stats().tag);
  }
  const result = await load.result;
  expect(result.objections).toEqual([]);
  expect(result.losses).toEqual([]);
  expect(result.total).toEqual({ sent: 3600, answered: 3600, lost: 0, wrong: 0 });
  expect(result.phases).toHaveLength(CHANGES + 1);
  expect(Math.min(...open)).toBeGreaterThan(10);
  expect(result.byKind.slow.sent).toBeGreaterThan(100);
  expect(await missesOf(pod, KEPT)).toBe(0);
});
