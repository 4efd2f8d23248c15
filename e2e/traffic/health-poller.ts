/**
 * Asks the health URLs of all targets once a second, like the probes of a cloud load balancer.
 */
import http from 'node:http';
import type { Clock } from '../../operator/src/runtime/clock.js';
import { formatEndpoint } from './endpoint.js';
import type { HealthChange, Target, TargetRing } from './targets.js';

const intervalMs = 1000;
const timeoutMs = 1000;

/** Polls until `signal` aborts; calls `onChange` whenever the ring changed its mind about a target. */
export async function pollHealth(
  {
    targets,
    ring,
    onChange,
  }: {
    readonly targets: readonly Target[];
    readonly ring: TargetRing;
    readonly onChange: (change: HealthChange) => void;
  },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const startMs = clock.now();
    await Promise.all(
      targets.map(async (target) => {
        if (target.healthUrl === undefined) return;
        const healthy = await isHealthy(target.healthUrl);
        if (ring.observe(target, healthy)) {
          onChange({ target: formatEndpoint(target.endpoint), healthy, atMs: clock.now() });
        }
      }),
    );
    await clock.sleep(Math.max(0, startMs + intervalMs - clock.now()), signal).catch(() => undefined);
  }
}

/** Asks all targets once, before the first query. */
export async function learnHealth(targets: readonly Target[], ring: TargetRing): Promise<void> {
  await Promise.all(
    targets.map(async (target) => {
      if (target.healthUrl !== undefined) ring.begin(target, await isHealthy(target.healthUrl));
    }),
  );
}

/** True for an answer with status 200 within a second; each question has a connection of its own. */
function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', () => resolve(false));
  });
}
