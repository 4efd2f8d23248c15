/** The agent's HTTP server, on a Unix socket behind the supervisor. Routes only; what they do is elsewhere. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MAX_WAIT_SECONDS } from '../contract/limits.js';
import type { Configurator } from '../config/configurator.js';
import type { LoadReporter } from '../load/reporter.js';
import { errorText, type Logger } from '../platform/log.js';
import { MAX_BODY_BYTES, readBody } from './body.js';
import { bearsToken } from './token.js';

export interface ServerOptions {
  readonly configurator: Pick<Configurator, 'check' | 'offer' | 'status' | 'text'>;
  readonly reporter: Pick<LoadReporter, 'wait'>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly tokenPath: string;
  readonly log: Logger;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request that is answered with a status of 400 or above. */
const problem = (status: number, error: string): Answer => ({ status, body: { error } });

const unauthorized = problem(401, 'the token of the pool is needed: Authorization: Bearer ...');

/** The server; the caller listens. */
export function createAgentServer(options: ServerOptions): Server {
  return createServer((request, response) => {
    handle(request, response, options).catch((error: unknown) => {
      options.log.error('request failed', { url: request.url, error: errorText(error) });
      if (response.headersSent) response.destroy();
      else json(response, problem(500, errorText(error)));
    });
  });
}

async function handle(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://agent');
  const route = `${request.method ?? ''} ${url.pathname}`;
  if (route === 'GET /metrics') {
    const { contentType, text } = await options.metrics();
    response.writeHead(200, { 'content-type': contentType }).end(text);
    return;
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  json(response, await answerTo({ route, url, request, signal: gone.signal }, options));
}

interface Call {
  readonly route: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly signal: AbortSignal;
}

async function answerTo(call: Call, options: ServerOptions): Promise<Answer> {
  switch (call.route) {
    case 'GET /v1/load':
      return load(call, options);
    case 'GET /v1/config':
      return { status: 200, body: options.configurator.status };
    case 'GET /v1/config/text':
      return inForce(call, options);
    case 'POST /v1/config/check':
    case 'PUT /v1/config':
      return configure(call, options);
    default:
      return problem(404, `there is no ${call.route}`);
  }
}

async function load({ url, signal }: Call, { reporter }: ServerOptions): Promise<Answer> {
  const waitSeconds = Number(url.searchParams.get('wait') ?? 0);
  const since = Number(url.searchParams.get('since') ?? 0);
  if (!(waitSeconds >= 0 && waitSeconds <= MAX_WAIT_SECONDS)) {
    return problem(400, `wait must be a number of seconds from 0 to ${MAX_WAIT_SECONDS}`);
  }
  if (!Number.isInteger(since)) return problem(400, 'since must be the sequence of an earlier answer');
  return { status: 200, body: await reporter.wait(since, waitSeconds * 1000, signal) };
}

/** Not open like the rest that is read: it names the zones and servers of a network. */
async function inForce({ request }: Call, { configurator, tokenPath }: ServerOptions): Promise<Answer> {
  if (!(await bearsToken(request.headers.authorization, tokenPath))) return unauthorized;
  const { text } = configurator;
  return { status: 200, body: { ...(text !== undefined && { text }) } };
}

async function configure({ route, request }: Call, options: ServerOptions): Promise<Answer> {
  if (!(await bearsToken(request.headers.authorization, options.tokenPath))) {
    request.resume();
    return unauthorized;
  }
  const text = await readBody(request);
  if (text === undefined) return problem(413, `the body is longer than ${MAX_BODY_BYTES} bytes`);
  // Not ended by the caller's going away: a configuration that is half in force helps nobody.
  const signal = AbortSignal.timeout(10_000);
  const result = await (route === 'PUT /v1/config'
    ? options.configurator.offer(text, signal)
    : options.configurator.check(text, signal));
  return { status: 200, body: { accepted: result.accepted, messages: result.messages } };
}

function json(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(answer.body)}\n`);
}
