/**
 * The pod's HTTP door (port 8080). Health and readiness are answered here, from the supervisor's own state; everything
 * else goes to the agent's Unix socket, and is 503 while the agent is away. A second server, on a Unix socket in the
 * shared directory, takes the orders of the preStop program.
 */
import { unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { DrainState } from '../contract/load.js';
import type { AgentStatus } from './agent-process.js';
import { limitConnections } from './connections.js';
import { type DrainOrder, mayBeReady, parseDrainOrder } from './drain.js';
import type { Verdict } from './verdict.js';

/** What the servers show and change. */
export interface SupervisorState {
  readonly verdict: () => Verdict;
  readonly drain: () => DrainState;
  readonly agent: () => AgentStatus;
  readonly order: (order: DrainOrder) => void;
  /** Resolves at once for an engine that has answered before; else when it does, or when a question was held for long. */
  readonly firstAnswer: () => Promise<void>;
}

/** Enough for every operator's long poll, scrapes and the kubelet. */
const MAX_CONNECTIONS = 256;
/** Milliseconds between looks for requests that do not come to an end. */
const CHECK_EVERY_MS = 2000;
const MAX_ORDER_BYTES = 4096;

/** Why the server is not ready, one reason an entry; empty when it is. */
export function reasonsNotReady(verdict: Verdict, drain: DrainState): string[] {
  const reasons: string[] = [];
  if (!verdict.answering) reasons.push(verdict.reason);
  if (!mayBeReady(drain.phase)) reasons.push(`the server is being drained (${drain.phase})`);
  return reasons;
}

/** The server of port 8080; the caller listens. */
export function createFrontServer(state: SupervisorState, agentSocket: string): Server {
  const server = createServer({ connectionsCheckingInterval: CHECK_EVERY_MS }, (incoming, response) => {
    const path = (incoming.url ?? '/').split('?', 1)[0];
    const read = incoming.method === 'GET' || incoming.method === 'HEAD';
    if (read && path === '/healthz') {
      json(response, 200, { supervisor: 'ok', agent: state.agent(), engine: state.verdict() });
    } else if (read && path === '/readyz') {
      void state.firstAnswer().then(() => {
        const reasons = reasonsNotReady(state.verdict(), state.drain());
        response.writeHead(reasons.length === 0 ? 200 : 503, { 'content-type': 'text/plain' });
        response.end(reasons.length === 0 ? 'ok\n' : `${reasons.join('\n')}\n`);
      });
    } else {
      forward(incoming, response, agentSocket);
    }
  });
  limitConnections(server, MAX_CONNECTIONS);
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

function forward(incoming: IncomingMessage, response: ServerResponse, socketPath: string): void {
  const onward = request(
    { socketPath, method: incoming.method, path: incoming.url, headers: { ...incoming.headers, connection: 'close' } },
    (answer) => {
      const headers = { ...answer.headers };
      // These two speak of the hop to the agent and not of ours to the client.
      delete headers.connection;
      delete headers['keep-alive'];
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    },
  );
  onward.on('error', () => {
    if (response.headersSent) response.destroy();
    else json(response, 503, { error: 'the agent is away; its supervisor is starting it again' });
  });
  response.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

/** The server for the preStop program: `GET /state`, `POST /drain`. The caller listens. */
export function createOrderServer(state: SupervisorState): Server {
  return createServer((incoming, response) => {
    if (incoming.method === 'GET' && incoming.url === '/state') {
      json(response, 200, { drain: state.drain(), engine: state.verdict() });
    } else if (incoming.method === 'POST' && incoming.url === '/drain') {
      takeOrder(incoming, response, state);
    } else {
      json(response, 404, { error: 'ask GET /state or POST /drain' });
    }
  });
}

function takeOrder(incoming: IncomingMessage, response: ServerResponse, state: SupervisorState): void {
  let body = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    body += chunk;
    if (body.length > MAX_ORDER_BYTES) incoming.destroy();
  });
  incoming.on('end', () => {
    const order = parseDrainOrder(body);
    if (order === undefined) {
      json(response, 400, { error: 'the body must be {"phase": ...} with a known phase' });
      return;
    }
    state.order(order);
    json(response, 200, { drain: state.drain() });
  });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Removes the socket that an earlier process left behind, so that listening on its path works. */
export function removeStaleSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
