/**
 * One kind of error for everything that can go wrong between us and the API server, and one function that makes it out
 * of anything. What to do next follows from `code` alone, so nobody else has to read statuses, causes or messages.
 */
import { types } from 'node:util';
import { isRecord } from './object.js';

/**
 * - Conflict: somebody else was faster; read again and try again, quietly.
 * - NotFound, AlreadyExists: as the words say.
 * - Gone: the resource version or continue token is too old; list again.
 * - Throttled: asked to slow down; `retryAfterSeconds` says for how long.
 * - Invalid: the API server refuses what we sent; trying again does not help.
 * - Forbidden: our credentials or rights do not do.
 * - Unavailable: no answer, or one that says the server is in trouble; try again later.
 * - Timeout: no answer in time; the request may have been carried out.
 * - Aborted: our own AbortSignal ended it.
 * - Bug: anything else. Someone should look.
 */
export type KubeErrorCode =
  | 'Conflict'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Gone'
  | 'Throttled'
  | 'Invalid'
  | 'Forbidden'
  | 'Unavailable'
  | 'Timeout'
  | 'Aborted'
  | 'Bug';

interface KubeErrorDetails {
  /** The HTTP status, when there was an answer. */
  readonly status?: number | undefined;
  /** What the server asked for with `Retry-After` or in its Status. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

export class KubeError extends Error {
  override readonly name: string = 'KubeError';
  readonly code: KubeErrorCode;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: KubeErrorCode, message: string, details: KubeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/**
 * An object of the name that we need exists and is not controlled by the owner that we expect. It is not touched, and
 * trying again does not help: somebody has to decide.
 */
export class NotOurs extends KubeError {
  override readonly name = 'NotOurs';

  constructor(
    /** Kind and key of the object, `Deployment dns/public-eu`. */
    readonly object: string,
    /** What controls it, `DnsPool other (uid)`; undefined if nothing does. */
    readonly controller: string | undefined,
  ) {
    super(
      'Conflict',
      `${object} exists and ${controller ? `belongs to ${controller}` : 'has no owner'}: not touching it`,
    );
  }
}

/** True if `error` is a KubeError with one of `codes`. */
export function hasCode(error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && codes.includes(error.code);
}

/** Turns anything that was thrown while `doing` ('listing pods') into a KubeError; one that is one already stays. */
export function toKubeError(error: unknown, doing: string): KubeError {
  if (error instanceof KubeError) return error;
  const message = `${doing}: ${describe(error)}`;
  if (isTimeout(error)) return new KubeError('Timeout', message, { cause: error });
  if (isAbort(error)) return new KubeError('Aborted', message, { cause: error });
  if (isNetworkError(error)) return new KubeError('Unavailable', message, { cause: error });
  return new KubeError('Bug', message, { cause: error });
}

/** What an answer of the API server says, as far as an error is made of it. */
export interface ErrorAnswer {
  readonly status: number;
  /** The `Retry-After` header. */
  readonly retryAfter?: string | undefined;
  /** The body: parsed JSON, a `Status` if the API server wrote it; anything else is ignored. */
  readonly body?: unknown;
}

/** The error that an answer with a status of 400 and above stands for. */
export function errorOfAnswer(answer: ErrorAnswer, doing: string): KubeError {
  const body = isRecord(answer.body) ? answer.body : {};
  const reason = typeof body['reason'] === 'string' ? body['reason'] : '';
  const text = typeof body['message'] === 'string' ? body['message'] : `HTTP ${answer.status}`;
  const code = isOtherObject(body['details']) ? 'Conflict' : codeOf(answer.status, reason);
  return new KubeError(code, `${doing}: ${shorten(text)}`, {
    status: answer.status,
    retryAfterSeconds: retryAfterOf(answer.retryAfter, body['details']),
  });
}

/** The error that an ERROR event of a watch stands for; its object is a `Status`. */
export function errorOfStatus(status: unknown, doing: string): KubeError {
  const code = isRecord(status) ? status['code'] : undefined;
  return errorOfAnswer({ status: typeof code === 'number' ? code : 500, body: status }, doing);
}

/** An apply that names a uid and meets another object is refused as an attempt to change the uid. */
function isOtherObject(details: unknown): boolean {
  const causes = isRecord(details) ? details['causes'] : undefined;
  return Array.isArray(causes) && causes.some((cause) => isRecord(cause) && cause['field'] === 'metadata.uid');
}

function codeOf(status: number, reason: string): KubeErrorCode {
  switch (reason) {
    case 'AlreadyExists':
      return 'AlreadyExists';
    case 'Expired':
    case 'Gone':
      return 'Gone';
    case 'Timeout':
    case 'ServerTimeout':
      return 'Unavailable';
  }
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return 'Invalid';
    case 401:
    case 403:
      return 'Forbidden';
    case 404:
      return 'NotFound';
    case 409:
      return 'Conflict';
    case 410:
      return 'Gone';
    case 429:
      return 'Throttled';
    default:
      return status >= 500 ? 'Unavailable' : 'Bug';
  }
}

/** Longer than any sane wait; a proxy that says more is not believed. */
const longestRetryAfterSeconds = 300;

function retryAfterOf(header: string | undefined, details: unknown): number | undefined {
  const fromStatus = isRecord(details) ? details['retryAfterSeconds'] : undefined;
  const seconds = header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : fromStatus;
  return typeof seconds === 'number' && seconds >= 0 ? Math.min(seconds, longestRetryAfterSeconds) : undefined;
}

const networkCodes =
  /^(E(CONN|HOST|NET|PIPE|AI_|ADDR|TIMEDOUT|NOTFOUND|PROTO)|UND_ERR_|ERR_(SSL|TLS|STREAM|HTTP2)|HPE_|CERT_|DEPTH_|SELF_|UNABLE_)/;

function isNetworkError(error: unknown): boolean {
  return chainOf(error).some(
    (link) => ('code' in link && typeof link.code === 'string' && networkCodes.test(link.code)) || isFetchFailure(link),
  );
}

/** undici says `TypeError: fetch failed` and `TypeError: terminated`, and keeps the reason in `cause`. */
function isFetchFailure(error: Error): boolean {
  return error.name === 'TypeError' && (error.message === 'fetch failed' || error.message === 'terminated');
}

function isTimeout(error: unknown): boolean {
  return chainOf(error).some(
    (link) =>
      link.name === 'TimeoutError' ||
      ('code' in link && typeof link.code === 'string' && /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(link.code)),
  );
}

function isAbort(error: unknown): boolean {
  return chainOf(error).some((link) => link.name === 'AbortError');
}

/** The error, its causes, and the members of an AggregateError (one for each address that was tried). */
function chainOf(error: unknown, depth = 0): readonly Error[] {
  if (!isError(error) || depth > 4) return [];
  const { cause } = error;
  const members: readonly unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return [error, ...[...members, cause].flatMap((link) => chainOf(link, depth + 1))];
}

/** Node.js's own errors are no `instanceof Error` where the program runs in a sandbox, as it does under Jest. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value) || value instanceof DOMException;
}

function describe(error: unknown): string {
  const chain = chainOf(error);
  if (chain.length === 0) return shorten(String(error));
  return shorten([...new Set(chain.map((link) => link.message || link.name))].join(': '));
}

/** A validation error of a large object can be many kilobytes long; the beginning names the field. */
function shorten(text: string): string {
  const limit = 1000;
  return text.length > limit ? `${text.slice(0, limit)}...` : text;
}
