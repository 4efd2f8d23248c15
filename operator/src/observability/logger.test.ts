import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createJsonLogger, type LogLevel } from './logger.js';

function capture(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, logger: createJsonLogger(level, stream) };
}

test('prints an error with its name, message, code and cause', () => {
  const { lines, logger } = capture('info');
  const err = Object.assign(new Error('doing it', { cause: new Error('why') }), { code: 'Conflict' });
  logger.error('Failed', { err });
  expect(lines[0]).toMatchObject({
    level: 'error',
    msg: 'Failed',
    err: { name: 'Error', message: 'doing it', code: 'Conflict', cause: { message: 'why' } },
  });
});

test('keeps the message whole when a field is called message, and renames reserved fields', () => {
  const { lines, logger } = capture('info');
  logger.info('Applied', { message: 'x', level: 'y', msg: 'z' });
  expect(lines[0]).toMatchObject({ msg: 'Applied', message: 'x', level: 'info', _level: 'y', _msg: 'z' });
});

test('adds the fields of its parents, and drops lines below its level', () => {
  const { lines, logger } = capture('info');
  const child = logger.child({ controller: 'pool' }).child({ key: 'dns/a' });
  child.debug('Skipped');
  child.info('Applied', { revision: 3 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ controller: 'pool', key: 'dns/a', revision: 3 });
});
