/** A drain that nobody renews ends, so that an engine that is restarted after its preStop hook serves again. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { configFor } from '../../test/configs.js';
import { Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let pod: Pod;
beforeAll(async () => {
  programs = await testPrograms();
  pod = await Pod.start({ programs, config: configFor(9) });
  await pod.ready();
});
afterAll(async () => {
  await pod.stop();
  await programs.remove();
});

describe('a container that the kubelet restarts', () => {
  it('is ready again after its preStop hook has run, and again the next time', async () => {
    for (let round = 0; round < 2; round += 1) {
      await pod.preStop();
      expect(await pod.readiness()).toMatchObject({ status: 503, text: expect.stringContaining('Quiet') });
      const dead = pod.engine;
      dead?.kill('SIGTERM');
      await until('the engine has ended', () => Promise.resolve(dead?.exitCode !== null || dead.signalCode !== null));
      pod.startEngine();
      await pod.ready();
      const { drain } = await pod.client.load();
      expect(drain.phase).toBe('Serving');
    }
  });
});
