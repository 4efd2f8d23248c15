/** A new server is ready when its engine is, and not when the kubelet happens to ask again. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { configFor } from '../../test/configs.js';
import { clock, Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';
import { HOLD_MS } from './first-answer.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let pod: Pod | undefined;
beforeAll(async () => {
  programs = await testPrograms();
});
afterAll(async () => {
  await pod?.stop();
  await programs.remove();
});

it('holds a question about readiness back until the engine answers, and no longer than it says', async () => {
  const started = await Pod.start({ programs, config: configFor(9) });
  pod = started;
  const early: number[] = [];
  await until('the pod is ready', async () => {
    const askedMs = clock.monotonic();
    // Refused until the supervisor listens.
    const { status } = await started.readiness();
    const tookMs = clock.monotonic() - askedMs;
    if (status !== 200 && tookMs < HOLD_MS - 5) early.push(tookMs);
    return status === 200;
  });
  expect(early).toEqual([]);
  started.engine?.kill('SIGSTOP');
  await until('the freeze is noticed', async () => (await started.readiness()).status === 503, 5000);
  const askedMs = clock.monotonic();
  expect((await started.readiness()).status).toBe(503);
  expect(clock.monotonic() - askedMs).toBeLessThan(HOLD_MS / 2);
  started.engine?.kill('SIGCONT');
});
