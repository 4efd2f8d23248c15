/** A steady load on one pod, with the load generator's exact accounts. */
import { type LoadOptions, type LoadRun, startLoad } from '../../../e2e/traffic/load.js';
import { systemRandom } from '../../../operator/src/runtime/clock.js';
import { clock, type Pod } from './pod.js';

/** Starts to ask; 5 % of the queries are for names that are slow at the upstream, 10 % for new ones, 5 % go over TCP. */
export function loadOn(pod: Pod, rate: Pick<LoadOptions, 'queriesPerSecond' | 'durationSeconds'>): Promise<LoadRun> {
  return startLoad(
    {
      ...rate,
      clients: [
        {
          name: 'client',
          targets: [{ endpoint: { address: '127.0.0.1', port: pod.dnsPort } }],
          portLifetimeSeconds: 2,
        },
      ],
      health: { unhealthyAfter: 1, healthyAfter: 1 },
      tcpPercent: 5,
      mix: { zone: 'load.example', cachedNames: 100, missPercent: 10, slowPercent: 5, run: 'pod' },
      udpSockets: 16,
      tcpConnectionsPerTarget: 2,
    },
    {
      clock,
      random: systemRandom,
      monotonic: () => performance.now(),
      cpuMs: () => process.cpuUsage().user / 1000,
    },
  );
}
