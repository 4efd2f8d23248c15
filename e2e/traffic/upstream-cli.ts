/**
 * Runs an upstream from the command line, so that it can live in a network namespace of its own as one bundled file:
 *   node upstream.mjs --listen 198.18.254.10:53 --tag a --stats 127.0.0.1:9053
 *   node upstream.mjs --zone .=198.18.254.1 --zone test.=198.18.254.2 --zone load.test.=198.18.254.3
 * Prints one line of JSON when it listens, and runs until SIGTERM, SIGINT or the end of its standard input.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../../operator/src/runtime/clock.js';
import { parseEndpoint } from './endpoint.js';
import { startUpstream } from './upstream.js';
import { parseZone } from './zones.js';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', multiple: true, default: [] },
    zone: { type: 'string', multiple: true, default: [] },
    'zone-port': { type: 'string', default: '53' },
    tag: { type: 'string', default: 'upstream' },
    'slow-percent': { type: 'string', default: '0' },
    'slow-ms': { type: 'string', default: '3000' },
    stats: { type: 'string' },
  },
});

const upstream = await startUpstream(
  {
    listen: values.listen.map(parseEndpoint),
    zones: values.zone.map(parseZone),
    zonePort: Number(values['zone-port']),
    tag: values.tag,
    slowPercent: Number(values['slow-percent']),
    slowMs: Number(values['slow-ms']),
    stats: values.stats === undefined ? undefined : parseEndpoint(values.stats),
  },
  systemClock,
);
console.log(JSON.stringify({ endpoints: upstream.endpoints, stats: upstream.statsEndpoint }));

const stop = (): void => {
  process.stdin.destroy();
  void upstream.close();
};
process.once('SIGTERM', stop).once('SIGINT', stop);
process.stdin.on('end', stop).resume();
