/**
 * The typed client of a server's agent. The operator imports it; nothing else of the agent is shared. It retries
 * nothing and holds no state: when to ask again is the caller's decision.
 */
import { type Dispatcher, request as send } from 'undici';
import { z } from 'zod';
import {
  type CheckResult,
  checkResultSchema,
  type ConfigStatus,
  configStatusSchema,
  configTextSchema,
} from './config-status.js';
import { MAX_WAIT_SECONDS } from './limits.js';
import { type Load, loadSchema } from './load.js';

export interface AgentClientOptions {
  /** Such as `http://10.0.0.7:8080`, IPv6 in brackets. */
  readonly baseUrl: string;
  /** The pool's token; needed by `text`, `check` and `push`. */
  readonly token?: string;
  /** Milliseconds for one call, on top of the wait of a long poll. Default 5000; a push runs the engine's checker. */
  readonly timeoutMs?: number;
  /** A shared connection pool; undici's global one when omitted. */
  readonly dispatcher?: Dispatcher;
}

export interface LoadRequest {
  /** Seconds for which the agent may hold the answer back while nothing changes; 0 to MAX_WAIT_SECONDS. */
  readonly waitSeconds?: number;
  /** The `sequence` of the last Load seen. */
  readonly since?: number;
  readonly signal?: AbortSignal;
}

/** A call that brought no answer: no connection, time-out, a status other than 200, or a body of the wrong form. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  constructor(
    message: string,
    /** The HTTP status, if there was one. 503 means that the agent is being restarted by its supervisor. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const errorBodySchema = z.object({ error: z.string() });

export class AgentClient {
  readonly #options: AgentClientOptions;

  constructor(options: AgentClientOptions) {
    this.#options = options;
  }

  /** The server's load, at once or as soon as it changes by more than 10 %. Throws AgentError, or the signal's reason. */
  load(request: LoadRequest = {}): Promise<Load> {
    const wait = Math.min(MAX_WAIT_SECONDS, request.waitSeconds ?? 0);
    const query = new URLSearchParams({ wait: String(wait), since: String(request.since ?? 0) });
    return this.#call(loadSchema, {
      method: 'GET',
      path: `/v1/load?${query.toString()}`,
      extraMs: wait * 1000,
      ...(request.signal && { signal: request.signal }),
    });
  }

  /** Which configuration is in force, and which was refused. Throws AgentError, or the signal's reason. */
  config(signal?: AbortSignal): Promise<ConfigStatus> {
    return this.#call(configStatusSchema, { method: 'GET', path: '/v1/config', ...(signal && { signal }) });
  }

  /** The exact text of the configuration in force; undefined if none is. Throws AgentError, or the signal's reason. */
  async text(signal?: AbortSignal): Promise<string | undefined> {
    const path = '/v1/config/text';
    return (await this.#call(configTextSchema, { method: 'GET', path, ...(signal && { signal }) })).text;
  }

  /** Has the engine's checker judge the text of a `config.json`; changes nothing. Throws AgentError, or the signal's reason. */
  check(text: string, signal?: AbortSignal): Promise<CheckResult> {
    return this.#call(checkResultSchema, {
      method: 'POST',
      path: '/v1/config/check',
      body: text,
      ...(signal && { signal }),
    });
  }

  /** Puts the text of a `config.json` into force; resolves when the engine uses it. Throws AgentError, or the signal's reason. */
  push(text: string, signal?: AbortSignal): Promise<CheckResult> {
    return this.#call(checkResultSchema, { method: 'PUT', path: '/v1/config', body: text, ...(signal && { signal }) });
  }

  async #call<T>(
    schema: z.ZodType<T>,
    request: { method: Dispatcher.HttpMethod; path: string; body?: string; extraMs?: number; signal?: AbortSignal },
  ): Promise<T> {
    const { baseUrl, token, timeoutMs = 5000, dispatcher } = this.#options;
    const what = `${request.method} ${baseUrl}${request.path}`;
    const deadline = AbortSignal.timeout(timeoutMs + (request.extraMs ?? 0));
    // By hand, and with `request` instead of `fetch`: what AbortSignal.any and fetch leave behind hangs on weak references,
    // which only a full garbage collection takes. With a thousand servers that was 20 kB for each question.
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    const signals = [deadline, ...(request.signal ? [request.signal] : [])];
    for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
    let status: number;
    let text: string;
    try {
      request.signal?.throwIfAborted();
      const answer = await send(`${baseUrl}${request.path}`, {
        method: request.method,
        signal: abort.signal,
        headers: {
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(request.body !== undefined && { body: request.body }),
        ...(dispatcher && { dispatcher }),
      });
      status = answer.statusCode;
      text = await answer.body.text();
    } catch (error) {
      request.signal?.throwIfAborted();
      throw new AgentError(
        `${what}: ${deadline.aborted ? 'no answer in time' : error instanceof Error ? error.message : String(error)}`,
        undefined,
        {
          cause: error,
        },
      );
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
    }
    return readAnswer(schema, { what, status, text });
  }
}

/** An answer of an agent as it came. */
export interface RawAnswer {
  /** The question, such as `GET http://10.0.0.7:8080/v1/load`, for the message. */
  readonly what: string;
  readonly status: number;
  readonly text: string;
}

/** Reads an answer. Throws AgentError for a status other than 200 and for a body of another form. */
export function readAnswer<T>(schema: z.ZodType<T>, { what, status, text }: RawAnswer): T {
  const body = parseJson(text);
  if (status !== 200) {
    const known = errorBodySchema.safeParse(body);
    throw new AgentError(`${what}: status ${status}: ${known.success ? known.data.error : text.slice(0, 200)}`, status);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new AgentError(`${what}: unexpected answer: ${z.prettifyError(parsed.error)}`, status);
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
