/**
 * The operator's own HTTP: `/metrics`, `/healthz` and `/readyz`. Alive means that the event loop answers: a process that
 * cannot go on ends by itself. It never waits for the API server, which no restart of ours brings back.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';

export interface HttpServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly registry: Registry;
  /** Why the operator is not ready, one reason an entry; ready when empty. */
  readonly unreadyReasons: () => readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningHttpServer {
  readonly port: number;
  /** Takes no more requests, lets those that are there finish for `graceMs` milliseconds, and breaks off the rest. */
  close(graceMs: number): Promise<void>;
}

/** Starts to listen on all addresses. @throws Error when the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { port, clock, logger } = options;
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    respond(request, response, options).catch((err: unknown) => {
      logger.error('Answering a request failed', { path: request.url, err });
      if (response.headersSent) response.destroy();
      else text(response, 500, 'this failed; the log says why');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`listening on port ${port}: ${error.message}`, { cause: error })));
    server.listen(port, resolve);
  });
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: (graceMs) =>
      new Promise((resolve) => {
        const grace = clock.setTimer(graceMs, () => server.closeAllConnections());
        server.close(() => {
          grace.cancel();
          resolve();
        });
        server.closeIdleConnections();
        for (const response of open) response.shouldKeepAlive = false;
      }),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    text(response, 405, 'only GET and HEAD');
  } else if (path === '/healthz') {
    text(response, 200, 'ok');
  } else if (path === '/readyz') {
    const reasons = options.unreadyReasons();
    if (reasons.length === 0) text(response, 200, 'ok');
    else text(response, 503, reasons.join('\n'));
  } else if (path === '/metrics') {
    const metrics = await options.registry.metrics();
    response.writeHead(200, { 'content-type': options.registry.contentType }).end(metrics);
  } else {
    text(response, 404, 'there are /metrics, /healthz and /readyz');
  }
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${body}\n`);
}
