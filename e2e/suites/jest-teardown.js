/** Jest's global tear-down of the e2e project: stops the cluster, and waits until nothing of it is left. */
import { once } from 'node:events';

export default async function teardown() {
  const server = globalThis.dnsfleetCluster;
  const gone = once(server, 'exit');
  server.stdin.end();
  const [code] = await gone;
  if (code !== 0) throw new Error('stopping the cluster: it failed; see above');
}
