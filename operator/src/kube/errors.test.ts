/** What becomes of everything that can go wrong: one code each, from which follows what to do. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { DeadlineExceeded } from '../runtime/deadline.js';
import {
  errorOfAnswer,
  errorOfStatus,
  hasCode,
  KubeError,
  NotOurs,
  toKubeError,
  type KubeErrorCode,
} from './errors.js';

const foreign = (message: string, code: string): unknown =>
  runInNewContext(`Object.assign(new Error(${message}), { code: '${code}' })`);

const withCode = (code: string, message = 'it failed'): Error => Object.assign(new Error(message), { code });

describe('an answer', () => {
  test.each<[number, string | undefined, KubeErrorCode]>([
    [400, 'BadRequest', 'Invalid'],
    [401, 'Unauthorized', 'Forbidden'],
    [403, 'Forbidden', 'Forbidden'],
    [404, 'NotFound', 'NotFound'],
    [405, 'MethodNotAllowed', 'Bug'],
    [409, 'Conflict', 'Conflict'],
    [409, 'AlreadyExists', 'AlreadyExists'],
    [410, 'Expired', 'Gone'],
    [410, 'Gone', 'Gone'],
    [410, undefined, 'Gone'],
    [413, 'RequestEntityTooLarge', 'Invalid'],
    [415, 'UnsupportedMediaType', 'Invalid'],
    [422, 'Invalid', 'Invalid'],
    [429, 'TooManyRequests', 'Throttled'],
    [500, 'InternalError', 'Unavailable'],
    [500, 'ServerTimeout', 'Unavailable'],
    [503, undefined, 'Unavailable'],
    [504, 'Timeout', 'Unavailable'],
    // An expired continue token of some servers comes as a bad request: the reason counts.
    [400, 'Expired', 'Gone'],
  ])('of %i %s is %s', (status, reason, code) => {
    const error = errorOfAnswer({ status, body: { kind: 'Status', reason, message: 'no' } }, 'doing it');
    expect(error).toMatchObject({ code, status, message: 'doing it: no' });
  });

  test('that is no Status is known by its number', () => {
    expect(errorOfAnswer({ status: 502, body: '<html>' }, 'listing pods')).toMatchObject({
      code: 'Unavailable',
      message: 'listing pods: HTTP 502',
    });
  });

  test('that refuses another uid says that the object is another one', () => {
    const body = { reason: 'Invalid', message: 'immutable', details: { causes: [{ field: 'metadata.uid' }] } };
    expect(errorOfAnswer({ status: 422, body }, 'applying').code).toBe('Conflict');
  });

  test('with a long message is cut, and keeps its beginning', () => {
    const { message } = errorOfAnswer({ status: 422, body: { message: `spec.a: ${'x'.repeat(5000)}` } }, 'applying');
    expect(message.startsWith('applying: spec.a: x')).toBe(true);
    expect(message.length).toBeLessThan(1100);
  });

  test.each<[string, string | undefined, unknown, number | undefined]>([
    ['the header', '7', undefined, 7],
    ['the Status', undefined, 3, 3],
    ['the header before the Status', '7', 3, 7],
    ['the Status where the header is a date', 'Wed, 21 Oct 2026 07:28:00 GMT', 3, 3],
    ['nobody', undefined, undefined, undefined],
    ['nobody where the number is negative', undefined, -1, undefined],
    ['at most five minutes', '86400', undefined, 300],
  ])('says when to come again: %s', (...row) => {
    const [, retryAfter, retryAfterSeconds, expected] = row;
    const body = { reason: 'TooManyRequests', details: { retryAfterSeconds } };
    expect(errorOfAnswer({ status: 429, retryAfter, body }, 'x').retryAfterSeconds).toBe(expected);
  });
});

describe('an ERROR event of a watch', () => {
  test.each<[unknown, KubeErrorCode]>([
    [{ kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }, 'Gone'],
    [{ kind: 'Status', code: 500, reason: 'InternalError' }, 'Unavailable'],
    [{ kind: 'Status', code: 429, details: { retryAfterSeconds: 1 } }, 'Throttled'],
    ['no Status at all', 'Unavailable'],
    [undefined, 'Unavailable'],
  ])('%j is %s', (status, code) => {
    expect(errorOfStatus(status, 'watching').code).toBe(code);
  });
});

describe('what was thrown', () => {
  const fetchFailure = new TypeError('fetch failed', { cause: withCode('ECONNREFUSED', 'connect ECONNREFUSED') });
  test.each<[string, unknown, KubeErrorCode]>([
    ['a refused connection', withCode('ECONNREFUSED'), 'Unavailable'],
    ['a reset connection', withCode('ECONNRESET'), 'Unavailable'],
    ['a name that is not found', withCode('ENOTFOUND'), 'Unavailable'],
    ['a socket that undici closed', withCode('UND_ERR_SOCKET'), 'Unavailable'],
    ['an answer that is no HTTP', withCode('HPE_INVALID_CONSTANT'), 'Unavailable'],
    ['a certificate of an unknown authority', withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'Unavailable'],
    ['a certificate of our own making', withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'Unavailable'],
    ['a stream that broke', new TypeError('terminated'), 'Unavailable'],
    ['a cause below a cause', new Error('outer', { cause: fetchFailure }), 'Unavailable'],
    [
      'one of several addresses',
      new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')]),
      'Unavailable',
    ],
    ['our deadline', new DeadlineExceeded('no end'), 'Timeout'],
    ['a connect time-out', withCode('UND_ERR_CONNECT_TIMEOUT'), 'Timeout'],
    ['an aborted signal', Object.assign(new Error('aborted'), { name: 'AbortError' }), 'Aborted'],
    ['a mistake of ours', new TypeError("cannot read 'x' of undefined"), 'Bug'],
    ['a file that is not there', withCode('ENOENT'), 'Bug'],
    ["an error of Node's own realm, as in a sandbox", foreign("'read ECONNRESET'", 'ECONNRESET'), 'Unavailable'],
    [
      'one of several of them',
      runInNewContext(`new AggregateError([Object.assign(new Error('x'), { code: 'ENETUNREACH' })])`),
      'Unavailable',
    ],
    ['a stream of them that broke', runInNewContext(`new TypeError('terminated')`), 'Unavailable'],
    ['an aborted signal by default', new DOMException('aborted', 'AbortError'), 'Aborted'],
    ['no error at all', 'a string', 'Bug'],
    ['undefined', undefined, 'Bug'],
  ])('%s', (_, thrown, code) => {
    const error = toKubeError(thrown, 'getting pods dns/a');
    expect(error.code).toBe(code);
    expect(error.message.startsWith('getting pods dns/a: ')).toBe(true);
  });

  test('says all that is known, each thing once', () => {
    const { message, cause } = toKubeError(fetchFailure, 'listing pods');
    expect(message).toBe('listing pods: fetch failed: connect ECONNREFUSED');
    expect(cause).toBe(fetchFailure);
  });

  test('stays what it is when it is a KubeError already', () => {
    const error = new KubeError('Gone', 'too old');
    expect(toKubeError(error, 'x')).toBe(error);
  });

  test('may refer to itself', () => {
    const error = new Error('round');
    error.cause = error;
    expect(toKubeError(error, 'x').code).toBe('Bug');
  });
});

test('codes are asked for, of KubeErrors alone', () => {
  const error = new KubeError('Gone', 'too old');
  expect(hasCode(error, 'NotFound', 'Gone')).toBe(true);
  expect(hasCode(error, 'NotFound')).toBe(false);
  expect(hasCode(withCode('Gone'), 'Gone')).toBe(false);
});

test('an object of somebody else says whose it is', () => {
  expect(new NotOurs('Secret dns/a', 'DnsPool b').message).toBe(
    'Secret dns/a exists and belongs to DnsPool b: not touching it',
  );
  expect(new NotOurs('Secret dns/a', undefined)).toMatchObject({ code: 'Conflict', name: 'NotOurs' });
});
