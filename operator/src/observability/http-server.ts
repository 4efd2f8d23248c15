/** The operator's own HTTP: /metrics, /healthz and /readyz. */
import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

export interface HttpServerOptions {
  readonly port: number;
  readonly registry: Registry;
  /** Why the operator is not ready, one reason an entry; ready when empty. */
  readonly unreadyReasons: () => readonly string[];
}

export interface RunningHttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts to listen on all addresses. @throws Error when the port is taken. */
export function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const server = createServer((request, response) => {
    void respond(request.url ?? '/', response, options);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`listening on port ${options.port}: ${error.message}`, { cause: error })),
    );
    server.listen(options.port, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : options.port;
      resolve({
        port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function respond(url: string, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  const path = url.split('?')[0];
  const text = (status: number, body: string) =>
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${body}\n`);
  if (path === '/healthz') {
    text(200, 'ok');
  } else if (path === '/readyz') {
    const reasons = options.unreadyReasons();
    text(reasons.length === 0 ? 200 : 503, reasons.length === 0 ? 'ok' : reasons.join('\n'));
  } else if (path === '/metrics') {
    const metrics = await options.registry.metrics();
    response.writeHead(200, { 'content-type': options.registry.contentType }).end(metrics);
  } else {
    text(404, 'not found: try /metrics, /healthz or /readyz');
  }
}
