/** The end of a supervisor, which is the end of its container. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { configFor } from '../../test/configs.js';
import { Pod, until } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';

jest.setTimeout(60_000);

it('does not wait for an agent that takes no notice of SIGTERM', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dnsfleet-deaf-'));
  const agentProgram = join(directory, 'deaf.mjs');
  writeFileSync(
    agentProgram,
    "process.on('SIGTERM', () => console.log('heard and not heeded'));\n" +
      "process.on('message', () => undefined);\nconsole.log('deaf agent is up');\n",
  );
  const programs = await testPrograms();
  const pod = await Pod.start({ programs, config: configFor(9), agentProgram });
  try {
    await until('the agent is up', () => Promise.resolve(pod.log.includes('deaf agent is up')));
    const supervisor = pod.supervisor;
    const agentPid = pod.agentPid();
    supervisor?.kill('SIGTERM');
    await until('the agent has heard', () => Promise.resolve(pod.log.includes('heard and not heeded')));
    await until('the supervisor has ended', () => Promise.resolve(supervisor?.exitCode === 0), 15_000);
    expect(existsSync(`/proc/${agentPid ?? 'self'}`)).toBe(false);
  } finally {
    if (pod.supervisor?.exitCode === null) pod.supervisor.kill('SIGKILL');
    await pod.stop();
    await programs.remove();
    rmSync(directory, { recursive: true, force: true });
  }
});
