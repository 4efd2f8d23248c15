/**
 * Several operators with a namespace each, which die side by side at one write after the other: most of the time is
 * waiting.
 */
import { apiVersion } from '../src/api/v1alpha1/labels.js';
import { dnsFleets } from '../src/controllers/resources.js';
import { TestCluster } from './cluster.js';
import { MortalOperator } from './mortal-operator.js';
import { bundleOperator } from './operator-process.js';

export interface Lane {
  readonly cluster: TestCluster;
  readonly operator: MortalOperator;
}

const laneCount = 3;
/** More than any change takes; an operator that goes on writing for ever fails the test. */
const mostWrites = 60;

export class CrashLanes {
  readonly all: readonly Lane[];
  readonly #removeBundle: () => void;

  private constructor(all: readonly Lane[], removeBundle: () => void) {
    this.all = all;
    this.#removeBundle = removeBundle;
  }

  /** Starts them in namespaces whose names begin with `name`. */
  static async start(name: string): Promise<CrashLanes> {
    const bundle = await bundleOperator();
    const started: Lane[] = [];
    for (let at = 0; at < laneCount; at += 1) {
      const cluster = await TestCluster.start(`${name}-${at}`);
      started.push({ cluster, operator: await MortalOperator.start(cluster, bundle.program) });
    }
    return new CrashLanes(started, () => bundle.remove());
  }

  /**
   * Runs `act` with 1, then with 2, and so on, until one run ends without a kill. Returns how many writes there were.
   * `act` has to tell the operator at which write it dies.
   */
  async killAtEachWrite(act: (lane: Lane, k: number) => Promise<void>): Promise<number> {
    let next = 1;
    let withoutKill = mostWrites;
    await Promise.all(
      this.all.map(async (lane) => {
        while (next < withoutKill) {
          const k = next++;
          const before = lane.operator.kills;
          await act(lane, k);
          lane.operator.killAtWrite(Infinity);
          if (lane.operator.kills === before) withoutKill = Math.min(withoutKill, k);
        }
      }),
    );
    if (withoutKill >= mostWrites) throw new Error(`still writing after ${mostWrites} writes`);
    return withoutKill - 1;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ operator }) => operator.stop()));
    for (const { cluster } of this.all) await cluster.stop();
    this.#removeBundle();
  }
}

/** Applies a fleet with `spec` over little more than nothing, without a pause between PoPs. */
export async function applyFleet(
  { cluster }: Lane,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { namespace, client } = cluster;
  const fleet = {
    apiVersion,
    kind: 'DnsFleet',
    metadata: { name, namespace },
    spec: {
      upstreams: { mode: 'Forward', servers: [{ address: '192.0.2.53' }] },
      access: { allow: ['10.0.0.0/8'] },
      rollout: { pauseSeconds: 0 },
      ...spec,
    },
  };
  await client.apply(dnsFleets, fleet, { manager: 'a-person' });
}
