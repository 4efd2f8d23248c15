/** Nobody can take a server out of rotation by holding connections to the port that the kubelet asks. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { configFor } from '../../test/configs.js';
import { Pod } from '../../test/pod.js';
import { testPrograms } from '../../test/programs.js';

jest.setTimeout(60_000);

let programs: Awaited<ReturnType<typeof testPrograms>>;
let pod: Pod;
const sockets: Socket[] = [];
beforeAll(async () => {
  programs = await testPrograms();
  pod = await Pod.start({ programs, config: configFor(9) });
  await pod.ready();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await pod.stop();
  await programs.remove();
});

/** Opens `count` connections from an address of its own, each of which sends `text` and then nothing. */
async function hold(count: number, text: string): Promise<void> {
  const opened = Array.from({ length: count }, () => {
    const socket = createConnection({ host: '127.0.0.1', port: pod.httpPort, localAddress: '127.0.0.2' });
    // Being ended is what happens to them.
    socket.on('error', () => undefined);
    socket.write(text);
    sockets.push(socket);
    return socket;
  });
  await Promise.all(opened.map((socket) => once(socket, 'connect')));
}

describe('readiness', () => {
  it.each([
    ['say nothing', ''],
    ['send half a request', 'GET /readyz HTTP/1.1\r\n'],
    ['keep alive', 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['wait for news', 'GET /v1/load?wait=60&since=0 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('is answered although somebody holds 400 connections that %s', async (_what, text) => {
    await hold(400, text);
    for (let round = 0; round < 5; round += 1) expect(await pod.readiness()).toEqual({ status: 200, text: 'ok\n' });
  });
});
