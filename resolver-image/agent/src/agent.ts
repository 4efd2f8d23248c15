/**
 * The agent: puts configurations into force and reports what the engine does. It may crash at any time: readiness and
 * drain state are the supervisor's, and what it needs to go on is in the shared directory.
 */
import { systemClock } from '../../../operator/src/runtime/clock.js';
import { Configurator } from './config/configurator.js';
import { followMounted } from './config/mounted.js';
import { Unbound } from './engines/unbound/unbound.js';
import { CpuReader, readCpuFile } from './load/cpu-reader.js';
import { LoadReporter } from './load/reporter.js';
import { sampleForever } from './load/sampler.js';
import { createMetrics, METRICS_CONTENT_TYPE } from './metrics/metrics.js';
import { UpstreamReader } from './metrics/upstream-reader.js';
import type { UpstreamSample } from './engines/engine.js';
import { diskFiles } from './platform/files.js';
import { hostFacts } from './platform/host.js';
import { createLogger, errorText } from './platform/log.js';
import { pathsFrom } from './platform/paths.js';
import { createAgentServer } from './server/server.js';
import { connectSupervisor } from './supervisor-link.js';
import { removeStaleSocket } from './supervisor/server.js';

/** Long polls that one agent holds; there is one operator, a successor, and people. */
const MAX_WAITING = 32;

const environment = process.env;
const clock = systemClock;
const log = createLogger('agent', clock, (line) => process.stdout.write(line));
const paths = pathsFrom(environment);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
  process.once(signal, () => {
    log.info('agent stops', { signal });
    stop.abort();
    reporter.release();
    clock.setTimer(200, () => process.exit(0));
    server.close();
    server.closeIdleConnections();
  });
}

const engine = new Unbound({
  facts: hostFacts(environment, paths.runDirectory),
  checker: environment['DNSFLEET_CHECKER'] ?? '/usr/sbin/unbound-checkconf',
});
const reporter = new LoadReporter({ clock, maxWaiting: MAX_WAITING });
const configurator = new Configurator({
  engine,
  files: diskFiles,
  paths,
  clock,
  log,
  onChange: () => reporter.onConfig(configurator.status.inForce, configurator.config?.cache.sizeBytes ?? 0),
});
const supervisor = connectSupervisor(clock, (state) =>
  reporter.onState({ answering: state.verdict.answering, drain: state.drain }),
);

const upstreamReader = new UpstreamReader(engine, clock);
let upstreams: readonly UpstreamSample[] = [];
const scrape = createMetrics(() => {
  const { verdict, drain, agentRestarts } = supervisor.state();
  const size = configurator.config?.cache.sizeBytes;
  return {
    sample: reporter.sample,
    sampledAtMs: reporter.sampledAtMs,
    cpu: reporter.cpu,
    upstreams,
    config: configurator.status,
    refusals: configurator.refusals,
    cacheLimits: size === undefined ? undefined : engine.cacheLimits(size),
    engine: {
      answering: verdict.answering,
      sinceMs: verdict.sinceMs,
      noticedAfterMs: verdict.noticedAfterMs,
    },
    drain,
    agentRestarts,
    labels: { node: environment['NODE_NAME'] ?? '', namespace: environment['POD_NAMESPACE'] ?? '' },
  };
});

const server = createAgentServer({
  configurator,
  reporter,
  metrics: async () => {
    upstreams = await upstreamReader.read(configurator.config, reporter.sample);
    return { contentType: METRICS_CONTENT_TYPE, text: await scrape() };
  },
  tokenPath: paths.token,
  log,
});
server.keepAliveTimeout = 65_000;
server.on('error', (error) => {
  log.error('cannot listen', { error: error.message });
  process.exit(1);
});

try {
  await configurator.resume(stop.signal);
} catch (error) {
  log.error('cannot go on from the last configuration', { error: errorText(error) });
}
removeStaleSocket(paths.agentSocket);
server.listen(paths.agentSocket, () => log.info('agent is up', { revision: configurator.status.inForce?.revision }));
await Promise.all([
  followMounted({ path: paths.mounted, files: diskFiles, configurator, clock, log, signal: stop.signal }),
  sampleForever({
    engine,
    cpu: new CpuReader({ read: () => readCpuFile(paths.engineCpu), clock }),
    clock,
    log,
    onSample: (sample, cpu) => reporter.onSample(sample, cpu),
    signal: stop.signal,
  }),
]);
