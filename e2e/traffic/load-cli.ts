/**
 * Runs a load from the command line, so that it can live in a network namespace of its own as one bundled file:
 *   node load.mjs --target 198.19.0.10:53 --rate 1000 --duration 60
 *   node load.mjs --target 198.19.0.10:53 --rate 100,250,400 --duration 60 --report 1
 *   node load.mjs --target 198.18.0.1:30053 --health http://198.18.0.1:30100/healthz --target ... --health ...
 *   node load.mjs --clients '[{"name": "steady", "targets": [{"endpoint": {...}}], "portLifetimeSeconds": null}, ...]'
 * Clients given as JSON are accounted one by one; a lifetime of null is the whole load.
 * Lines on standard input: `mark NAME` begins a phase, `rate N` goes on at another rate, `stop` ends the load early, as do
 * SIGTERM and SIGINT.
 * A list of rates has one for each second; the last one holds until the end.
 * Standard output: first `{"started":true}`, last the result, one line of JSON each; with `--report SECONDS` as often the
 * counts so far, `{"atSecond":...,"total":{...}}`. Progress for a person goes to standard error.
 * Exits 0 when the load ran; whether the figures are a result is its `valid`.
 */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '../../operator/src/runtime/clock.js';
import type { ClientOptions } from './client.js';
import { parseEndpoint } from './endpoint.js';
import { startLoad } from './load.js';

const { values } = parseArgs({
  options: {
    clients: { type: 'string' },
    target: { type: 'string', multiple: true, default: [] },
    health: { type: 'string', multiple: true, default: [] },
    'unhealthy-after': { type: 'string', default: '2' },
    'healthy-after': { type: 'string', default: '2' },
    rate: { type: 'string', default: '1000' },
    duration: { type: 'string', default: '10' },
    report: { type: 'string' },
    'tcp-percent': { type: 'string', default: '5' },
    zone: { type: 'string', default: 'load.test' },
    names: { type: 'string', default: '1000' },
    'miss-percent': { type: 'string', default: '5' },
    'slow-percent': { type: 'string', default: '5' },
    sockets: { type: 'string', default: '64' },
    'port-lifetime': { type: 'string', default: '10' },
    'tcp-connections': { type: 'string', default: '4' },
  },
});

if (values.health.length > 0 && values.health.length !== values.target.length) {
  throw new Error(`reading the options: ${values.health.length} --health for ${values.target.length} --target`);
}
const [firstRate = Number.NaN, ...laterRates] = values.rate.split(',').map(Number);
if (!laterRates.every((rate) => rate > 0)) throw new Error(`reading the options: --rate ${values.rate}`);
preferThisProcess();

const run = await startLoad(
  {
    clients: values.clients === undefined ? [clientOfOptions()] : parseClients(values.clients),
    health: { unhealthyAfter: Number(values['unhealthy-after']), healthyAfter: Number(values['healthy-after']) },
    queriesPerSecond: firstRate,
    durationSeconds: Number(values.duration),
    tcpPercent: Number(values['tcp-percent']),
    mix: {
      zone: values.zone,
      cachedNames: Number(values.names),
      missPercent: Number(values['miss-percent']),
      slowPercent: Number(values['slow-percent']),
      run: Math.floor(systemRandom() * 36 ** 6).toString(36),
    },
    udpSockets: Number(values.sockets),
    tcpConnectionsPerTarget: Number(values['tcp-connections']),
  },
  {
    clock: systemClock,
    random: systemRandom,
    monotonic: () => performance.now(),
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  },
);
const startedMs = performance.now();
console.log(JSON.stringify({ started: true }));
// A load that is about to end has nothing left to send at another rate.
const changes = laterRates.slice(0, Math.max(0, Math.ceil(Number(values.duration)) - 1));
const timers = changes.map((rate, index) => setTimeout(() => run.changeRate(rate), (index + 1) * 1000));
if (values.report !== undefined) timers.push(setInterval(report, Number(values.report) * 1000));

const progress = setInterval(() => {
  const { sent, answered, lost, wrong } = run.accounts().total;
  console.error(`sent ${sent}, answered ${answered}, waiting ${sent - answered - lost}, lost ${lost}, wrong ${wrong}`);
}, 5000);
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [word = '', ...rest] = line.trim().split(' ');
  if (word === 'mark') run.mark(rest.join(' '));
  else if (word === 'rate') run.changeRate(Number(rest[0]));
  else if (word === 'stop') run.stop();
  else console.error(`not understood: '${line}'; want 'mark NAME', 'rate N' or 'stop'`);
});
process.once('SIGTERM', () => run.stop()).once('SIGINT', () => run.stop());

const result = await run.result;
clearInterval(progress);
timers.forEach(clearTimeout);
lines.close();
process.stdin.destroy();
console.log(JSON.stringify(result));

function report(): void {
  const atSecond = Math.round(performance.now() - startedMs) / 1000;
  console.log(JSON.stringify({ atSecond, total: run.accounts().total }));
}

/** The one kind of client that --target, --health and --port-lifetime describe. */
function clientOfOptions(): ClientOptions {
  const targets = values.target.map((text, index) => ({
    endpoint: parseEndpoint(text),
    healthUrl: values.health[index],
  }));
  return { name: 'client', targets, portLifetimeSeconds: Number(values['port-lifetime']) };
}

/** JSON has no number for ever. */
function parseClients(text: string): ClientOptions[] {
  type Written = Omit<ClientOptions, 'portLifetimeSeconds'> & { readonly portLifetimeSeconds: number | null };
  return (JSON.parse(text) as Written[]).map(({ portLifetimeSeconds, ...client }) => ({
    ...client,
    portLifetimeSeconds: portLifetimeSeconds ?? Infinity,
  }));
}

/** A generator that waits for the processor measures itself; without the right to a priority it does as well as it can. */
function preferThisProcess(): void {
  try {
    setPriority(-10);
  } catch {
    console.error('running without a raised priority');
  }
}
