/**
 * FakeServers in a process of their own, so that they share no event loop with what is measured. Started with `fork`; tells its parent
 * how many servers are ready and how many agents were asked, and ends with its parent.
 */
import { systemClock } from '../../operator/src/runtime/clock.js';
import { FakeServers } from './fake-servers.js';

const [kubeconfig = '', namespace = '', agentPort = ''] = process.argv.slice(2);
const servers = new FakeServers({ kubeconfig, namespace, agentPort: Number(agentPort) });
const stop = new AbortController();
process.on('disconnect', () => stop.abort());
// Ctrl-C reaches all processes of a terminal at once; it is the parent that ends us.
process.on('SIGINT', () => undefined);
process.on('message', () => servers.forgetQuestions());

const running = servers.run(stop.signal);
while (!stop.signal.aborted) {
  process.send?.({ ready: servers.ready, askedAgents: servers.asked.agents, lastAskedMs: servers.asked.lastMs });
  await systemClock.sleep(100, stop.signal).catch(() => undefined);
}
await running;
process.exit(0);
