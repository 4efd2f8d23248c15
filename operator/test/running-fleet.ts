/** A fleet called `public` that is ready, the operator that looks after it, and the cluster around them. */
import { type RunningOperator, type StartOperatorOptions, TestCluster } from './cluster.js';
import { PoolView } from './pool-view.js';

export interface RunningFleetOptions extends StartOperatorOptions {
  /** What clients ask from the start, in queries per second of all servers together; usual traffic unless it is said. */
  readonly queriesPerSecond?: number;
}

export class RunningFleet {
  readonly cluster: TestCluster;
  readonly pool: PoolView;
  #operator: RunningOperator;

  private constructor(cluster: TestCluster, operator: RunningOperator) {
    this.cluster = cluster;
    this.pool = new PoolView(cluster);
    this.#operator = operator;
  }

  /** Starts it in a namespace whose name begins with `name`, with `spec` over the spec of `TestCluster.applyFleet`. */
  static async start(
    name: string,
    spec: Readonly<Record<string, unknown>> = {},
    { queriesPerSecond, ...options }: RunningFleetOptions = {},
  ): Promise<RunningFleet> {
    const cluster = await TestCluster.start(name);
    const fleet = new RunningFleet(cluster, cluster.startOperator(options));
    if (queriesPerSecond !== undefined) fleet.ask(queriesPerSecond);
    await fleet.change(spec);
    return fleet;
  }

  /** Has clients ask so many queries per second of all servers together, which share them equally. */
  ask(queriesPerSecond: number): void {
    const { kubelet } = this.cluster;
    kubelet.traffic = () => ({
      queriesPerSecond: queriesPerSecond / Math.max(1, kubelet.agents.size),
      servfailPercent: 0,
    });
  }

  /** The present operator. */
  get operator(): RunningOperator {
    return this.#operator;
  }

  /** Gives the fleet another spec, and waits until it is ready with that. */
  async change(spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.cluster.applyFleet('public', spec);
    await this.cluster.waitForFleet('public', 'Ready', 'True');
  }

  /** Stops the operator and starts its successor, which may be another one. */
  async restartOperator(options: StartOperatorOptions = {}): Promise<void> {
    await this.#operator.stop();
    this.#operator = this.cluster.startOperator(options);
  }

  async stop(): Promise<void> {
    await this.#operator.stop();
    await this.cluster.stop();
  }
}
