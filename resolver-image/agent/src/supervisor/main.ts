/**
 * The supervisor: the first process of the agent's container. It owns the pod's HTTP port, judges the engine, keeps
 * the drain state and restarts the agent. It loads nothing but node, so that whatever is wrong with the agent is not
 * wrong with it.
 */
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../../../operator/src/runtime/clock.js';
import { createLogger } from '../platform/log.js';
import { integerFrom, pathsFrom } from '../platform/paths.js';
import { AgentProcess } from './agent-process.js';
import { ControlQuestion, STUCK_AFTER_MS } from './control-question.js';
import { Drain } from './drain.js';
import { probeForever } from './probe.js';
import { FirstAnswer } from './first-answer.js';
import { createFrontServer, createOrderServer, removeStaleSocket, type SupervisorState } from './server.js';
import {
  FAILURES_UNTIL_SILENT,
  initialVerdict,
  judge,
  judgeCount,
  judgeStuck,
  type Moment,
  type Verdict,
} from './verdict.js';

/** Flags that keep the agent small: it handles kilobytes. */
const AGENT_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1'];

const environment = process.env;
const clock = systemClock;
const log = createLogger('supervisor', clock, (line) => process.stdout.write(line));
const paths = pathsFrom(environment);
const identity = environment['POD_NAME'];
if (identity === undefined || identity === '') throw new Error('POD_NAME is not set: it is the name of the engine');
const port = integerFrom(environment, { name: 'DNSFLEET_HTTP_PORT', fallback: 8080, min: 1, max: 65535 });
const dnsPort = integerFrom(environment, { name: 'DNSFLEET_DNS_PORT', fallback: 53, min: 1, max: 65535 });

/** An engine can be overloaded for hours; a line each so many milliseconds says so. */
const BUSY_LOG_EVERY_MS = 60_000;

let verdict: Verdict = initialVerdict(clock.now());
let changedMs = clock.monotonic();
let saidBusyMs = -Infinity;
const firstAnswer = new FirstAnswer(clock);
const drain = new Drain(clock, ({ phase, queriesPerSecondLeft }) => {
  log.info(phase === 'Serving' ? 'nobody renewed the drain; serving again' : 'drain', { phase, queriesPerSecondLeft });
  tellAgent();
});
const agent = new AgentProcess({
  path: environment['DNSFLEET_AGENT'] ?? join(import.meta.dirname, 'agent.mjs'),
  execArgv: AGENT_FLAGS,
  clock,
  log,
});
const tellAgent = () => agent.send({ verdict, drain: drain.state });

const moment = (): Moment => ({ epochMs: clock.now(), monotonicMs: clock.monotonic() });

function take(next: Verdict): void {
  const before = verdict;
  verdict = next;
  const nowMs = clock.monotonic();
  if (before.answering !== next.answering) {
    const { reason, noticedAfterMs } = next;
    if (next.answering) {
      log.info('engine answers', { downMs: Math.round(nowMs - changedMs) });
      firstAnswer.come();
    } else log.error('engine does not answer; not ready', { reason, noticedAfterMs: Math.round(noticedAfterMs) });
    changedMs = nowMs;
    tellAgent();
  } else if (next.answering && next.failures >= FAILURES_UNTIL_SILENT && nowMs - saidBusyMs >= BUSY_LOG_EVERY_MS) {
    log.warn('engine works, and drops probes: it is overloaded; still ready', { failures: next.failures });
    saidBusyMs = nowMs;
  }
}

const question = new ControlQuestion({
  socketPath: paths.controlSocket,
  clock,
  onCount: (queries) => take(judgeCount(verdict, queries, moment())),
  onStuck: () => take(judgeStuck(verdict, STUCK_AFTER_MS, moment())),
});

const state: SupervisorState = {
  verdict: () => verdict,
  drain: () => drain.state,
  agent: () => agent.status,
  order: (order) => drain.order(order),
  firstAnswer: () => firstAnswer.wait(),
};

const front = createFrontServer(state, paths.agentSocket);
const orders = createOrderServer(state);
removeStaleSocket(paths.supervisorSocket);
for (const server of [front, orders]) {
  server.on('error', (error) => {
    log.error('cannot listen', { error: error.message });
    process.exit(1);
  });
}
orders.listen(paths.supervisorSocket);
// Without a host node listens on IPv6 and IPv4, or on IPv4 alone where there is no IPv6.
front.listen(port, () => log.info('supervisor is up', { port, dnsPort, identity }));

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info('supervisor stops', { signal });
    stop.abort();
    agent.stop();
    front.close();
    front.closeAllConnections();
    orders.close();
    orders.closeAllConnections();
  });
}
agent.start();
await probeForever({
  target: { address: '127.0.0.1', port: dnsPort, identity },
  clock,
  random: systemRandom,
  onSlow: () => question.ask(),
  onOutcome: (outcome) => {
    take(judge(verdict, outcome, moment()));
    // Other threads may answer all probes: only an answer of every thread ends this.
    if (verdict.stuck) question.ask();
  },
  signal: stop.signal,
});
