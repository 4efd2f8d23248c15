import { expect, test } from '@jest/globals';
import { FakeClock } from '../../test/fake-clock.js';
import { memoryLogger } from '../../test/memory-logger.js';
import { runShutdown } from './shutdown.js';

test('runs its steps in order, and no step holds up the others', async () => {
  const clock = new FakeClock();
  const logger = memoryLogger();
  const done: string[] = [];
  const step = (name: string, run: (signal: AbortSignal) => Promise<void>) => ({ name, timeoutMs: 1000, run });
  const ended = runShutdown(
    [
      step('stop controllers', () => clock.sleep(500).then(() => void done.push('controllers'))),
      step('flush events', () => Promise.reject(new Error('no API'))),
      step('release lease', () => new Promise(() => undefined)),
      step('close connections', () => Promise.resolve(void done.push('connections'))),
    ],
    { clock, logger },
  );
  await clock.advance(499);
  expect(done).toEqual([]);
  await clock.advance(1001);
  expect(await ended).toEqual(['flush events', 'release lease']);
  expect(done).toEqual(['controllers', 'connections']);
  expect(logger.lines.map(({ level, fields }) => [level, fields['step']])).toEqual([
    ['info', 'stop controllers'],
    ['warn', 'flush events'],
    ['warn', 'release lease'],
    ['info', 'close connections'],
  ]);
});
