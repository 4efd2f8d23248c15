/** The connections of the generator against a server on loopback that never ends its half of them. */
import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import net from 'node:net';
import { systemRandom } from '../../operator/src/runtime/clock.js';
import { Client } from './client.js';
import type { Flight } from './flight.js';
import { TcpPool } from './tcp-pool.js';

const events = {
  onMessage: () => true,
  onStray: () => undefined,
  onSendError: () => undefined,
  onBroken: () => undefined,
};
const client = new Client(
  {
    name: 'client',
    targets: [{ endpoint: { address: '127.0.0.1', port: 0 } }],
    portLifetimeSeconds: 1,
    settings: {
      ...{ health: { unhealthyAfter: 1, healthyAfter: 1 }, udpSockets: 1, tcpConnectionsPerTarget: 1 },
      ...{ lingerMs: 0, portShare: 0 },
    },
  },
  events,
  systemRandom,
);

const flight: Flight = {
  entry: { kind: 'cached', transport: 'tcp', client: 'client', name: 'a.load.test', target: '127.0.0.1:0', dueMs: 0 },
  query: { kind: 'cached', name: 'a.load.test', message: Buffer.alloc(32), question: Buffer.alloc(0) },
  client,
  over: 'tcp',
  attempt: 1,
  deadlineMs: 0,
};

test('nothing is left open after the end, whatever the server does', async () => {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  let answered: () => void = () => undefined;
  const answer = new Promise<void>((resolve) => (answered = resolve));
  const onMessage = (): boolean => {
    answered();
    return true;
  };
  const pool = new TcpPool({ perTarget: 1, lifetimeMs: 1000 }, { ...events, onMessage }, systemRandom);
  pool.send({ flight, to: { address: '127.0.0.1', port } }, 0);
  const [connection] = await accepted;
  connection.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => connection.once('close', () => resolve()));
  connection.on('data', (chunk) => connection.write(chunk));
  await answer;
  // Old and without a query: the pool ends its half, and the server keeps its own.
  pool.renew(1000);
  await once(connection, 'end');
  pool.close();
  // What is sent to a socket that was closed comes back as a reset.
  const writing = setInterval(() => connection.write('x'), 20);
  await closed;
  clearInterval(writing);
  expect(connection.destroyed).toBe(true);
  server.close();
}, 10_000);
