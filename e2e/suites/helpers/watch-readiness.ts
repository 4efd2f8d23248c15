/**
 * When a server's `/readyz` changed, to some milliseconds: asked every 20 ms from inside the cluster's network, in a
 * program of its own, so that neither kubectl nor the test runner adds its delay.
 */
import type { SharedCluster } from './cluster.js';
import type { Pod } from './objects.js';
import { startInBackground } from './program.js';

const script = `
const http = require('node:http');
const [url, wanted] = process.argv.slice(1);
const ask = () => new Promise((resolve) => {
  const call = http.get(url, { agent: false, timeout: 500 }, (r) => { r.resume(); resolve(r.statusCode === 200 ? 'ready' : 'unready'); });
  call.on('timeout', () => call.destroy());
  call.on('error', () => resolve('unready'));
});
(async () => {
  console.log('watching');
  const end = Date.now() + 120000;
  while (Date.now() < end) {
    if (await ask() === wanted) { console.log(Date.now()); process.exit(0); }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  process.exit(1);
})();
`;

/** The agent's port (foundations, section 3). */
const agentPort = 8080;

/**
 * Starts to watch `pod`; the promise inside gives the time (as `Date.now()` does) at which it was first seen to be
 * `wanted`, and rejects after two minutes.
 */
export async function watchReadiness(
  cluster: SharedCluster,
  pod: Pod,
  wanted: 'ready' | 'unready',
): Promise<{ readonly changedAt: Promise<number> }> {
  const url = `http://${pod.status.podIP ?? ''}:${agentPort}/readyz`;
  const netns = cluster.node(1).netns;
  const program = await startInBackground(cluster.inside(netns, [process.execPath, '-e', script, url, wanted]));
  return { changedAt: program.lines.then((lines) => Number(lines.at(-1))) };
}
