import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { FakeClock } from '../../test/fake-clock.js';
import { createJsonLogger, type LogLevel } from './logger.js';

function capture(level: LogLevel = 'info') {
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      texts.push(chunk.toString());
      done();
    },
  });
  const logger = createJsonLogger({ level, clock: new FakeClock(), stream });
  return { logger, texts, lines: () => texts.map((text): unknown => JSON.parse(text)) };
}

test('begins each line with time, level and message, and ends it with a newline', () => {
  const { logger, texts } = capture();
  logger.info('Applied "it"', { revision: 3, ratio: undefined });
  expect(texts).toEqual([
    `{"ts":"${new Date(new FakeClock().now()).toISOString()}","level":"info","msg":"Applied \\"it\\"","revision":3}\n`,
  ]);
});

test('prints an error with its name, message, code, stack and cause, at any depth', () => {
  const { lines, logger } = capture();
  const err = Object.assign(new Error('doing it', { cause: new Error('why') }), { code: 'Conflict' });
  logger.error('Failed', { err, servers: [{ err }] });
  const printed = {
    name: 'Error',
    message: 'doing it',
    code: 'Conflict',
    stack: err.stack,
    cause: { name: 'Error', message: 'why' },
  };
  expect(lines()[0]).toMatchObject({ level: 'error', msg: 'Failed', err: printed, servers: [{ err: printed }] });
});

test('keeps the message whole when a field is called message, and renames reserved fields', () => {
  const { lines, logger } = capture();
  logger.info('Applied', { message: 'x', level: 'y', msg: 'z' });
  expect(lines()[0]).toMatchObject({ msg: 'Applied', message: 'x', level: 'info', _level: 'y', _msg: 'z' });
});

test('lets no secret out', () => {
  const { logger, texts } = capture();
  logger.info('Made a secret', {
    token: 'hush',
    secret: { data: { token: 'hush' } },
    headers: { Authorization: 'hush' },
  });
  expect(texts.join('')).not.toContain('hush');
});

test('prints the line even if a field cannot be printed', () => {
  const { lines, logger } = capture();
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  logger.warn('Odd', { loop, big: 10n, after: 1 });
  expect(lines()[0]).toMatchObject({ msg: 'Odd', loop: expect.stringContaining('not printable'), big: '10', after: 1 });
});

test('adds the fields of its parents, and drops lines below its level', () => {
  const { lines, logger } = capture();
  const child = logger.child({ controller: 'pool' }).child({ key: 'dns/a' });
  child.debug('Skipped');
  child.info('Applied', { revision: 3 });
  expect(lines()).toEqual([expect.objectContaining({ controller: 'pool', key: 'dns/a', revision: 3 })]);
});
