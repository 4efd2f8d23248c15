/** Jest's global tear-down of the integration project: stops what jest-setup.js started, and waits until it is gone. */
import { once } from 'node:events';

export default async function teardown() {
  const server = globalThis.dnsfleetControlPlane;
  const gone = once(server, 'exit');
  server.stdin.end();
  await gone;
}
