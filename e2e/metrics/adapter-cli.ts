/**
 * Serves external.metrics.k8s.io to the API server of a test cluster: the metrics of the operator, read anew at each
 * request. Nobody but the API server is let in. Ends on SIGTERM.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { connectTo } from '../../operator/test/api-server.js';
import { systemClock } from '../../operator/src/runtime/clock.js';
import { failure, listMetrics, listValues, readRequest, type ApiAnswer } from './external-metrics.js';
import { readOperatorMetrics } from './operator-metrics.js';

const option = { type: 'string', default: '' } as const;
const { values } = parseArgs({
  options: {
    kubeconfig: option,
    port: option,
    certificate: option,
    key: option,
    /** Who signs the API server's certificate, and the name in it. */
    authority: option,
    client: option,
    /** Where the operator's pods are. */
    namespace: option,
    selector: option,
  },
});

const { client } = connectTo(values.kubeconfig);
const where = { namespace: values.namespace, labelSelector: values.selector };

async function answer(url: string): Promise<ApiAnswer> {
  const wish = readRequest(url);
  if (wish.type === 'Refused') return wish.answer;
  try {
    const samples = await readOperatorMetrics(client, where);
    return wish.type === 'Discovery' ? listMetrics(samples) : listValues(samples, wish.request, systemClock.now());
  } catch (error) {
    // An API that cannot be discovered is in the way of everybody: without an operator it has no metrics.
    if (wish.type === 'Discovery') return listMetrics([]);
    return failure(503, error instanceof Error ? error.message : String(error));
  }
}

/** The name in the certificate that the caller showed; TLS has checked who signed it. */
const callerOf = (socket: unknown): unknown =>
  socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;

const server = createServer(
  {
    cert: readFileSync(values.certificate),
    key: readFileSync(values.key),
    ca: readFileSync(values.authority),
    requestCert: true,
    rejectUnauthorized: true,
  },
  (request, response) => {
    const allowed = request.method === 'GET' && callerOf(request.socket) === values.client;
    const answered = allowed
      ? answer(request.url ?? '/')
      : Promise.resolve(failure(403, 'only the API server may GET'));
    void answered.then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  },
);
server.listen(Number(values.port), '0.0.0.0');
