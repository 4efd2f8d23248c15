/** What the probes promise an on-call person, and that the pod runs what the image says. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { testPool } from '../../test/objects.js';
import { agentContainer, engineContainer } from './containers.js';

const pool = testPool();
const agent = agentContainer(pool);
const engine = engineContainer(pool);

describe('containers of a server', () => {
  it.each([
    ['agent', agent],
    ['engine', engine],
  ])(
    'a frozen %s is killed within seconds of its last probe, although a drain may take minutes',
    (_name, container) => {
      // A stopped process never sees the SIGTERM; without a grace period of its own a probe has that of the pod.
      expect(container.livenessProbe?.terminationGracePeriodSeconds).toBe(10);
    },
  );

  it('readiness forgives one lost SYN, which is sent again after a second, and acts on the first answer', () => {
    expect(agent.readinessProbe).toMatchObject({ periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 1 });
  });

  it('the agent is started as the image starts it, heap limits included', () => {
    const dockerfile = readFileSync(new URL('../../../resolver-image/Dockerfile', import.meta.url), 'utf8');
    const command: unknown = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? 'null');
    expect(agent.command).toEqual(command);
  });
});
